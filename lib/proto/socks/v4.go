package socks

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A RequestV4 is a request of SOCKS 4 or 4a.
type RequestV4 struct {
	metadata bool

	Command uint8       // 1 is CONNECT, 2 BIND
	Port    uint16      // of the destination
	Address wire.Cursor // IPv4 address of the destination, 4 bytes
	User    wire.Cursor // user identifier; may be empty
	Domain  wire.Cursor // domain name of the destination
	Named   bool        // there is a domain name (SOCKS 4a)
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
	m.Command = c.Uint8()
	m.Port = c.Uint16()
	m.Address = c.Bytes(addressLen)
	m.User = c.Until(0)
	m.Domain, m.Named = nil, false
	switch c.Len() {
	case 0:
		return false
	case 1:
		return true
	}
	c.Skip(1)
	m.Domain, m.Named = c.Until(0), true
	return c.Len() == 1
}

var commandsV4 = [...]string{1: "CONNECT", 2: "BIND"}

// WriteRecord implements proto.Message.
func (m *RequestV4) WriteRecord(w *record.Writer) {
	w.Key("socks4").Object()
	w.Key("cmd").NameOrCode(proto.Name(commandsV4[:], m.Command), int64(m.Command))
	w.Key("port").Uint(uint64(m.Port))
	if m.metadata {
		w.Key("ip").IP(m.Address)
	}
	w.OptionalText("id", m.User)
	if m.Named {
		if m.metadata {
			w.Key("socks4a").Bool(true)
		}
		w.OptionalText("domain", m.Domain)
	}
	w.EndObject()
}
