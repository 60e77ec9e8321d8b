package http

import (
	"iter"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"

	"merctools/lib/wire"
)

// A Response is a response (RFC 9112, section 4). Of a field that comes more
// than once, the first counts; where there is none, it is nil.
type Response struct {
	metadata bool
	deep     bool // read lines as RFC 9112 says
	summary  summary

	Version wire.Cursor // such as "HTTP/1.1"
	Status  wire.Cursor // status-code, as text
	Reason  wire.Cursor // reason-phrase
	header  header

	ContentType   wire.Cursor
	ContentLength wire.Cursor // as text
	Server        wire.Cursor
	Via           wire.Cursor
}

// Parse implements proto.Message. Anything is a response that has a status
// code.
func (m *Response) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.ContentType, m.ContentLength, m.Server, m.Via = nil, nil, nil, nil
	m.Version = word(&c)
	c.SkipUpTo(1)
	if m.deep {
		m.Status = statusCode(&c)
		if c.HasPrefix(" ") {
			c.Skip(1)
		}
		m.Reason = upToLineEnd(&c)
		m.header.parseLines(c)
	} else {
		// Quirk Q55: a space ends it, and nothing else.
		m.Status = word(&c)
		c.SkipUpTo(1)
		m.Reason = upToLineEnd(&c)
		m.header.parse(c)
	}
	if !m.Status.More() {
		return false
	}
	r := m.header.fields()
	for f, ok := r.next(); ok; f, ok = r.next() {
		if v := m.known(f.Name); v != nil && v.Failed() {
			*v = f.Value
		}
	}
	return true
}

// statusCode returns what is before the next space or the end of the line
// (RFC 9112, section 4).
func statusCode(c *wire.Cursor) wire.Cursor {
	i := 0
	for i < len(*c) && (*c)[i] != ' ' && (*c)[i] != '\r' && (*c)[i] != '\n' {
		i++
	}
	return c.UpTo(i)
}

// known returns where the value of a field is kept, or nil.
func (m *Response) known(name []byte) *wire.Cursor {
	var buf [maxName]byte
	switch string(lower(&buf, name)) {
	case "content-type":
		return &m.ContentType
	case "content-length":
		return &m.ContentLength
	case "server":
		return &m.Server
	case "via":
		return &m.Via
	}
	return nil
}

// Fields yields the header fields in their order.
func (m *Response) Fields() iter.Seq[Field] { return m.header.all() }

// Body is what there is of the content in this segment, or in those that were
// reassembled. It is nil where the header does not end.
func (m *Response) Body() wire.Cursor { return m.header.body() }

// Fingerprint implements proto.Fingerprinter.
func (m *Response) Fingerprint(b *npf.Builder) {
	b.Begin(npf.HTTPServer, 0)
	b.String(m.Version)
	b.String(m.Status)
	b.String(m.Reason)
	b.Open()
	r := m.header.fields()
	for f, ok := r.next(); ok; f, ok = r.next() {
		responseShare(f.Name).add(b, &f)
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
	w.Key("version").Text(m.Version)
	w.Key("status_code").Text(m.Status)
	w.Key("status_reason").Text(m.Reason)
	text(w, "content_type", m.ContentType)
	text(w, "content_length", m.ContentLength)
	text(w, "server", m.Server)
	text(w, "via", m.Via)
	m.header.writeRecord(w, false)
	w.EndObject()
	w.EndObject()
}
