package socks

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A RequestV4 is a request of SOCKS 4 or 4a.
type RequestV4 struct {
	metadata bool

	command uint8
	port    uint16
	address wire.Cursor
	user    wire.Cursor
	domain  wire.Cursor
	named   bool // a domain name is given (SOCKS 4a)
}

const addressLen = 4

// lengthV4 is the payload's own length if its strings look like some: a user
// that begins with no control character, or is empty, and a NUL at the end
// with no control character before it. Else it is 0.
func lengthV4(c wire.Cursor) int {
	n := c.Len()
	beforeLast, _ := c.At(n - 2)
	last, _ := c.At(n - 1)
	c.SkipUpTo(1 + 1 + 2 + addressLen)
	first, ok := c.Peek()
	switch {
	case !ok || last != 0:
		return 0
	case c.Len() == 1, (first == 0 || first >= ' ') && beforeLast >= ' ':
		return n
	}
	return 0
}

// Parse implements proto.Message.
func (m *RequestV4) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(1)
	m.command = c.Uint8()
	m.port = c.Uint16()
	m.address = c.Bytes(addressLen)
	m.user = c.Until(0)
	m.domain, m.named = nil, false
	switch c.Len() {
	case 0:
		return false
	case 1:
		return true
	}
	c.Skip(1)
	m.domain, m.named = c.Until(0), true
	return c.Len() == 1
}

// WriteRecord implements proto.Message.
func (m *RequestV4) WriteRecord(w *record.Writer) {
	w.Key("socks4").Object()
	w.Key("cmd")
	switch m.command {
	case 1:
		w.Str("CONNECT")
	case 2:
		w.Str("BIND")
	default:
		w.UnknownUint(uint64(m.command))
	}
	w.Key("port").Uint(uint64(m.port))
	if m.metadata {
		w.Key("ip").IP(m.address)
	}
	if m.user.More() {
		w.Key("id").Text(m.user)
	}
	if m.named {
		if m.metadata {
			w.Key("socks4a").Bool(true)
		}
		if m.domain.More() {
			w.Key("domain").Text(m.domain)
		}
	}
	w.EndObject()
}
