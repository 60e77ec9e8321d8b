package dns

import (
	"merctools/lib/proto"
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

// A Question is a question (RFC 1035, section 4.1.2), or how a resource
// record begins. It holds its own memory.
type Question struct {
	Name  Name
	Type  uint16 // such as 1 for A; TypeName names it
	Class uint16 // 1 is IN; without its first bit, by which Multicast DNS asks for unicast or to flush a cache
	ok    bool   // it is whole, and its name is not the root
}

// parse follows RFC 1035, section 4.1.2. The first bit of the class, by which
// Multicast DNS asks for a unicast answer or to flush a cache (RFC 6762,
// sections 5.4 and 10.2), is left out.
func (q *Question) parse(c *wire.Cursor, msg wire.Cursor) {
	q.Name.Parse(c, msg)
	q.Type = c.Uint16()
	q.Class = c.Uint16() & 0x7fff
	q.ok = c.Ok() && q.Name.present()
}

func (q *Question) write(w *record.Writer) {
	w.Key("name")
	q.Name.write(w)
	name := TypeName(q.Type)
	if q.Name.IsNetBIOS() {
		name = proto.Name(netbiosTypes[:], q.Type)
	}
	writeCode(w, "type", name, "type_code", q.Type)
	writeCode(w, "class", ClassName(q.Class), "class_code", q.Class)
}

func writeCode(w *record.Writer, key, name, codeKey string, code uint16) {
	if name == "" {
		w.Key(key).Str("UNKNOWN")
		w.Key(codeKey).Uint(uint64(code))
		return
	}
	w.Key(key).Str(name)
}

// A Resource is a resource record (RFC 1035, section 4.1.3).
type Resource struct {
	Question             // the owner's name, type and class
	TTL      uint32      // seconds
	Data     wire.Cursor // RDATA; failed where the record is cut off
}

func (r *Resource) parse(c *wire.Cursor, msg wire.Cursor) {
	r.Question.parse(c, msg)
	r.TTL = c.Uint32()
	r.Data = c.Bytes(int(c.Uint16()))
}

// writeResource writes the members of the record in m.rr.
func (m *Message) writeResource(w *record.Writer) {
	r := &m.rr
	r.Question.write(w)
	w.Key("ttl").Uint(uint64(r.TTL))
	c := r.Data
	if r.Class != classIN {
		w.Key("rdata").Hex(c)
		return
	}
	switch r.Type {
	case typeA:
		writeAddress(w.Key("ipv4_addr"), &c, 4)
	case typeAAAA:
		writeAddress(w.Key("ip6_addr"), &c, 16)
	case typeTXT:
		writeStrings(w, "txt", c)
	case typeSRV:
		if r.Name.IsNetBIOS() {
			writeNodeStatus(w, c)
		} else {
			m.writeSRV(w, c)
		}
	case typeNSEC:
		m.writeNSEC(w, c)
	case typePTR:
		m.writeName(w, "domain_name", &c)
	case typeNB:
		writeNB(w, c)
	case typeNS:
		m.writeName(w, "ns_domain_name", &c)
	case typeSOA:
		m.writeSOA(w, c)
	case typeHTTPS:
		m.writeServiceBinding(w, c)
	default:
		w.Key("unknown_rr_type").Uint(uint64(r.Type))
		w.Key("unknown_rr_value").Hex(c)
	}
}

// writeAddress reads an address of so many bytes and writes it, or the empty
// string where there is none.
func writeAddress(w *record.Writer, c *wire.Cursor, size int) {
	if a := c.Bytes(size); a.Ok() {
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

// writeStrings writes strings with a byte of length before each, without those
// that are empty: the data of TXT (RFC 1035, section 3.3.14), and protocols (RFC
// 9460, section 7.1.1).
func writeStrings(w *record.Writer, key string, c wire.Cursor) {
	w.Key(key).Array()
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
