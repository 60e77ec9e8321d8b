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
	m.Version = c.Word(' ')
	c.SkipUpTo(1)
	if m.deep {
		m.Status = statusCode(&c)
		if c.HasPrefix(" ") {
			c.Skip(1)
		}
	} else {
		// Quirk Q55: a space ends it, and nothing else.
		m.Status = c.Word(' ')
		c.SkipUpTo(1)
	}
	m.Reason = upToLineEnd(&c)
	if !m.Status.More() {
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

// statusCode returns what is before the next space or the end of the line
// (RFC 9112, section 4).
func statusCode(c *wire.Cursor) wire.Cursor {
	return c.While(func(b byte) bool { return b != ' ' && b != '\r' && b != '\n' })
}

// known returns where the value of a field is kept, or nil, and its share in the
// fingerprint.
func (m *Response) known(name []byte) (value *wire.Cursor, s share) {
	var buf [maxName]byte
	switch string(wire.Lower(buf[:], name)) {
	case "content-type":
		return &m.ContentType, nameOnly
	case "content-length":
		return &m.ContentLength, nothing
	case "server":
		return &m.Server, wholeLine
	case "via":
		return &m.Via, nothing
	case "access-control-allow-credentials", "access-control-allow-headers",
		"access-control-allow-methods", "access-control-expose-headers", "cache-control", "code",
		"connection", "content-language", "content-transfer-encoding", "p3p", "pragma", "reason",
		"strict-transport-security", "version", "x-aspnetmvc-version", "x-aspnet-version", "x-cid",
		"x-ms-version", "x-xss-protection":
		return nil, wholeLine
	case "appex-activity-id", "cdnuuid", "cf-ray", "content-range", "date", "etag", "expires",
		"flow_context", "ms-cv", "msregion", "ms-requestid", "request-id", "vary", "x-amz-cf-pop",
		"x-amz-request-id", "x-azure-ref-originshield", "x-cache", "x-cache-hits", "x-ccc",
		"x-diagnostic-s", "x-feserver", "x-hw", "x-msedge-ref", "x-ocsp-responder-id", "x-requestid",
		"x-served-by", "x-timer", "x-trace-context":
		return nil, nameOnly
	}
	return nil, nothing
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
	m.header.addShares(b)
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
	w.OptionalText("content_type", m.ContentType)
	w.OptionalText("content_length", m.ContentLength)
	w.OptionalText("server", m.Server)
	w.OptionalText("via", m.Via)
	m.header.writeRecord(w, false)
	w.EndObject()
	w.EndObject()
}
