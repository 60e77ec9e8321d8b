package netbios

import (
	"merctools/lib/proto"
	"merctools/lib/proto/dns"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Datagram is a packet of the datagram service (RFC 1002, section 4.4).
type Datagram struct {
	Type, Flags uint8
	ID          uint16
	SourceIP    wire.Cursor // IPv4 address, 4 bytes
	SourcePort  uint16
	Body        wire.Cursor // what follows the header; see Names
}

// Types of packets (RFC 1002, section 4.4.1).
const (
	directUnique          = 0x10
	directGroup           = 0x11
	broadcast             = 0x12
	datagramError         = 0x13
	queryRequest          = 0x14
	positiveQueryResponse = 0x15
	negativeQueryResponse = 0x16
)

// Parse implements proto.Message.
func (m *Datagram) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Type = c.Uint8()
	m.Flags = c.Uint8()
	m.ID = c.Uint16()
	m.SourceIP = c.Bytes(4)
	m.SourcePort = c.Uint16()
	m.Body = c
	return c.Ok()
}

// WriteRecord implements proto.Message.
func (m *Datagram) WriteRecord(w *record.Writer) {
	w.Key("nbds").Object()
	w.Key("msg_type").NameOrCode(proto.Name(datagramTypes[:], m.Type), int64(m.Type))
	w.Key("flags").HexUint(uint64(m.Flags), 2)
	w.Key("datagram_id").Uint(uint64(m.ID))
	w.Key("source_ip").IP(m.SourceIP)
	w.Key("source_port").Uint(uint64(m.SourcePort))
	c := m.Body
	switch m.Type {
	case directUnique, directGroup, broadcast:
		writeData(w, c)
	case datagramError:
		if code := c.Uint8(); c.Ok() {
			w.Key("error_code").Uint(uint64(code))
		}
	case queryRequest, positiveQueryResponse, negativeQueryResponse:
		writeName(w, "destination_name", &c, c)
	default:
		w.Key("data").Hex(c)
	}
	w.EndObject()
}

// writeData follows RFC 1002, section 4.4.2.
func writeData(w *record.Writer, c wire.Cursor) {
	length := c.Uint16()
	offset := c.Uint16()
	if c.Failed() {
		return
	}
	w.Key("datagram_length").Uint(uint64(length))
	w.Key("packet_offset").Uint(uint64(offset))
	names := c
	writeName(w, "source_name", &names, c)
	writeName(w, "destination_name", &names, c)
	w.Key("data").Hex(c)
}

// writeName reads a name and writes it if it is a NetBIOS name.
func writeName(w *record.Writer, key string, c *wire.Cursor, body wire.Cursor) {
	if name, ok := readName(c, body); ok {
		w.Key(key).Text(name[:])
	}
}

// datagramTypes are the names of the packet types.
var datagramTypes = [...]string{
	directUnique:          "direct_unique_datagram",
	directGroup:           "direct_group_datagram",
	broadcast:             "broadcast_datagram",
	datagramError:         "datagram_error",
	queryRequest:          "datagram_query_request",
	positiveQueryResponse: "datagram_positive_query_response",
	negativeQueryResponse: "datagram_negative_query_response",
}

// Names returns the names that a datagram tells (RFC 1002, section 4.4.2), or
// for queries the destination only. Each has 15 characters and a type; it is
// zero where there is none.
func (m *Datagram) Names() (source, destination [dns.NetBIOSNameLen]byte) {
	c := m.Body
	switch m.Type {
	case directUnique, directGroup, broadcast:
		c.Skip(2 + 2) // length, offset
		body := c
		source, _ = readName(&c, body)
		destination, _ = readName(&c, body)
	case queryRequest, positiveQueryResponse, negativeQueryResponse:
		destination, _ = readName(&c, c)
	}
	return source, destination
}

// readName reads a name. Pointers in it are taken as if body followed a header
// of 12 bytes. ok is false where it is no NetBIOS name.
func readName(c *wire.Cursor, body wire.Cursor) (name [dns.NetBIOSNameLen]byte, ok bool) {
	var n dns.Name
	if n.Parse(c, body); !n.IsNetBIOS() {
		return name, false
	}
	return n.NetBIOS(), true
}
