package dns

import (
	"iter"
	"math/bits"

	"merctools/lib/flow"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// maxCount is the number of questions or records that a section may have without
// Options.Deep, and how many records of a message without questions are read to
// find out whether it is one.
const maxCount = 256

// Keys of members in records.
const (
	keyDNS       = "dns"
	keyNetBIOS   = "nbns"
	keyMulticast = "mdns"
)

// A Message is a DNS message (RFC 1035, section 4.1), also one of Multicast
// DNS or of the NetBIOS Name Service.
type Message struct {
	tcp             bool // two bytes of length come first
	json            bool
	deep            bool // Options.Deep
	dns, nbns, mdns bool // what is selected

	data     wire.Cursor // the whole message
	records  wire.Cursor // what follows the header
	answers  wire.Cursor // what follows the questions
	ID       uint16
	Response bool   // the QR bit
	counts   [4]int // questions, answers, authorities, additional records
	key      string // of the member in records
	group    bool   // sent to the group of Multicast DNS

	rr      Resource
	other   Name
	mailbox Name
	hops    *hops // memory that is used again
	netbios bool  // a name is in NetBIOS encoding
}

func newMessage(o *proto.Options, tcp bool) *Message {
	m := &Message{
		tcp:  tcp,
		deep: o.Deep,
		json: o.DNSJSON,
		dns:  o.Select.Has("dns"),
		nbns: o.Select.Has("nbns"),
		mdns: o.Select.Has("mdns"),
	}
	m.rr.Question.Name.root = o.Deep
	m.rr.Question.Name.recalls, m.other.recalls = true, true
	return m
}

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, p *proto.Packet) bool {
	if m.tcp {
		c.Truncate(int(c.Uint16()))
		ok := m.parse(c)
		m.key = keyDNS
		if m.netbios {
			m.key = keyNetBIOS
		}
		return ok
	}
	m.group = toGroup(&p.Key)
	if m.group || betweenPorts(&p.Key) {
		m.key = keyMulticast
		return m.mdns && m.parse(c)
	}
	ok := m.parse(c)
	if m.netbios {
		m.key = keyNetBIOS
		return ok && m.nbns
	}
	m.key = keyDNS
	return ok && m.dns
}

// betweenPorts reports whether a flow is one of Multicast DNS by both ports
// (RFC 6762, section 5.2).
func betweenPorts(k *flow.Key) bool {
	const port = 5353
	return k.SrcPort == port && k.DstPort == port
}

// toGroup reports whether a flow is one of Multicast DNS by the IPv4 group
// (RFC 6762, section 3).
func toGroup(k *flow.Key) bool {
	return k.Version == 4 && [4]byte(k.Dst[:4]) == [4]byte{224, 0, 0, 251}
}

// parse reads the header and looks whether the questions are whole, or the
// answers of a message without questions. A name that is the root makes the
// message one that is not reported, unless Options.Deep asks for all names: then
// a message that has nothing but other records counts, too.
func (m *Message) parse(c wire.Cursor) bool {
	m.netbios = false
	m.rr.Question.Name.from, m.other.from = 0, 0
	m.data = c
	m.ID = c.Uint16()
	m.Response = c.Uint16()&0x8000 != 0
	for i := range m.counts {
		m.counts[i] = int(c.Uint16())
		if m.counts[i] > maxCount && !m.deep {
			return false
		}
	}
	m.records = c
	questions, answers := m.counts[0], m.counts[1]
	records := answers
	if m.deep {
		records += m.counts[2] + m.counts[3]
	}
	if c.Failed() || questions == 0 && records == 0 {
		return false
	}
	m.readHops()
	for range questions {
		q := &m.rr.Question
		q.parse(&c, m.records)
		if !q.ok {
			return false
		}
		m.netbios = m.netbios || q.Name.IsNetBIOS()
	}
	m.answers = c
	if questions == 0 {
		for range min(records, maxCount) {
			m.rr.parse(&c, m.records)
			if !m.rr.Question.ok {
				return false
			}
			m.netbios = m.netbios || m.rr.Question.Name.IsNetBIOS()
		}
	}
	return true
}

// readHops prepares for the names of so many records as hardly any message has.
func (m *Message) readHops() {
	var h *hops
	if m.counts[0]+m.counts[1]+m.counts[2]+m.counts[3] > maxCount {
		if m.hops == nil {
			m.hops = new(hops)
		}
		h = m.hops
		h.read(m.records)
	}
	m.rr.Name.hops, m.other.hops, m.mailbox.hops = h, h, h
}

// Questions yields the questions.
func (m *Message) Questions() iter.Seq[Question] {
	return func(yield func(Question) bool) {
		c := m.records
		for range m.counts[0] {
			var q Question
			q.parse(&c, m.records)
			if c.Failed() || !yield(q) {
				return
			}
		}
	}
}

// Answers yields the resource records that answer the questions.
func (m *Message) Answers() iter.Seq[Resource] { return m.resources(1) }

// Authorities yields the resource records that point to an authority.
func (m *Message) Authorities() iter.Seq[Resource] { return m.resources(2) }

// Additional yields the additional resource records, such as EDNS options.
func (m *Message) Additional() iter.Seq[Resource] { return m.resources(3) }

// resources yields the records of a section, as far as they are whole.
func (m *Message) resources(section int) iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		c := m.records
		var r Resource
		for range m.counts[0] {
			r.Question.parse(&c, m.records)
		}
		for i := 1; i <= section; i++ {
			for range m.counts[i] {
				r.parse(&c, m.records)
				if c.Failed() || i == section && !yield(r) {
					return
				}
			}
		}
	}
}

var sectionNames = [...]string{"question", "answer", "authority", "additional"}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key(m.key).Object()
	defer w.EndObject()
	if !m.json {
		w.Key("base64").Base64(m.data)
		return
	}
	if m.Response {
		w.Key("response").Object()
	} else {
		w.Key("query").Object()
	}
	defer w.EndObject()
	c, start := m.records, w.Len()
	for i, name := range sectionNames {
		if m.counts[i] == 0 {
			continue
		}
		w.Key(name).Array()
		for range m.counts[i] {
			if i == 0 {
				m.rr.Question.parse(&c, m.records)
				w.Elem().Object()
				m.rr.Question.write(w)
				w.EndObject()
				continue
			}
			m.rr.parse(&c, m.records)
			if !m.rr.Question.ok && c.Failed() || w.Full(start) {
				break
			}
			if m.rr.Question.ok {
				w.Elem().Object()
				m.writeResource(w)
				w.EndObject()
			}
		}
		w.EndArray()
	}
	// Quirk Q64: its bytes are in the wrong order.
	w.Key("id").HexUint(uint64(bits.ReverseBytes16(m.ID)), 4)
}
