package stun

import (
	"unicode"
	"unicode/utf8"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

const fingerprintFormat = 1

// Fingerprint implements proto.Fingerprinter: class, method, whether there is
// a magic cookie, and those attributes that tell implementations apart, in
// their order. Responses have none, as they depend on the request.
func (m *Message) Fingerprint(b *npf.Builder) {
	if m.isResponse() {
		return
	}
	b.Begin(npf.STUN, fingerprintFormat)
	b.Open()
	b.Uint8(m.Class())
	b.Close()
	b.Open()
	b.Uint16(m.Method())
	b.Close()
	b.Open()
	if m.hasCookie {
		b.Uint8(1)
	} else {
		b.Uint8(0)
	}
	b.Close()
	b.Open()
	c := m.attributes
	for c.More() {
		a, ok := readAttribute(c)
		if !ok {
			break
		}
		c = a.next
		switch a.typ {
		case username, messageIntegrity, xorMappedAddress, ms8007, msVersion, software, fingerprint,
			unassignedC003, googNetworkInfo, unassignedDABA:
			b.Open()
			b.Uint16(a.typ)
			b.Close()
		case msAppID, msImplementationVersion:
			b.Open()
			b.Uint16(a.typ)
			b.Uint16(a.length)
			b.Hex(a.value)
			b.Close()
		}
	}
	b.Close()
}

// maxUserAgent is the length in bytes up to which a name of software is used.
const maxUserAgent = 511

// Context implements proto.Subject: the software that a request names is its
// user agent, escaped as in a JSON string. A name that is not UTF-8, or has
// characters for private use, is not used.
func (m *Message) Context(c *proto.Context) bool {
	*c = proto.Context{}
	name := m.softwareName()
	if len(name) <= maxUserAgent && isText(name) {
		m.userAgent = record.AppendText(m.userAgent[:0], name)
		if len(m.userAgent) <= maxUserAgent {
			c.UserAgent = m.userAgent
		}
	}
	return !m.isResponse()
}

// softwareName is the value of the last SOFTWARE attribute.
func (m *Message) softwareName() (name wire.Cursor) {
	for c := m.attributes; c.More(); {
		a, ok := readAttribute(c)
		if !ok {
			break
		}
		if a.typ == software {
			name = a.value
		}
		c = a.next
	}
	return name
}

func isText(s []byte) bool {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 || unicode.Is(unicode.Co, r) {
			return false
		}
		s = s[size:]
	}
	return true
}
