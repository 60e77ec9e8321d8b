package redis

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Response is a reply: a simple string, an error, an integer or a bulk
// string.
type Response struct {
	kind      string
	data      wire.Cursor
	truncated bool
}

const (
	kindBulkString = "bulk_string"
	maxData        = 100 // bytes of a bulk string that are written
)

// Parse implements proto.Message.
func (m *Response) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.data, m.truncated = nil, false
	switch first, _ := c.Peek(); first {
	case '+':
		m.kind = "simple_string"
	case '-':
		m.kind = "error"
	case ':':
		m.kind = "integer"
	case '$':
		m.kind = kindBulkString
		s, ok := parseBulkString(&c)
		m.data, m.truncated = s.data, s.truncated
		return ok
	default:
		return false
	}
	c.Skip(1)
	m.data = c.Line()
	return m.data.More()
}

// WriteRecord implements proto.Message.
func (m *Response) WriteRecord(w *record.Writer) {
	w.Key("redis").Object()
	w.Key("response").Object()
	w.Key("type").Str(m.kind)
	if m.data.Ok() {
		data := m.data
		if m.kind == kindBulkString {
			data.Truncate(maxData)
		}
		w.Key("data").Text(data)
	}
	if m.truncated {
		w.Key("truncated").Bool(true)
	}
	w.EndObject()
	w.EndObject()
}
