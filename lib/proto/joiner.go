package proto

import "merctools/lib/wire"

// A Joiner finds the messages of a datagram protocol, with Options.Deep: it
// puts those together that come in parts, and takes those apart that come in
// one datagram.
type Joiner interface {
	// Add takes a datagram and reports whether there is a message of the
	// protocol in it, or a part of one. Next tells what there is to read.
	Add(c wire.Cursor, p *Packet) bool
	// Next returns a message in the form that its Parse method reads, or nil.
	// It is one of the datagram, or one that is given up because too much is
	// held: then Next sets all of p to the packet that began it. It is valid up
	// to the next call.
	Next(p *Packet) wire.Cursor
	// Pending returns the number of the packet that begins the oldest message
	// that is held. ok is false where none is.
	Pending() (number uint64, ok bool)
	// Flush gives up the message of Pending, as Next does.
	Flush(p *Packet) wire.Cursor
	// Held returns what the Joiner counted.
	Held() HeldCounts
}
