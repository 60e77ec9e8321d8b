package netbios

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Session is a packet of the session service (RFC 1002, section 4.3).
type Session struct {
	Type   uint8  // 0 a session message, 0x81 a session request
	Length uint16 // of the packet behind its header, in bytes, without a 17th bit
	Data   wire.Cursor
}

// Parse implements proto.Message.
func (m *Session) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Type = c.Uint8()
	c.Skip(1) // flags; the last one is a 17th bit of the length
	m.Length = c.Uint16()
	m.Data = c
	return c.Ok()
}

// WriteRecord implements proto.Message.
func (m *Session) WriteRecord(w *record.Writer) {
	w.Key("nbss").Object()
	w.Key("type").NameOrCode(proto.Name(sessionTypes[:], m.Type), int64(m.Type))
	w.Key("length").Uint(uint64(m.Length))
	w.Key("data").Hex(m.Data)
	w.EndObject()
}

// sessionTypes are the names of the packet types (RFC 1002, section 4.3.1).
var sessionTypes = [...]string{
	0x00: "session_message",
	0x81: "session_request",
	0x82: "positive_session_response",
	0x83: "negative_session_response",
	0x84: "retarget_session_response",
	0x85: "session_keep_alive",
}
