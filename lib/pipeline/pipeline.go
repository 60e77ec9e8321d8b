// Package pipeline carries packets and lines from a source through workers to
// a sink, and keeps their order.
//
// Input comes in jobs: a batch of packets, a block of lines. With one worker,
// a job is read, processed and written before the next is read. With several,
// they process jobs while others are read and written. A job goes to any worker.
// Packets of it that depend on earlier ones of their flow wait for the turn of the
// job; where all may, each packet goes to the worker that has its flow. The output is
// the same for any number of workers, unless what one remembers of flows reaches its
// limits.
//
// Memory is bounded by what goes in and by what comes out: jobs are used over
// and over, and so are the chunks that workers write to. A worker hands on a
// chunk that is full in the middle of a job, and waits while all of its chunks
// are on their way.
package pipeline

import (
	"io"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/members"
	"merctools/lib/packet"
)

// A Source yields batches of packets, which may be empty. ReadBatch returns io.EOF
// at the end, and must not wait for more packets while it holds some.
type Source interface {
	ReadBatch(*capture.Batch) error
}

// A Loader is a Source that can tell what comes next, so that several
// goroutines read it at the same time. Reserve calls b.Reserve. The Batch will be
// filled after as many calls of ReadBatch from now as ahead says.
type Loader interface {
	Reserve(b *capture.Batch, ahead int)
}

// A Worker turns packets into records. Each is used by one goroutine.
type Worker interface {
	// Packet appends the packet's record to dst, if it has one. It is called where
	// headers are not read before.
	Packet(dst []byte, linkType uint16, data []byte, t int64) []byte
	// Decoded does so for a packet whose headers have been read.
	Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte
	// PassedOver counts packets whose headers have been read, and that the worker does
	// not get, or by InFlow: no message begins in them.
	PassedOver(packets, bytes uint64)
	// FlowUse says what is remembered of flows.
	FlowUse() engine.FlowUse
	// Where that is engine.FlowsForSome, several workers share what they remember of
	// flows. Alone is called for each packet in which a message may begin. For those
	// that are not done then, InFlow is, in the order of packets and for one at a time;
	// so it is for those that MayCarryOn says it of, among packets that can only carry
	// on with a message (packet.PartRest).
	Flows() engine.Flows
	ShareFlows(engine.Flows)
	Alone(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte, done bool)
	MayCarryOn(flow uint32, t int64) bool
	InFlow(dst []byte, h *packet.Headers, data []byte, t int64) []byte
	// Kept reports whether the last packet is one to keep.
	Kept() bool
	// Deferred returns what is still open in the last packet's records, one
	// after the other, and then nil.
	Deferred() *engine.Deferred
	// SetNumber tells the number of the next packet in the source. It is
	// called where headers are read before.
	SetNumber(n uint64)
	// WantsOrigin reports whether SetSource is to be called with where the next
	// packets come from.
	WantsOrigin() bool
	SetSource(s members.Source)
}

// A Flusher is a Worker that may hold records back until the end.
type Flusher interface {
	// Rest appends the records of packets in fragments that are not whole. It
	// comes before the first Flush, in live captures: in others, headers are
	// read before workers get packets.
	Rest(dst []byte) []byte
	// Pending returns the number of a packet: the one with which the message
	// of the next record begins. ok is false where no record is held back.
	Pending() (number uint64, ok bool)
	// Flush appends the records of that message to dst.
	Flush(dst []byte) []byte
}

// A Publisher is a Worker whose counts others may read while it runs.
type Publisher interface {
	// Publish is called after each block of packets.
	Publish()
}

// A Sink takes what workers made of packets.
type Sink struct {
	// Records takes whole records in the order of their packets. It is nil
	// where they are not wanted. The slice is only valid during the call.
	Records func([]byte) error
	// Packet takes a packet to keep. Where it isn't nil, records are not
	// wanted.
	Packet func(p *capture.Packet, data []byte) error
	// History answers what workers left open in records. It may be nil where
	// they leave nothing open.
	History *fingerprintdb.History
	// Processed is called, where there are several workers, when they have
	// processed all packets with numbers below n. It may be nil.
	Processed func(n uint64)
	// Flush is called after the packets of each batch. It may be nil.
	Flush func() error
}

func (s *Sink) flush() error {
	if s.Flush == nil {
		return nil
	}
	return s.Flush()
}

func endOfSource(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
