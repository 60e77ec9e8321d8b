package report

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"
	"unsafe"

	"merctools/lib/record"
)

// A message is what a record says, as views into its line.
type message struct {
	protocol []byte // name of the protocol
	part     []byte // of the message in it, such as "request"
	body     []byte // the protocol's member; nil where there is none
	fpType   []byte
	fp       []byte
	context  []byte

	source, destination netip.AddrPort // invalid where there is none
	transport           uint8
	time                int64 // nanoseconds since 1970; 0 if unknown
	size                uint64

	// Values of members.
	analysis, indicators, reassembly, tls, tlsParams, sshParams, dnsHeader, credentials, srcGeo, dstGeo []byte

	// optional are members that somebody may want to leave out.
	optional []record.Member
}

// surrounding are the members that stand around a message and are of no use
// here: any other object is a message.
var surrounding = map[string]bool{
	"cryptographic_security_assessment": true, "ip": true, "encapsulations": true, "mac": true,
	"src_process": true, "dst_process": true,
}

// read reads a record. It returns false where the line is none.
func (m *message) read(line []byte) bool {
	*m = message{optional: m.optional[:0]}
	var src, dst, srcPort, dstPort []byte
	found := false
	var x record.Member
	s := record.Scan(line)
	for s.Next(&x) {
		switch string(x.Name) {
		case "context", "analysis", "tls_params", "ssh_params", "dns_header", "credentials", "size":
			m.optional = append(m.optional, x)
		}
		switch string(x.Name) {
		case "fingerprints":
			m.readFingerprint(x.Value)
		case "src_ip":
			src = record.Quoted(x.Value)
		case "dst_ip":
			dst, found = record.Quoted(x.Value), true
		case "protocol":
			m.transport = uint8(number(x.Value))
		case "src_port":
			srcPort = x.Value
		case "dst_port":
			dstPort = x.Value
		case "event_start":
			m.time, found = readTime(x.Value), true
		case "context":
			m.context = x.Value
		case "analysis":
			m.analysis = x.Value
		case "indicators":
			m.indicators = x.Value
		case "reassembly_properties":
			m.reassembly = x.Value
		case "tls_params":
			m.tlsParams = x.Value
		case "ssh_params":
			m.sshParams = x.Value
		case "dns_header":
			m.dnsHeader = x.Value
		case "credentials":
			m.credentials = record.Quoted(x.Value)
		case "src_geo":
			m.srcGeo = x.Value
		case "dst_geo":
			m.dstGeo = x.Value
		case "size":
			m.size = number(x.Value)
		default:
			if x.Value[0] != '{' || surrounding[string(x.Name)] {
				continue
			}
			if string(x.Name) == "tls" {
				m.tls = x.Value
			}
			if m.body == nil || string(x.Name) == "quic" || string(x.Name) == "dtls" { // TLS stands in them
				m.protocol, m.body = x.Name, x.Value
			}
		}
	}
	if !s.Complete() || !found {
		return false
	}
	m.source, m.destination = endpoint(src, srcPort), endpoint(dst, dstPort)
	if m.protocol == nil {
		m.protocol, _, _ = bytes.Cut(m.fpType, []byte{'_'})
	}
	if m.body != nil {
		first := record.Scan(m.body)
		if first.Next(&x) {
			m.part = x.Name
		}
	}
	return true
}

// readFingerprint takes the first fingerprint that is NPF's: its text begins
// with its type.
func (m *message) readFingerprint(object []byte) {
	var x record.Member
	for s := record.Scan(object); s.Next(&x); {
		text := record.Quoted(x.Value)
		if len(text) > len(x.Name) && text[len(x.Name)] == '/' && bytes.HasPrefix(text, x.Name) {
			m.fpType, m.fp = x.Name, text
			return
		}
	}
}

// asString is a string for what does not keep it.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func number(text []byte) uint64 {
	n, err := strconv.ParseUint(asString(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func endpoint(address, port []byte) netip.AddrPort {
	a, err := netip.ParseAddr(asString(address))
	if err != nil || a.Zone() != "" {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, uint16(number(port)))
}

// readTime reads seconds with up to nine decimals, or a time in the form of RFC
// 3339, as nanoseconds. It returns 0 for anything else.
func readTime(text []byte) int64 {
	if quoted := record.Quoted(text); quoted != nil { // a normalized record
		t, err := time.Parse(time.RFC3339Nano, string(quoted))
		if err != nil || t.Year() < 1678 || t.Year() > 2261 {
			return 0
		}
		return t.UnixNano()
	}
	seconds, decimals, _ := bytes.Cut(text, []byte{'.'})
	s, err := strconv.ParseInt(asString(seconds), 10, 64)
	const most = 9_000_000_000 // about the year 2255
	if err != nil || s > most || s < -most || len(decimals) > 9 {
		return 0
	}
	ns := int64(0)
	for i := range 9 {
		ns *= 10
		if i < len(decimals) {
			if decimals[i] < '0' || decimals[i] > '9' {
				return 0
			}
			ns += int64(decimals[i] - '0')
		}
	}
	if len(text) > 0 && text[0] == '-' {
		ns = -ns
	}
	return s*1e9 + ns
}

// fromServer reports whether the server sent the message: its fingerprint or
// its part says so, or else the ports do.
func (m *message) fromServer() bool {
	switch {
	case bytes.Contains(m.fpType, []byte("_server")):
		return true
	case len(m.fpType) > 0 && string(m.fpType) != "tcp":
		return string(m.fpType) == "tofsee"
	}
	switch string(m.part) {
	case "server", "response", "answer", "certificate":
		return true
	case "client", "request", "query":
		return false
	}
	if m.dnsHeader != nil {
		return string(record.Find(m.dnsHeader, "response")) == "true"
	}
	const system = 1024
	src, dst := m.source.Port(), m.destination.Port()
	return src != 0 && src < system && (dst >= system || src < dst) && string(m.fpType) != "tcp"
}

// truncated reports whether parts of the message are missing.
func (m *message) truncated() bool {
	return m.reassembly != nil && string(record.Find(m.reassembly, "truncated")) == "true"
}
