// Package tftp reads messages of the Trivial File Transfer Protocol.
package tftp

import (
	"iter"

	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

const port = 69

// Protocol describes TFTP.
var Protocol = &proto.Protocol{
	Name: "TFTP",
	Doc:  "Trivial File Transfer Protocol",
	Spec: "RFC 1350, RFC 2347",
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "tftp",
		Select: []string{"tftp"},
		Match:  []detect.Rule{{Layer: detect.UDP, Port: port}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("tftp", "a request or an error; other messages have a record without this",
		proto.F("opcode", proto.String, "read or write"),
		proto.F("filename", proto.Text, "name of the file"),
		proto.F("mode", proto.Text, "transfer mode"),
		proto.A("options", "options (RFC 2347)",
			proto.F("option", proto.Text, "name"),
			proto.F("value", proto.Text, "value")),
		proto.O("error", "an error",
			proto.F("code", proto.Uint, "error code")),
	)},
}

// Opcodes (RFC 1350, section 5).
const (
	readRequest  = 1
	writeRequest = 2
	errorMessage = 5
)

// A Message is a TFTP message (RFC 1350, section 5).
type Message struct {
	Opcode uint16      // 1 is a read request, 2 a write request, 5 an error
	Body   wire.Cursor // what follows the opcode
}

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Opcode = c.Uint16()
	// Quirk Q77: any opcode will do.
	m.Body = c
	return c.Ok()
}

// Request returns what a read or write request asks for (RFC 1350, section
// 5). ok is false where the message is none, or is cut off.
func (m *Message) Request() (filename, mode wire.Cursor, ok bool) {
	c := m.Body
	filename, mode = readString(&c), readString(&c)
	return filename, mode, c.Ok() && (m.Opcode == readRequest || m.Opcode == writeRequest)
}

// Options yields the options of a request: name and value (RFC 2347).
func (m *Message) Options() iter.Seq2[wire.Cursor, wire.Cursor] {
	return func(yield func(name, value wire.Cursor) bool) {
		c := m.Body
		readString(&c)
		readString(&c)
		for m.Opcode == readRequest || m.Opcode == writeRequest {
			name, value := readString(&c), readString(&c)
			if c.Failed() || !yield(name, value) {
				return
			}
		}
	}
}

// ErrorCode is the code of an error (RFC 1350, section 5). ok is false where
// the message is none.
func (m *Message) ErrorCode() (code uint16, ok bool) {
	c := m.Body
	code = c.Uint16()
	return code, c.Ok() && m.Opcode == errorMessage
}

// WriteRecord implements proto.Message. Of messages other than requests and
// errors, and of those that are cut off, it writes nothing.
func (m *Message) WriteRecord(w *record.Writer) {
	switch m.Opcode {
	case readRequest, writeRequest:
		filename, mode, ok := m.Request()
		if !ok {
			return
		}
		w.Key("tftp").Object()
		if m.Opcode == readRequest {
			w.Key("opcode").Str("read")
		} else {
			w.Key("opcode").Str("write")
		}
		w.OptionalText("filename", filename)
		w.OptionalText("mode", mode)
		w.Key("options").Array()
		start := w.Len()
		for name, value := range m.Options() {
			if w.Full(start) {
				break
			}
			w.Elem().Object()
			w.OptionalText("option", name)
			w.OptionalText("value", value)
			w.EndObject()
		}
		w.EndArray()
		w.EndObject()
	case errorMessage:
		c := m.Body
		code := c.Uint16()
		if !c.More() { // not even the start of a text
			return
		}
		w.Key("tftp").Object()
		w.Key("error").Object()
		w.Key("code").Uint(uint64(code))
		w.EndObject()
		w.EndObject()
	}
}

// readString reads a string and the zero byte that ends it.
func readString(c *wire.Cursor) wire.Cursor {
	s := c.Until(0)
	c.Accept("\x00")
	return s
}
