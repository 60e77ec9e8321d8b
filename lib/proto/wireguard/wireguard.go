// Package wireguard reads the message that opens a WireGuard handshake.
package wireguard

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes WireGuard.
var Protocol = &proto.Protocol{
	Name: "WireGuard",
	Doc:  "WireGuard virtual private networks: the first message of a handshake",
	Spec: "J. Donenfeld, WireGuard: Next Generation Kernel Network Tunnel, section 5.4.2",
	Messages: []proto.Kind{{
		Name:   "handshake initiation",
		Select: []string{"wireguard"},
		Match: []detect.Rule{{
			Layer: detect.UDP,
			Mask:  "\xff\xff\xff\xff\x00\x00\x00\x00",
			Value: "\x01\x00\x00\x00\x00\x00\x00\x00",
		}},
		New: func(*proto.Options) proto.Message { return new(Initiation) },
	}},
	Fields: []proto.Field{proto.O("wireguard", "a handshake initiation",
		proto.F("sender_index", proto.Hex, "the index by which the sender knows the session: its number in eight digits, then eight zeros"),
	)},
}

// An Initiation is the first message of a handshake.
type Initiation struct {
	// SenderIndex is the number, sent in little-endian order, by which the
	// sender knows the session.
	SenderIndex uint32
}

const (
	typeLen       = 4 // type and reserved bytes
	initiationLen = 148
)

// Parse implements proto.Message. Datagrams of any other length than that of
// the message are not taken for it.
func (m *Initiation) Parse(c wire.Cursor, _ *proto.Packet) bool {
	ok := c.Len() == initiationLen
	c.Skip(typeLen)
	m.SenderIndex = c.Uint32LE()
	return ok
}

// WriteRecord implements proto.Message.
func (m *Initiation) WriteRecord(w *record.Writer) {
	w.Key("wireguard").Object()
	// Quirk Q104: eight digits would do.
	w.Key("sender_index").HexUint(uint64(m.SenderIndex)<<32, 16)
	w.EndObject()
}
