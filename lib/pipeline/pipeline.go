// Package pipeline carries packets from a source through workers to a sink.
//
// Packets come in batches. With one worker, a batch is read, processed and
// written before the next is read. With several, batches are numbered, every
// worker takes its own packets of each batch, namely those of its flows, and
// a sequencer puts what they wrote back into the order of the packets. The
// output is the same for any number of workers.
package pipeline

import (
	"io"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
)

// A Source yields batches of packets. ReadBatch returns io.EOF at the end,
// and must not wait for more packets while it holds some.
type Source interface {
	ReadBatch(*capture.Batch) error
}

// A Worker turns packets into records. Each is used by one goroutine.
type Worker interface {
	// Packet appends the packet's record to dst, if it has one.
	Packet(dst []byte, linkType uint16, data []byte, t int64) []byte
	// Decoded does the same for a packet whose headers have been read. It is
	// called where there are several workers.
	Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte
	// Kept reports whether the last packet is one to keep.
	Kept() bool
	// Deferred returns what is still open in the last record, or nil.
	Deferred() *engine.Deferred
	// SetNumber tells the number of the next packet in the source. It is
	// called where there are several workers.
	SetNumber(n uint64)
}

// A Sink takes what workers made of a batch.
type Sink struct {
	// Records takes whole records in the order of their packets. It is nil
	// where they are not wanted.
	Records func([]byte) error
	// Packet takes a packet to keep. It is nil where they are not wanted.
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

// Run processes all batches of a source and returns its error, unless that is
// io.EOF, or the sink's. What was processed before a source failed has been
// written when Run returns. The decoder reads the headers of packets where
// there are several workers, and may be nil where there is one. Packets of
// one flow go to one worker.
func Run(src Source, workers []Worker, decoder *packet.Decoder, sink Sink) error {
	if len(workers) == 1 {
		return runOne(src, workers[0], sink)
	}
	return runMany(src, workers, decoder, sink)
}

func runOne(src Source, w Worker, sink Sink) error {
	var batch capture.Batch
	var out []byte
	for {
		if err := src.ReadBatch(&batch); err != nil {
			return endOfSource(err)
		}
		out = out[:0]
		for i := range batch.Packets {
			p := &batch.Packets[i]
			data := batch.Bytes(i)
			out = w.Packet(out, p.Link, data, p.Time)
			if sink.Packet != nil {
				out = out[:0]
				if w.Kept() {
					if err := sink.Packet(p, data); err != nil {
						return err
					}
				}
			}
		}
		if len(out) > 0 && sink.Records != nil {
			if err := sink.Records(out); err != nil {
				return err
			}
		}
		if err := sink.flush(); err != nil {
			return err
		}
	}
}

func endOfSource(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
