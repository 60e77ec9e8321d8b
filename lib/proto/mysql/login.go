package mysql

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Login is the packet by which a client logs in, or asks for TLS first
// (HandshakeResponse41, SSLRequest).
type Login struct {
	metadata bool

	Sequence            uint8 // number of the packet
	Collation           uint8
	MariaDBCapabilities uint32      // further flags; most significant byte first
	TLS                 bool        // the client asks for TLS; the fields below are nil then
	User                wire.Cursor // user name
	Auth                wire.Cursor // authentication data, a hash of the password
	AuthPlugin          wire.Cursor // name of the authentication method
}

// Parse implements proto.Message. From behind the reserved bytes on, a packet
// that is cut off yields what there is.
func (m *Login) Parse(c wire.Cursor, _ *proto.Packet) bool {
	*m = Login{metadata: m.metadata}
	c.Skip(headerLen)
	m.Sequence = c.Uint8()
	capabilities := c.Uint16LE()
	extended := c.Uint16LE()
	c.Skip(4) // maximum packet size
	m.Collation = c.Uint8()
	if !c.Accept(reserved) {
		return false
	}
	m.MariaDBCapabilities = c.Uint32()
	if c.Ok() && !c.More() {
		m.TLS = true
		return true
	}
	m.User = readString(&c)
	if extended&lenencClientData == 0 {
		m.Auth = c.Bytes(int(c.Uint8()))
	} else {
		n, ok := readLength(&c)
		if !ok {
			return false
		}
		m.Auth = c.Bytes(n)
	}
	if capabilities&connectWithDB != 0 {
		readString(&c)
	}
	if extended&pluginAuth != 0 {
		m.AuthPlugin = readString(&c)
	}
	return true
}

// reserved are bytes that a client leaves zero.
const reserved = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// readString reads a string up to its terminator. One without a terminator
// goes to the end, and the next field is looked for one byte after its start.
func readString(c *wire.Cursor) wire.Cursor {
	if !c.More() {
		c.Fail()
		return nil
	}
	rest := *c
	s := c.Until(0)
	if !c.More() {
		// Quirk Q95: the next field begins inside this one.
		*c = rest
	}
	c.SkipUpTo(1)
	return s
}

// readLength reads a length-encoded integer, as far as such are used for the
// length of authentication data.
func readLength(c *wire.Cursor) (n int, ok bool) {
	switch first := c.Uint8(); first {
	case 0xfb: // NULL
		if next, ok := c.Peek(); ok && next != 0 {
			return 0, false
		}
		c.SkipUpTo(1)
		return 1, true
	case 0xfc:
		n = int(c.Uint16LE())
		return n, n <= c.Len()
	case 0xfd, 0xfe, 0xff:
		return 0, false
	default:
		return int(first), true
	}
}

// WriteRecord implements proto.Message.
func (m *Login) WriteRecord(w *record.Writer) {
	w.Key("mysql_login").Object()
	if m.metadata {
		w.Key("pkt_num").Uint(uint64(m.Sequence))
	}
	writeCollation(w, m.Collation)
	if m.MariaDBCapabilities != 0 {
		w.Key("mariadb").Bool(true)
		w.Key("mariadb_extended").Uint(uint64(m.MariaDBCapabilities))
	}
	w.OptionalText("username", m.User)
	w.OptionalText("auth_plugin", m.AuthPlugin)
	if m.TLS {
		w.Key("ssl_request").Bool(true)
	}
	if m.metadata && m.Auth.More() {
		w.Key("auth_data").SecretHex(m.Auth)
	}
	w.EndObject()
}
