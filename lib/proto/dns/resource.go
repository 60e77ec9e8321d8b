package dns

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Types of records (IANA, Resource Record TYPEs) whose data is written in a
// form of its own.
const (
	typeA      = 1
	typeNS     = 2
	typeSOA    = 6
	typePTR    = 12
	typeTXT    = 16
	typeAAAA   = 28
	typeNB     = 32
	typeSRV    = 33
	typeNBSTAT = 33 // for a NetBIOS name
	typeNSEC   = 47
	typeHTTPS  = 65
)

const classIN = 1

// questionRecord is a question, or how a resource record begins.
type questionRecord struct {
	name  Name
	typ   uint16
	class uint16
	ok    bool // it is whole, and its name is not the root
}

// parse follows RFC 1035, section 4.1.2. The first bit of the class, by which
// Multicast DNS asks for an unicast answer or to flush a cache (RFC 6762,
// sections 5.4 and 10.2), is left out.
func (q *questionRecord) parse(c *wire.Cursor, msg wire.Cursor) {
	q.name.Parse(c, msg)
	q.typ = c.Uint16()
	q.class = c.Uint16() & 0x7fff
	q.ok = c.Ok() && q.name.present()
}

func (q *questionRecord) write(w *record.Writer) {
	w.Key("name")
	q.name.write(w)
	name := typeName(q.typ)
	if q.name.IsNetBIOS() {
		name = netbiosTypeName(q.typ)
	}
	writeCode(w, "type", name, "type_code", q.typ)
	writeCode(w, "class", className(q.class), "class_code", q.class)
}

func writeCode(w *record.Writer, key, name, codeKey string, code uint16) {
	if name == "" {
		w.Key(key).Str("UNKNOWN")
		w.Key(codeKey).Uint(uint64(code))
		return
	}
	w.Key(key).Str(name)
}

// resourceRecord is a resource record (RFC 1035, section 4.1.3).
type resourceRecord struct {
	question questionRecord
	ttl      uint32
	data     wire.Cursor // failed where the record is cut off
}

func (r *resourceRecord) parse(c *wire.Cursor, msg wire.Cursor) {
	r.question.parse(c, msg)
	r.ttl = c.Uint32()
	r.data = c.Bytes(int(c.Uint16()))
}

// writeResource writes the members of the record in m.rr.
func (m *Message) writeResource(w *record.Writer) {
	r := &m.rr
	r.question.write(w)
	w.Key("ttl").Uint(uint64(r.ttl))
	c := r.data
	if r.question.class != classIN {
		w.Key("rdata").Hex(c)
		return
	}
	switch netbios := r.question.name.IsNetBIOS(); {
	case r.question.typ == typeA:
		writeIPv4(w.Key("ipv4_addr"), &c)
	case r.question.typ == typeAAAA:
		writeIPv6(w.Key("ip6_addr"), &c)
	case r.question.typ == typeTXT:
		writeTXT(w, c)
	case r.question.typ == typeSRV && !netbios:
		m.writeSRV(w, c)
	case r.question.typ == typeNBSTAT && netbios:
		writeNodeStatus(w, c)
	case r.question.typ == typeNSEC:
		m.writeNSEC(w, c)
	case r.question.typ == typePTR:
		m.writeName(w, "domain_name", &c)
	case r.question.typ == typeNB:
		writeNB(w, c)
	case r.question.typ == typeNS:
		m.writeName(w, "ns_domain_name", &c)
	case r.question.typ == typeSOA:
		m.writeSOA(w, c)
	case r.question.typ == typeHTTPS:
		m.writeServiceBinding(w, c)
	default:
		w.Key("unknown_rr_type").Uint(uint64(r.question.typ))
		w.Key("unknown_rr_value").Hex(c)
	}
}

// writeIPv4 reads an address and writes it, or the empty string where there
// is none.
func writeIPv4(w *record.Writer, c *wire.Cursor) {
	if a := c.Bytes(4); a.Ok() {
		w.IP(a)
	} else {
		w.Str("")
	}
}

func writeIPv6(w *record.Writer, c *wire.Cursor) {
	if a := c.Bytes(16); a.Ok() {
		w.IP(a)
	} else {
		w.Str("")
	}
}

// writeName reads a name and writes it if it is not too long.
func (m *Message) writeName(w *record.Writer, key string, c *wire.Cursor) {
	m.other.Parse(c, m.records)
	if m.other.Valid() {
		w.Key(key).Text(m.other.Bytes())
	}
}

// writeTXT follows RFC 1035, section 3.3.14.
func writeTXT(w *record.Writer, c wire.Cursor) {
	w.Key("txt").Array()
	for c.More() {
		if s := c.Bytes(int(c.Uint8())); s.More() {
			w.Elem().Text(s)
		}
	}
	w.EndArray()
}

// writeSRV follows RFC 2782.
func (m *Message) writeSRV(w *record.Writer, c wire.Cursor) {
	w.Key("srv").Object()
	w.Key("priority").Uint(uint64(c.Uint16()))
	w.Key("weight").Uint(uint64(c.Uint16()))
	w.Key("port").Uint(uint64(c.Uint16()))
	m.writeName(w, "target", &c)
	w.EndObject()
}

// writeNSEC follows RFC 4034, section 4.1.
func (m *Message) writeNSEC(w *record.Writer, c wire.Cursor) {
	w.Key("nsec").Object()
	m.writeName(w, "next_domain_name", &c)
	w.Key("type_bit_maps").Hex(c)
	w.EndObject()
}

// writeSOA follows RFC 1035, section 3.3.13. A record that is cut off has no
// members.
func (m *Message) writeSOA(w *record.Writer, c wire.Cursor) {
	m.other.Parse(&c, m.records)
	m.mailbox.Parse(&c, m.records)
	serial := c.Uint32()
	refresh := c.Uint32()
	retry := c.Uint32()
	expire := c.Uint32()
	minimum := c.Uint32()
	if c.Failed() || !m.other.Valid() || !m.mailbox.Valid() {
		return
	}
	w.Key("mname").Text(m.other.Bytes())
	w.Key("rname").Text(m.mailbox.Bytes())
	w.Key("serial").Uint(uint64(serial))
	w.Key("refresh").Uint(uint64(refresh))
	w.Key("retry").Uint(uint64(retry))
	w.Key("expire").Uint(uint64(expire))
	w.Key("minimum").Uint(uint64(minimum))
}
