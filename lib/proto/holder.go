package proto

import (
	"merctools/lib/flow"
	"merctools/lib/packet"
)

// A Holder is a message of a datagram protocol that holds what has come of a
// message until the rest comes, with Options.Deep.
type Holder interface {
	Message
	// Next makes the present message one that begins in an earlier packet: one
	// that is given up because too much is held, or that can be read only now.
	// It sets all of p to that packet, and reports whether there is such a
	// message. The engine calls it behind each packet until there is none.
	Next(p *Packet) bool
	// Pending returns the number of the packet that begins the oldest message
	// that is held. ok is false where none is.
	Pending() (number uint64, ok bool)
	// Flush gives up the message of Pending, as Next does.
	Flush(p *Packet) bool
	// Held returns what the Holder counted.
	Held() HeldCounts
}

// A Learner is a message that remembers of flows what it found out in their
// packets.
type Learner interface {
	Message
	// Learned counts flows.
	Learned() HeldCounts
}

// HeldCounts are what a Holder counted.
type HeldCounts struct {
	Begun      uint64 // conversations that were entered
	Evicted    uint64 // conversations that were forgotten because there were too many
	Incomplete uint64 // messages that were given up before they were whole
}

// maxKeptHeaders is how many bytes of a packet are kept for its record: those
// of its headers.
const maxKeptHeaders = 512

// A Kept is what is kept of a packet for the record of a message that begins
// in it.
type Kept struct {
	Number uint64 // of the packet
	Origin any    // where the packet comes from; nil where it is not wanted

	key     flow.Key
	time    int64
	headers packet.Headers
	known   bool // there are headers
	bytes   []byte
}

// Keep keeps a packet.
func (k *Kept) Keep(p *Packet) {
	k.key, k.time, k.Number = p.Key, p.Time, p.Number
	if k.known = p.Headers != nil; k.known {
		k.headers = *p.Headers
	}
	k.bytes = append(k.bytes[:0], p.Bytes[:min(len(p.Bytes), maxKeptHeaders)]...)
	k.Origin = nil
	if p.Origin != nil {
		k.Origin = p.Origin()
	}
}

// Restore sets all of p to the packet. It holds as long as k is not changed.
func (k *Kept) Restore(p *Packet) {
	*p = Packet{Key: k.key, Time: k.time, Number: k.Number, Kept: k}
	if k.known {
		p.Headers, p.Bytes = &k.headers, k.bytes
	}
}
