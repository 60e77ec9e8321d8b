package http

import (
	"bytes"

	"merctools/lib/fdc"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// A summary says which fields and how much of the body are in a fingerprint and
// destination context.
type summary struct {
	fields  proto.HTTPHeaders
	bodyMax int // bytes
}

func summaryOf(o *proto.Options) summary {
	return summary{fields: o.HTTPHeaders, bodyMax: o.HTTPBodyMax}
}

// write writes fields and body. disclosed says which fields are written with
// their values; of others there are only the names.
func (s summary) write(w *fdc.Writer, h *header, disclosed func(name []byte) disclosure) {
	r := h.fields()
	switch {
	case s.fields != proto.HTTPHeadersDefault:
		at, ok := r.next()
		if ok {
			w.Key("headers").Array()
			for ; ok; at, ok = r.next() {
				w.Map()
				w.TextMember("name", r.name(at))
				if d := disclosed(r.name(at)); d == harmless || d == sensitive && s.fields == proto.HTTPHeadersAll {
					w.TextMember("value", r.value(at))
				}
				w.End()
			}
			w.End()
		}
	case s.bodyMax > 0:
		// Quirk Q139: where there is no empty line, fields are the body.
		if i := bytes.Index(r.data, emptyLine); i >= 0 {
			r.at = i + len(emptyLine)
		}
	}
	if body := r.rest(); s.bodyMax > 0 && body.More() {
		body.Truncate(s.bodyMax)
		w.BytesMember("body", body)
	}
}

var emptyLine = []byte("\r\n\r\n")

// A disclosure says whether the value of a field may be told.
type disclosure uint8

const (
	undisclosed disclosure = iota // never
	harmless
	sensitive // if the user asks for all
)

// requestDisclosure is the disclosure of a field of a request.
func requestDisclosure(name []byte) disclosure {
	var buf [maxName]byte
	switch string(wire.Lower(buf[:], name)) {
	case "authorization", "cookie", "proxy-authorization":
		return sensitive
	case "accept", "accept-charset", "accept-encoding", "accept-language", "allow", "cache-control",
		"client-ip", "connection", "content-disposition", "content-encoding", "content-language",
		"content-length", "content-location", "content-md5", "content-range",
		"content-transfer-encoding", "content-type", "date", "expect", "expires", "forwarded", "from",
		"host", "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range",
		"if-unmodified-since", "last-modified", "max-forwards", "mime-version", "origin", "pragma",
		"proxy-agent", "proxy-connection", "range", "referer", "restrict-access-context",
		"restrict-access-to-tenants", "te", "trailer", "transfer-encoding", "true-client-ip",
		"upgrade", "user-agent", "via", "warning", "x-forwarded-for", "x-forwarded-from",
		"x-working-with", "xroxy-connection":
		return harmless
	}
	return undisclosed
}

// responseDisclosure is the disclosure of a field of a response.
func responseDisclosure(name []byte) disclosure {
	var buf [maxName]byte
	switch string(wire.Lower(buf[:], name)) {
	case "set-cookie":
		return sensitive
	case "accept-ranges", "age", "content-length", "content-type", "etag", "location",
		"proxy-authenticate", "retry-after", "server", "vary", "via", "www-authenticate":
		return harmless
	}
	return undisclosed
}

// Summarize implements proto.Summarizer.
func (m *Request) Summarize(w *fdc.Writer) {
	w.Protocol("http")
	w.Key("http").Map()
	w.Key("request").Map()
	w.TextMember("method", m.Method)
	w.TextMember("uri", m.URI)
	w.TextMember("protocol", m.Version)
	w.TextMember("host", m.Host)
	w.TextMember("user_agent", m.UserAgent)
	m.summary.write(w, &m.header, requestDisclosure)
	w.End()
	w.End()
}

// Summarize implements proto.Summarizer.
func (m *Response) Summarize(w *fdc.Writer) {
	w.Protocol("http")
	w.Key("http").Map()
	w.Key("response").Map()
	w.TextMember("version", m.Version)
	w.TextMember("status_code", m.Status)
	w.TextMember("status_reason", m.Reason)
	w.TextMember("content_type", m.ContentType)
	w.TextMember("content_length", m.ContentLength)
	w.TextMember("server", m.Server)
	w.TextMember("via", m.Via)
	m.summary.write(w, &m.header, responseDisclosure)
	w.End()
	w.End()
}
