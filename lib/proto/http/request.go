package http

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Request is a request (RFC 9112, section 3).
type Request struct {
	metadata bool
	method   wire.Cursor
	uri      wire.Cursor
	version  wire.Cursor
	header   header

	userAgent     wire.Cursor
	host          wire.Cursor
	forwardedFor  wire.Cursor
	via           wire.Cursor
	upgrade       wire.Cursor
	referer       wire.Cursor
	authorization wire.Cursor

	decoded [2 * partRoom]byte // scratch; holds a parameter as well
}

const (
	minMethod = 3
	maxMethod = 16
)

// Parse implements proto.Message. A request has a method in capital letters
// and a version that begins with "HTTP/".
func (m *Request) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.userAgent, m.host, m.forwardedFor, m.via = nil, nil, nil, nil
	m.upgrade, m.referer, m.authorization = nil, nil, nil
	m.uri, m.version, m.header = nil, nil, header{}

	m.method = word(&c)
	if !isMethod(m.method) {
		return false
	}
	c.SkipUpTo(1)
	m.uri = word(&c)
	c.SkipUpTo(1)
	m.version = upToLineEnd(&c)
	if !m.version.HasPrefix("HTTP/") {
		return false
	}
	m.header.parse(c)
	r := m.header.fields()
	for f, ok := r.next(); ok; f, ok = r.next() {
		// The first field of a name counts, even where it is empty.
		if v := m.known(f.name); v != nil && v.Failed() {
			*v = f.value
		}
	}
	return true
}

func isMethod(s []byte) bool {
	if len(s) < minMethod || len(s) > maxMethod {
		return false
	}
	for _, b := range s {
		if b < 'A' || b > 'Z' {
			return false
		}
	}
	return true
}

// known returns where the value of a field is kept, or nil.
func (m *Request) known(name []byte) *wire.Cursor {
	var buf [maxName]byte
	switch string(lower(&buf, name)) {
	case "user-agent":
		return &m.userAgent
	case "host":
		return &m.host
	case "x-forwarded-for":
		return &m.forwardedFor
	case "via":
		return &m.via
	case "upgrade":
		return &m.upgrade
	case "referer":
		return &m.referer
	case "authorization":
		return &m.authorization
	}
	return nil
}

// Fingerprint implements proto.Fingerprinter.
func (m *Request) Fingerprint(b *npf.Builder) {
	b.Begin(npf.HTTP, 0)
	b.String(m.method)
	b.String(m.version)
	b.Open()
	r := m.header.fields()
	for f, ok := r.next(); ok; f, ok = r.next() {
		requestShare(f.name).add(b, &f)
	}
	b.Close()
}

// Context implements proto.Classifiable.
func (m *Request) Context(c *proto.Context) bool {
	c.ServerName = m.host
	c.UserAgent = m.userAgent
	c.ServerNameShown = m.metadata || len(m.host) == 0
	c.UserAgentShown = true
	return true
}

// Exposure implements proto.Exposer.
func (m *Request) Exposure() proto.Exposure {
	c := m.authorization
	// Quirk Q57: schemes are told apart by case.
	switch string(word(&c)) {
	case "Basic":
		return proto.ExposedPassword
	case "Bearer":
		return proto.ExposedToken
	case "Digest":
		return proto.ExposedDerived
	}
	return proto.NotExposed
}

// WriteRecord implements proto.Message.
func (m *Request) WriteRecord(w *record.Writer) {
	w.Key("http").Object()
	w.Key("request").Object()
	if m.metadata {
		text(w, "method", m.method)
		text(w, "uri", m.uri)
		text(w, "protocol", m.version)
	}
	text(w, "user_agent", m.userAgent)
	if m.metadata {
		text(w, "host", m.host)
		text(w, "x_forwarded_for", m.forwardedFor)
		text(w, "via", m.via)
		text(w, "upgrade", m.upgrade)
		text(w, "referer", m.referer)
		m.writeAuthorization(w)
		m.header.writeRecord(w)
	}
	w.EndObject()
	w.EndObject()
}
