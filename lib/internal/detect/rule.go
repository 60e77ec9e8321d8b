// Package detect finds out which kind of message a payload is, from masked
// bytes at its start, its length, its ports or its first word. It knows
// nothing of how messages are parsed.
package detect

import "merctools/lib/wire"

// A Kind is the number that the owner of the rules gave to a kind of message.
type Kind uint16

// None is the kind of what is not known.
const None Kind = 0

// A Rule is one way in which a kind of message is identified. Its layer says
// where it applies, and exactly one group of the other fields is set.
type Rule struct {
	Layer Layer

	// Mask and Value are 4, 8 or 16 bytes: the payload's first bytes, ANDed
	// with Mask, are Value. Length, where set, returns the length that the
	// message says it has, which must be the payload's. Least, where set, is
	// the number of bytes that a payload must have, if that is fewer than
	// Mask; what is not there counts as zeros.
	Mask, Value string
	Length      func(wire.Cursor) int
	Least       int

	// Port identifies by a port number. Prefix, where set, must come first in
	// the payload. Early rules go before all others.
	Port   uint16
	Side   Side
	Prefix string
	Early  bool

	// Words are first words of four bytes that a message may begin with.
	// Where several kinds share one, they are tried in the order of their
	// rules, but for the kind whose HomePort is the destination port, which
	// is tried first.
	Words    []string
	HomePort uint16

	// Size is the length in bytes that a payload must have; it is looked at
	// last.
	Size int

	// Number is the IP protocol or the type of an Ethernet frame.
	Number uint16
}

// A Layer is what carries a message.
type Layer uint8

// The layers.
const (
	TCP Layer = iota
	UDP
	IP
	Ethernet
)

// A Side says which port of a packet a rule is about.
type Side uint8

// The sides. Either is any of the two, Both is each of them.
const (
	Either Side = iota
	Source
	Destination
	Both
)
