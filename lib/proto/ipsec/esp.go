package ipsec

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// ESP is the first packet of a security association (RFC 4303, section 2).
type ESP struct {
	metadata bool

	spi, sequence wire.Cursor
	payload       wire.Cursor
}

const maxPayload = 32 // bytes of the payload to write

// Parse implements proto.Message. Only a packet with sequence number 1 is one
// to write.
func (m *ESP) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.spi = c.Bytes(4)
	m.sequence = c.Bytes(4)
	m.payload = c
	return c.More() && !m.spi.HasPrefix("\x00\x00\x00\x00") && m.sequence.HasPrefix("\x00\x00\x00\x01")
}

// WriteRecord implements proto.Message.
func (m *ESP) WriteRecord(w *record.Writer) {
	w.Key("esp").Object()
	w.Key("spi").Hex(m.spi)
	w.Key("seq").Hex(m.sequence)
	w.Key("payload_length").Uint(uint64(m.payload.Len()))
	if m.metadata {
		c := m.payload
		w.Key("payload").Hex(c.UpTo(maxPayload))
	}
	w.EndObject()
}
