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
	w.Key("type")
	writeType(w, sessionTypeName(m.Type), m.Type)
	w.Key("length").Uint(uint64(m.Length))
	w.Key("data").Hex(m.Data)
	w.EndObject()
}

func writeType(w *record.Writer, name string, code uint8) {
	if name == "" {
		w.UnknownUint(uint64(code))
		return
	}
	w.Str(name)
}

// sessionTypeName is the name of a packet type (RFC 1002, section 4.3.1), or
// empty.
func sessionTypeName(t uint8) string {
	switch t {
	case 0x00:
		return "session_message"
	case 0x81:
		return "session_request"
	case 0x82:
		return "positive_session_response"
	case 0x83:
		return "negative_session_response"
	case 0x84:
		return "retarget_session_response"
	case 0x85:
		return "session_keep_alive"
	}
	return ""
}
