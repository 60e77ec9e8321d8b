package report

import (
	"encoding/base64"
	"net/netip"

	"merctools/lib/proto/dns"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A fingerprint is a client's, or a server's.
type fingerprint struct {
	kind     string
	hosts    hostSet
	programs few
	names    few // of servers
	status   string
	family   string // the nearest known one
	distance float64
	hasNear  bool
}

// hostSet is the first of some hosts, and whether there are more.
type hostSet struct {
	list []netip.Addr
	more bool
}

const maxHostSet = 8

func (h *hostSet) add(a netip.Addr) {
	for _, b := range h.list {
		if a == b {
			return
		}
	}
	if len(h.list) == maxHostSet {
		h.more = true
		return
	}
	h.list = append(h.list, a)
}

// shown are the types of fingerprints that tell of programs.
var shown = map[string]bool{
	"tls": true, "dtls": true, "quic": true, "http": true, "ssh": true, "openvpn": true, "tofsee": true, "stun": true,
}

func (c *Collector) addFingerprint(m *message, p *party) {
	if !shown[string(m.fpType)] || len(m.fp) > 8192 || m.truncated() {
		return
	}
	var text string
	if e, ok := c.fingerprints.entries[string(m.fp)]; ok {
		text = e.key
	} else {
		text = string(m.fp)
	}
	f := &c.fingerprints.at(text, m.time, len(text)).value
	if f.kind == "" {
		f.kind = string(m.fpType)
		f.status = statusOf(p.status)
	}
	f.hosts.add(p.client.Addr())
	f.programs.add(p.process, fewPrograms)
	f.names.add(p.serverName, fewNames)
	if p.hasNearest {
		f.family, f.distance, f.hasNear = string(clip(p.family)), p.distance, true
	}
	if m.analysis == nil {
		f.status = "not classified"
	} else if f.status == "not classified" {
		f.status = statusOf(p.status)
	}
}

type agentKey struct{ protocol, text string }

type agent struct {
	hosts    hostSet
	programs few
}

func (c *Collector) addAgent(m *message, p *party) {
	if len(p.agent) == 0 || p.fromServer {
		return
	}
	a := &c.agents.at(agentKey{string(m.protocol), string(clip(p.agent))}, m.time, 0).value
	a.hosts.add(p.client.Addr())
	a.programs.add(p.process, fewPrograms)
}

// A query is a name that is asked for.
type query struct {
	asked, answered, missing uint64 // missing: answered with NXDOMAIN
	hosts                    hostSet
	resolvers                hostSet
}

// rcodeNXDomain says that a name does not exist (RFC 1035, section 4.1.1).
const rcodeNXDomain = 3

func (c *Collector) addQuery(m *message, p *party) {
	if string(m.protocol) != "dns" {
		return
	}
	name, response, rcode, ok := c.readDNS(m)
	if !ok {
		return
	}
	if m.dnsHeader != nil {
		response = string(record.Find(m.dnsHeader, "response")) == "true"
		if string(record.Find(m.dnsHeader, "rcode")) == `"NXDOMAIN"` {
			rcode = rcodeNXDomain
		}
	}
	client, server := m.source.Addr(), m.destination.Addr()
	if response {
		client, server = server, client
	}
	q := &c.queries.at(string(clip(name)), m.time, 0).value
	q.hosts.add(client)
	q.resolvers.add(server)
	switch {
	case !response:
		q.asked++
	case rcode == rcodeNXDomain:
		q.answered++
		q.missing++
	default:
		q.answered++
	}
}

// readDNS returns the name that a DNS message asks for first, with a text that
// is valid until the next call.
func (c *Collector) readDNS(m *message) (name []byte, response bool, rcode int, ok bool) {
	if text := record.Quoted(record.Find(m.body, "base64")); text != nil {
		const most = 512 // of base64: 384 bytes hold the header and any name
		if len(text) > most {
			text = text[:most]
		}
		c.der = append(c.der[:0], make([]byte, base64.StdEncoding.DecodedLen(len(text)))...)
		n, err := base64.StdEncoding.Decode(c.der, text)
		if err != nil {
			return nil, false, 0, false
		}
		whole := wire.Of(c.der[:n])
		whole.Skip(2)
		flags := whole.Uint16()
		questions := whole.Uint16()
		whole.Skip(6)
		var parsed dns.Name
		at := whole
		if questions == 0 || whole.Failed() {
			return nil, false, 0, false
		}
		message := wire.Of(c.der[:n])
		if parsed.Parse(&at, message); at.Failed() || !parsed.Valid() {
			return nil, false, 0, false
		}
		c.text = append(c.text[:0], parsed.Bytes()...)
		return c.text, flags&0x8000 != 0, int(flags & 0xf), true
	}
	response = string(m.part) == "response"
	if e := record.ScanArray(record.Find(m.body, string(m.part), "question")); e.Next() {
		if text := record.Quoted(record.Find(e.Value, "name")); text != nil {
			return c.unescape(text), response, 0, true
		}
	}
	return nil, false, 0, false
}
