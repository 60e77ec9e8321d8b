package report

import (
	"encoding/hex"
	"net/netip"
	"strconv"

	"merctools/lib/record"
)

// A party is the two sides of a message, and what it says of them.
type party struct {
	client, server netip.AddrPort
	fromServer     bool

	serverName, agent []byte // copies
	process           []byte
	score             float64
	status            []byte
	malware           bool
	probability       float64 // of malware
	family            []byte  // the nearest one to a fingerprint that is not listed
	distance          float64
	hasNearest        bool
}

type talkKey struct {
	client, server netip.Addr
	port           uint16
	transport      uint8
}

type talk struct {
	bytes     uint64
	protocols few
	names     few
	programs  few
	score     float64 // of the program that came last
	status    string
	asn       uint32
	country   string
}

// A host is one that sends messages, as client or server.
type host struct {
	bytes                    uint64
	asClient, asServer       uint64
	programs, agents, served few // served are protocols that it serves
	names                    few // of it as a server
	hellos, offered, shared  uint64
}

const (
	fewProtocols = 5
	fewNames     = 4
	fewPrograms  = 3
)

func (c *Collector) addTalk(m *message, p *party, protocol string) {
	key := talkKey{p.client.Addr(), p.server.Addr(), p.server.Port(), m.transport}
	e := c.talks.at(key, m.time, 0)
	t := &e.value
	t.bytes += m.size
	t.protocols.add([]byte(protocol), fewProtocols)
	t.names.add(p.serverName, fewNames)
	if !p.fromServer && len(p.process) > 0 {
		t.programs.add(p.process, fewPrograms)
		t.score = p.score
		t.status = statusOf(p.status)
	}
	geo := m.dstGeo
	if p.fromServer {
		geo = m.srcGeo
	}
	if geo != nil {
		t.asn = uint32(number(record.Find(geo, "asn")))
		t.country = string(clip(record.Quoted(record.Find(geo, "country"))))
	}

	client := &c.hosts.at(p.client.Addr(), m.time, 0).value
	server := &c.hosts.at(p.server.Addr(), m.time, 0).value
	client.bytes += m.size
	server.bytes += m.size
	client.asClient++
	server.asServer++
	if protocol != unnamed {
		server.served.add([]byte(protocol), fewProtocols)
	}
	server.names.add(p.serverName, fewNames)
	if !p.fromServer {
		client.programs.add(p.process, fewPrograms)
		client.agents.add(p.agent, fewPrograms)
	}
}

// statusOf returns one string for each status.
func statusOf(status []byte) string {
	switch string(status) {
	case "":
		return "labeled"
	case "unlabeled_fingerprint":
		return "unlabeled"
	case "randomized_fingerprint":
		return "randomized"
	}
	return "unknown"
}

// readNames finds the name of the server and of the client's software.
func (c *Collector) readNames(m *message, p *party) {
	if name := record.Find(m.context, "server_name"); name != nil {
		p.serverName = c.copy(record.Quoted(name))
	} else if m.tls != nil {
		p.serverName = c.copy(record.Quoted(record.Find(m.tls, "client", "server_name")))
	} else if string(m.protocol) == "dtls" {
		p.serverName = c.copy(record.Quoted(record.Find(m.body, "client", "server_name")))
	} else if string(m.protocol) == "http" {
		p.serverName = c.copy(record.Quoted(record.Find(m.body, "request", "host")))
	}
	if name := record.Quoted(record.Find(m.context, "server_name_hex")); name != nil {
		p.serverName = fromHex(name)
	}
	if agent := record.Find(m.context, "user_agent"); agent != nil {
		p.agent = c.copy(record.Quoted(agent))
	} else if string(m.protocol) == "http" {
		p.agent = c.copy(record.Quoted(record.Find(m.body, "request", "user_agent")))
	}
	if agent := record.Quoted(record.Find(m.context, "user_agent_hex")); agent != nil {
		p.agent = fromHex(agent)
	}
}

// copy returns the characters of a string's text.
func (c *Collector) copy(quoted []byte) []byte {
	if len(quoted) == 0 {
		return nil
	}
	return record.AppendUnescaped(make([]byte, 0, len(quoted)), quoted)
}

func fromHex(text []byte) []byte {
	b := make([]byte, hex.DecodedLen(len(text)))
	n, err := hex.Decode(b, text)
	if err != nil {
		return nil
	}
	return b[:n]
}

// readAnalysis reads what is known of the client's program.
func (c *Collector) readAnalysis(m *message, p *party) {
	if m.analysis == nil {
		return
	}
	c.has.analysis = true
	var x record.Member
	for s := record.Scan(m.analysis); s.Next(&x); {
		switch string(x.Name) {
		case "process":
			p.process = c.copy(record.Quoted(x.Value))
		case "score":
			p.score = float(x.Value)
		case "status":
			p.status = record.Quoted(x.Value)
		case "malware":
			p.malware = string(x.Value) == "1"
		case "p_malware":
			p.probability = float(x.Value)
		case "explanation":
			if nearest := record.Find(x.Value, "nearest"); nearest != nil {
				p.family = c.copy(record.Quoted(record.Find(nearest, "family")))
				p.distance, p.hasNearest = float(record.Find(nearest, "distance")), true
			}
		}
	}
}

func float(text []byte) float64 {
	f, err := strconv.ParseFloat(asString(text), 64)
	if err != nil || f != f {
		return 0
	}
	return f
}
