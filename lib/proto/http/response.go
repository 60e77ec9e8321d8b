package http

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Response is a response (RFC 9112, section 4).
type Response struct {
	metadata bool
	version  wire.Cursor
	status   wire.Cursor
	reason   wire.Cursor
	header   header

	contentType   wire.Cursor
	contentLength wire.Cursor
	server        wire.Cursor
	via           wire.Cursor
}

// Parse implements proto.Message. Anything is a response that has a status
// code.
func (m *Response) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.contentType, m.contentLength, m.server, m.via = nil, nil, nil, nil
	m.version = word(&c)
	c.SkipUpTo(1)
	// Quirk Q55: a space ends it, and nothing else.
	m.status = word(&c)
	c.SkipUpTo(1)
	m.reason = upToLineEnd(&c)
	m.header.parse(c)
	if !m.status.More() {
		return false
	}
	r := m.header.fields()
	for f, ok := r.next(); ok; f, ok = r.next() {
		if v := m.known(f.name); v != nil && v.Failed() {
			*v = f.value
		}
	}
	return true
}

// known returns where the value of a field is kept, or nil.
func (m *Response) known(name []byte) *wire.Cursor {
	var buf [maxName]byte
	switch string(lower(&buf, name)) {
	case "content-type":
		return &m.contentType
	case "content-length":
		return &m.contentLength
	case "server":
		return &m.server
	case "via":
		return &m.via
	}
	return nil
}

// Fingerprint implements proto.Fingerprinter.
func (m *Response) Fingerprint(b *npf.Builder) {
	b.Begin(npf.HTTPServer, 0)
	b.String(m.version)
	b.String(m.status)
	b.String(m.reason)
	b.Open()
	r := m.header.fields()
	for f, ok := r.next(); ok; f, ok = r.next() {
		responseShare(f.name).add(b, &f)
	}
	b.Close()
}

// WriteRecord implements proto.Message.
func (m *Response) WriteRecord(w *record.Writer) {
	if !m.metadata {
		return
	}
	w.Key("http").Object()
	w.Key("response").Object()
	w.Key("version").Text(m.version)
	w.Key("status_code").Text(m.status)
	w.Key("status_reason").Text(m.reason)
	text(w, "content_type", m.contentType)
	text(w, "content_length", m.contentLength)
	text(w, "server", m.server)
	text(w, "via", m.via)
	m.header.writeRecord(w)
	w.EndObject()
	w.EndObject()
}
