package http

import (
	"bytes"
	"iter"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Request is a request (RFC 9112, section 3). Of a field that comes more
// than once, the first counts; where there is none, it is nil.
type Request struct {
	metadata bool
	deep     bool // read lines as RFC 9112 says
	summary  summary

	Method  wire.Cursor
	URI     wire.Cursor // request-target
	Version wire.Cursor // such as "HTTP/1.1"
	header  header

	UserAgent     wire.Cursor
	Host          wire.Cursor
	ForwardedFor  wire.Cursor // X-Forwarded-For
	Via           wire.Cursor
	Upgrade       wire.Cursor
	Referer       wire.Cursor
	Authorization wire.Cursor

	decoded [2 * partRoom]byte // scratch; holds a parameter as well
}

const (
	minMethod = 3
	maxMethod = 16
)

// Parse implements proto.Message. A request has a method in capital letters
// and a version that begins with "HTTP/".
func (m *Request) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.UserAgent, m.Host, m.ForwardedFor, m.Via = nil, nil, nil, nil
	m.Upgrade, m.Referer, m.Authorization = nil, nil, nil
	m.URI, m.Version = nil, nil

	m.Method = c.Word(' ')
	if !isMethod(m.Method) {
		return false
	}
	c.SkipUpTo(1)
	if m.deep {
		m.parseTarget(upToLineEnd(&c))
	} else {
		m.URI = c.Word(' ')
		c.SkipUpTo(1)
		m.Version = upToLineEnd(&c)
	}
	if !m.Version.HasPrefix("HTTP/") {
		return false
	}
	m.header.parse(c, m.deep)
	r := m.header.fields()
	for at, ok := r.next(); ok; at, ok = r.next() {
		value, share := m.known(r.name(at))
		m.header.keep(value, share, r.data, at)
	}
	return true
}

// parseTarget reads what follows the method. The version is the last word: some
// clients send spaces in the target (RFC 9112, section 3.2).
func (m *Request) parseTarget(line wire.Cursor) {
	line = bytes.TrimRight(line, " ")
	i := bytes.LastIndexByte(line, ' ')
	if i < 0 {
		m.URI = line
		return
	}
	m.URI, m.Version = line[:i], line[i+1:]
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

// known returns where the value of a field is kept, or nil, and its share in the
// fingerprint.
func (m *Request) known(name []byte) (value *wire.Cursor, s share) {
	var buf [maxName]byte
	switch string(wire.Lower(buf[:], name)) {
	case "user-agent":
		return &m.UserAgent, nameOnly
	case "host":
		return &m.Host, nameOnly
	case "x-forwarded-for":
		return &m.ForwardedFor, nothing
	case "via":
		return &m.Via, nothing
	case "upgrade":
		return &m.Upgrade, nothing
	case "referer":
		return &m.Referer, nothing
	case "authorization":
		return &m.Authorization, nameOnly
	case "accept", "accept-encoding", "connection", "dnt", "dpr", "upgrade-insecure-requests",
		"x-requested-with":
		return nil, wholeLine
	case "accept-charset", "accept-language", "cache-control", "if-modified-since", "keep-alive",
		"x-flash-version", "x-p2p-peerdist":
		return nil, nameOnly
	}
	return nil, nothing
}

// Fields yields the header fields in their order.
func (m *Request) Fields() iter.Seq[Field] { return m.header.all() }

// Body is what there is of the content in this segment, or in those that were
// reassembled. It is nil where the header does not end.
func (m *Request) Body() wire.Cursor { return m.header.body() }

// Fingerprint implements proto.Fingerprinter.
func (m *Request) Fingerprint(b *npf.Builder) {
	b.Begin(npf.HTTP, 0)
	b.String(m.Method)
	b.String(m.Version)
	b.Open()
	m.header.addShares(b)
	b.Close()
}

// Context implements proto.Classifiable.
func (m *Request) Context(c *proto.Context) bool {
	c.ServerName = m.Host
	c.UserAgent = m.UserAgent
	c.ServerNameShown = m.metadata || len(m.Host) == 0
	c.UserAgentShown = true
	return true
}

// Exposure implements proto.Exposer.
func (m *Request) Exposure() proto.Exposure {
	c := m.Authorization
	// Quirk Q57: schemes are told apart by case.
	switch string(c.Word(' ')) {
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
		w.OptionalText("method", m.Method)
		writeURI(w, "uri", m.URI)
		w.OptionalText("protocol", m.Version)
	}
	w.OptionalText("user_agent", m.UserAgent)
	if m.metadata {
		w.OptionalText("host", m.Host)
		w.OptionalText("x_forwarded_for", m.ForwardedFor)
		w.OptionalText("via", m.Via)
		w.OptionalText("upgrade", m.Upgrade)
		writeURI(w, "referer", m.Referer)
		m.writeAuthorization(w)
		m.header.writeRecord(w, true)
	}
	w.EndObject()
	w.EndObject()
}
