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

// A Greeting is the first packet of a server (protocol version 10). Its
// numbers are little-endian.
type Greeting struct {
	metadata bool

	sequence               uint8
	version                wire.Cursor
	salt                   [saltLen1 + saltLen2]byte
	capabilities, extended uint16
	collation              uint8
	status                 uint16
	pluginLen              uint8
	plugin                 wire.Cursor
	mariadb                uint32
}

// Parse implements proto.Message. The greeting must fill the payload.
//
// Every greeting is read as one of MariaDB, which uses four of MySQL's
// reserved bytes.
func (m *Greeting) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Skip(headerLen)
	m.sequence = c.Uint8()
	c.Skip(1) // protocol version
	m.version = c.Until(0)
	if m.version.Len() < minVersion {
		return false
	}
	c.Skip(1)
	c.Skip(4) // thread
	salt1 := c.Bytes(saltLen1 + 1)
	m.capabilities = c.Uint16LE()
	m.collation = c.Uint8()
	m.status = c.Uint16LE()
	m.extended = c.Uint16LE()
	m.pluginLen = c.Uint8()
	c.SkipUpTo(reservedLen)
	// Quirk Q93: it is little-endian, as all others.
	m.mariadb = c.Uint32()
	salt2 := c.Bytes(saltLen2 + 1)
	if last, ok := salt2.At(saltLen2); !ok || last != 0 {
		return false
	}
	copy(m.salt[:saltLen1], salt1)
	copy(m.salt[saltLen1:], salt2[:saltLen2])
	m.plugin = nil
	if m.pluginLen > 0 {
		// Quirk Q94: it is the length of the random data.
		m.plugin = c.Bytes(int(m.pluginLen))
		c.SkipUpTo(1)
	}
	return !c.More()
}

// WriteRecord implements proto.Message.
func (m *Greeting) WriteRecord(w *record.Writer) {
	w.Key("mysql_server").Object()
	w.Key("version").Text(m.version)
	if m.metadata {
		w.Key("pkt_num").Uint(uint64(m.sequence))
	}
	w.Key("salt").Text(m.salt[:])
	w.Key("capabilities_value").HexUint(uint64(m.capabilities<<8|m.capabilities>>8), 4)
	if m.metadata {
		writeFlags(w, "capabilities_str", m.capabilities, &capabilityNames)
	}
	writeCollation(w, m.collation)
	w.Key("server_status_value").HexUint(uint64(m.status), 4)
	if m.metadata {
		writeFlags(w, "server_status_str", m.status, &statusNames)
	}
	w.Key("extended_capabilities_value").HexUint(uint64(m.extended), 4)
	if m.metadata {
		writeFlags(w, "ext_capabilities_str", m.extended, &extendedNames)
	}
	if m.pluginLen > 0 {
		w.Key("auth_plugin_len").Uint(uint64(m.pluginLen))
		if m.plugin.More() {
			w.Key("auth_plugin").Text(m.plugin)
		}
	}
	// Quirk Q92: MySQL has no such field.
	w.Key("mariadb").Bool(true)
	w.Key("mariadb_extended").Uint(uint64(m.mariadb))
	w.EndObject()
}
