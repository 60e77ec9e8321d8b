// Package ssdp reads messages of the Simple Service Discovery Protocol, which
// are HTTP messages in datagrams.
package ssdp

import (
	"bytes"
	"iter"

	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes SSDP.
var Protocol = &proto.Protocol{
	Name: "SSDP",
	Doc:  "Simple Service Discovery Protocol",
	Spec: "UPnP Device Architecture 2.0, section 1",
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "ssdp",
		Select: []string{"ssdp"},
		// What NOTIFY, M-SEARCH and HTTP/1.1 have in common.
		Match: []detect.Rule{{Layer: detect.UDP, Mask: "\xe8\x84\xf0\xe0\x00\x90\x00\x00", Value: "\x48\x04\x50\x40\x00\x10\x00\x00"}},
		New: func(o *proto.Options) proto.Message {
			return &Message{metadata: o.Metadata, raw: o.Raw("ssdp")}
		},
	}},
	Fields: []proto.Field{proto.O("ssdp", "an SSDP message",
		proto.O("notify", "an advertisement", messageFields()...),
		proto.O("m_search", "a search", messageFields()...),
		proto.O("response", "a response to a search", messageFields()...),
	)},
}

func messageFields() []proto.Field {
	fields := []proto.Field{proto.F("method", proto.Text, "the first line").If("--metadata")}
	for i := range headers {
		option := "--raw-features=ssdp"
		if !headers[i].always {
			option += " and --metadata"
		}
		fields = append(fields, proto.F(headers[i].key, proto.Text, "the header "+headers[i].name).To(headers[i].form).If(option))
	}
	return append(fields, proto.F("features", proto.String,
		"the first line, and the names and values of the headers, as JSON in a string").To(proto.Lists).Saying("the first line, and the names and values of the headers").If("--raw-features=ssdp"))
}

// A Message is an SSDP message (UPnP Device Architecture, section 1).
type Message struct {
	metadata, raw bool

	Kind  string      // "notify", "m_search" or "response"
	Start wire.Cursor // the first line, without its end
	lines wire.Cursor // the lines behind it, as far as they are whole
}

// Parse implements proto.Message. Its first letter tells what a message is.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Start, m.lines = nil, nil
	switch first, _ := c.Peek(); first {
	case 'N':
		m.Kind = "notify"
	case 'M':
		m.Kind = "m_search"
	case 'H':
		m.Kind = "response"
	default:
		return false
	}
	m.Start = c
	if i := bytes.IndexByte(c, '\n'); i >= 0 {
		m.Start = c.UpTo(i)
	}
	m.Start = withoutTrailing(m.Start, '\r')
	c.SkipUpTo(1)
	m.lines = c.UpTo(bytes.LastIndexByte(c, '\n') + 1)
	return true
}

// withoutTrailing takes all bytes b from the end of s, unless s is nothing
// else.
func withoutTrailing(s wire.Cursor, b byte) wire.Cursor {
	n := len(s)
	for n > 0 && s[n-1] == b {
		n--
	}
	if n > 0 {
		s.Truncate(n)
	}
	return s
}

// readHeader reads a header: its name without spaces behind it, and its value with
// the spaces before it. A line without a colon counts as the start of the next
// name. An empty line at the very end is the end.
func readHeader(c *wire.Cursor) (name, value wire.Cursor, ok bool) {
	i := bytes.IndexByte(*c, ':')
	if i < 0 {
		return nil, nil, false
	}
	name = withoutTrailing(c.UpTo(i), ' ')
	c.Skip(1)
	value = c.Until('\n')
	c.Skip(1)
	if n := len(value); n > 0 && value[n-1] == '\r' {
		value.Truncate(n - 1)
	}
	return name, value, true
}

// Headers yields the headers: the name, and the value with the spaces before
// it.
func (m *Message) Headers() iter.Seq2[wire.Cursor, wire.Cursor] {
	return func(yield func(name, value wire.Cursor) bool) {
		c := m.lines
		for name, value, ok := readHeader(&c); ok && yield(name, value); name, value, ok = readHeader(&c) {
		}
	}
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("ssdp").Object()
	w.Key(m.Kind).Object()
	if m.metadata {
		w.OptionalText("method", m.Start)
	}
	if m.raw {
		m.writeRaw(w)
	}
	w.EndObject()
	w.EndObject()
}
