package ipsec

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// ESP is the first packet of a security association (RFC 4303, section 2).
type ESP struct {
	metadata bool

	SPI      wire.Cursor // security parameters index, 4 bytes
	Sequence wire.Cursor // sequence number, 4 bytes
	Payload  wire.Cursor // what follows, encrypted
}

const maxPayload = 32 // bytes of the payload to write

// Parse implements proto.Message. Only a packet with sequence number 1 is one
// to write.
func (m *ESP) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.SPI = c.Bytes(4)
	m.Sequence = c.Bytes(4)
	m.Payload = c
	return c.More() && !m.SPI.HasPrefix("\x00\x00\x00\x00") && m.Sequence.HasPrefix("\x00\x00\x00\x01")
}

// WriteRecord implements proto.Message.
func (m *ESP) WriteRecord(w *record.Writer) {
	w.Key("esp").Object()
	w.Key("spi").Hex(m.SPI)
	w.Key("seq").Hex(m.Sequence)
	w.Key("payload_length").Uint(uint64(m.Payload.Len()))
	if m.metadata {
		c := m.Payload
		w.Key("payload").Hex(c.UpTo(maxPayload))
	}
	w.EndObject()
}
