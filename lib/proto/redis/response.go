package redis

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Response is a reply: a simple string, an error, an integer or a bulk
// string (Redis serialization protocol specification).
type Response struct {
	Type      string      // "simple_string", "error", "integer" or "bulk_string"
	Data      wire.Cursor // nil for the null bulk string
	Truncated bool        // Data ends with the segment, before the bulk string does
}

const (
	kindBulkString = "bulk_string"
	maxData        = 100 // bytes of a bulk string that are written
)

// Parse implements proto.Message.
func (m *Response) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Data, m.Truncated = nil, false
	switch first, _ := c.Peek(); first {
	case '+':
		m.Type = "simple_string"
	case '-':
		m.Type = "error"
	case ':':
		m.Type = "integer"
	case '$':
		m.Type = kindBulkString
		s, ok := parseBulkString(&c)
		m.Data, m.Truncated = s.data, s.truncated
		return ok
	default:
		return false
	}
	c.Skip(1)
	m.Data = c.Line()
	return m.Data.More()
}

// WriteRecord implements proto.Message.
func (m *Response) WriteRecord(w *record.Writer) {
	w.Key("redis").Object()
	w.Key("response").Object()
	w.Key("type").Str(m.Type)
	if m.Data.Ok() {
		data := m.Data
		if m.Type == kindBulkString {
			data.Truncate(maxData)
		}
		w.Key("data").Text(data)
	}
	if m.Truncated {
		w.Key("truncated").Bool(true)
	}
	w.EndObject()
	w.EndObject()
}
