package mysql

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Lengths in bytes.
const (
	minVersion  = len("5.7.1")
	saltLen1    = 8 // the first part of the salt; a NUL follows each part
	saltLen2    = 12
	reservedLen = 6 // before the capabilities of MariaDB
)

// A Greeting is the first packet of a server (protocol version 10, a
// HandshakeV10). Its numbers are little-endian.
type Greeting struct {
	metadata bool

	Sequence             uint8                     // number of the packet
	Version              wire.Cursor               // the server's version
	Salt                 [saltLen1 + saltLen2]byte // authentication data
	Capabilities         uint16                    // the low half of the capability flags
	ExtendedCapabilities uint16                    // the high half
	Collation            uint8                     // default character set and collation
	Status               uint16                    // status flags
	pluginLen            uint8
	AuthPlugin           wire.Cursor // name of the authentication method; nil where none is told
	MariaDBCapabilities  uint32      // further flags, zero in MySQL; most significant byte first
}

// Parse implements proto.Message. The greeting must fill the payload.
//
// Every greeting is read as one of MariaDB, which uses four of MySQL's
// reserved bytes.
func (m *Greeting) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(headerLen)
	m.Sequence = c.Uint8()
	c.Skip(1) // protocol version
	m.Version = c.Until(0)
	if m.Version.Len() < minVersion {
		return false
	}
	c.Skip(1)
	c.Skip(4) // thread
	salt1 := c.Bytes(saltLen1 + 1)
	m.Capabilities = c.Uint16LE()
	m.Collation = c.Uint8()
	m.Status = c.Uint16LE()
	m.ExtendedCapabilities = c.Uint16LE()
	m.pluginLen = c.Uint8()
	c.SkipUpTo(reservedLen)
	// Quirk Q93: it is little-endian, as all others.
	m.MariaDBCapabilities = c.Uint32()
	salt2 := c.Bytes(saltLen2 + 1)
	if last, ok := salt2.At(saltLen2); !ok || last != 0 {
		return false
	}
	copy(m.Salt[:saltLen1], salt1)
	copy(m.Salt[saltLen1:], salt2[:saltLen2])
	m.AuthPlugin = nil
	if m.pluginLen > 0 {
		// Quirk Q94: it is the length of the random data.
		m.AuthPlugin = c.Bytes(int(m.pluginLen))
		c.SkipUpTo(1)
	}
	return !c.More()
}

// WriteRecord implements proto.Message.
func (m *Greeting) WriteRecord(w *record.Writer) {
	w.Key("mysql_server").Object()
	w.Key("version").Text(m.Version)
	if m.metadata {
		w.Key("pkt_num").Uint(uint64(m.Sequence))
	}
	w.Key("salt").Text(m.Salt[:])
	w.Key("capabilities_value").HexUint(uint64(m.Capabilities<<8|m.Capabilities>>8), 4)
	if m.metadata {
		writeFlags(w, "capabilities_str", m.Capabilities, &capabilityNames)
	}
	writeCollation(w, m.Collation)
	w.Key("server_status_value").HexUint(uint64(m.Status), 4)
	if m.metadata {
		writeFlags(w, "server_status_str", m.Status, &statusNames)
	}
	w.Key("extended_capabilities_value").HexUint(uint64(m.ExtendedCapabilities), 4)
	if m.metadata {
		writeFlags(w, "ext_capabilities_str", m.ExtendedCapabilities, &extendedNames)
	}
	if m.pluginLen > 0 {
		w.Key("auth_plugin_len").Uint(uint64(m.pluginLen))
		w.OptionalText("auth_plugin", m.AuthPlugin)
	}
	// Quirk Q92: MySQL has no such field.
	w.Key("mariadb").Bool(true)
	w.Key("mariadb_extended").Uint(uint64(m.MariaDBCapabilities))
	w.EndObject()
}
