package report

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"merctools/lib/proto/tls"
	"merctools/lib/record"
)

type serviceKey struct {
	server    netip.AddrPort
	transport uint8
}

// A service is what a server does for those who encrypt: by one port.
type service struct {
	protocols, versions, suites, groups, certs, names few
	alpn                                              few

	// SSH: what was agreed on.
	kex, hostKeys, ciphers, macs few

	quantum, classical, held uint64 // answers with such a group, with others, with others though one was offered
}

const (
	fewVersions = 6
	fewSuites   = 12
	fewCerts    = 6
)

// quantum counts hellos and answers of all.
type quantum struct {
	clients, offered, shared, sharesKnown uint64 // TLS, DTLS and QUIC hellos
	chosen, classical, unknown            uint64 // answers
	ssh, sshQuantum                       uint64 // agreed key exchanges
}

// An offerKey is a flow that begins with an offer.
type offerKey struct{ client, server netip.AddrPort }

// addCrypto counts what a handshake offers or chooses.
func (c *Collector) addCrypto(m *message, p *party) {
	if m.sshParams != nil {
		c.addSSH(m, p)
	}
	switch string(m.fpType) {
	case "tls", "dtls", "quic":
		c.addHello(m, p)
	case "tls_server", "dtls_server":
		c.addAnswer(m, p)
	}
	if m.tls != nil || string(m.protocol) == "dtls" {
		c.addCertificates(m, p)
	}
}

func (c *Collector) service(m *message, p *party, protocol string) *entry[serviceKey, service] {
	e := c.services.at(serviceKey{p.server, m.transport}, m.time, 0)
	e.value.protocols.add([]byte(protocol), fewProtocols)
	return e
}

func (c *Collector) addHello(m *message, p *party) {
	c.hellos.all++
	if m.truncated() {
		c.hellos.truncated++
	}
	s := &c.service(m, p, string(m.fpType)).value
	s.names.add(p.serverName, fewNames)
	h := helloOf(m)
	if !h.known {
		return
	}
	q := &c.quantum
	q.clients++
	host := c.host(p.client.Addr())
	host.hellos++
	if h.offered {
		q.offered++
		host.offered++
	}
	if h.sharesKnown {
		q.sharesKnown++
		if h.shared {
			q.shared++
			host.shared++
		}
	}
	if string(m.fpType) != "quic" {
		c.offers.set(offerKey{p.client, p.server}, h.offered)
	}
	if h.newest != 0 && isOld(h.newest) {
		c.find(kindOldTLS, p, versionName(h.newest)+" at most, offered", h.jq(string(m.fpType)), m.time, p.process)
	}
}

// host returns what is known of a host that was counted just now.
func (c *Collector) host(a netip.Addr) *host {
	if e, ok := c.hosts.entries[a]; ok {
		return &e.value
	}
	return &c.hosts.add(a, 0).value
}

// hello is what a ClientHello offers.
type hello struct {
	known, offered, shared, sharesKnown bool
	newest                              uint16 // version
	listed                              bool   // it is in the extension for that
}

// jq selects hellos with that newest version.
func (h *hello) jq(kind string) string {
	fp := "(.fingerprints." + kind + ` // "")`
	if h.listed {
		return "(" + fp + ` | contains("(002b"))`
	}
	return "(" + fp + ` | test("^` + kind + `/([12]/)?\\(` + hex.EncodeToString([]byte{byte(h.newest >> 8), byte(h.newest)}) + `\\)") and (contains("(002b") | not))`
}

// helloOf reads the members for that, or else the fingerprint.
func helloOf(m *message) (h hello) {
	if m.tlsParams != nil {
		h.known, h.sharesKnown = true, true
		h.offered = string(record.Find(m.tlsParams, "post_quantum_offered")) == "true"
		h.shared = string(record.Find(m.tlsParams, "post_quantum_key_share")) == "true"
	} else if !m.truncated() && len(m.fp) > 0 {
		h.known = true
		groups := extension(m.fp, "000a")
		for i := 4; i+4 <= len(groups); i += 4 {
			h.offered = h.offered || tls.IsPostQuantum(code(groups[i:i+4]))
		}
	}
	if m.truncated() || len(m.fp) == 0 {
		return h
	}
	if versions := extension(m.fp, "002b"); len(versions) > 2 {
		h.listed = true
		for i := 2; i+4 <= len(versions); i += 4 {
			if v := code(versions[i : i+4]); !tls.IsGREASE(v) && rank(v) > rank(h.newest) {
				h.newest = v
			}
		}
		return h
	}
	if string(m.fpType) != "quic" { // which has TLS 1.3 at least
		h.newest = code(elementOf(m.fp, 0))
	}
	return h
}

// elementOf returns what is in the i-th parentheses of a fingerprint that has
// nothing in them but digits.
func elementOf(fp []byte, i int) []byte {
	for ; ; i-- {
		open := bytes.IndexByte(fp, '(')
		if open < 0 {
			return nil
		}
		end := bytes.IndexAny(fp[open+1:], "()[]")
		if end < 0 {
			return nil
		}
		if i == 0 {
			return fp[open+1 : open+1+end]
		}
		fp = fp[open+1+end:]
	}
}

// extension returns the digits of the data of an extension in a fingerprint, or
// nil where it is not there with its data.
func extension(fp []byte, code string) []byte {
	const header = 8 // digits of type and length
	for {
		i := bytes.Index(fp, []byte("("+code))
		if i < 0 {
			return nil
		}
		fp = fp[i+1:]
		end := bytes.IndexByte(fp, ')')
		if end < 0 {
			return nil
		}
		if end >= header {
			return fp[header:end]
		}
	}
}

// code reads four hexadecimal digits; it is 0 for anything else.
func code(digits []byte) uint16 {
	n, err := strconv.ParseUint(asString(digits), 16, 16)
	if err != nil || len(digits) != 4 {
		return 0
	}
	return uint16(n)
}

// rank orders versions by their age; DTLS counts down.
func rank(version uint16) int {
	switch {
	case version == 0:
		return -1
	case version == 0xfeff:
		return 0x302 // DTLS 1.0 is like TLS 1.1
	case version == 0xfefd:
		return 0x303
	case version == 0xfefc:
		return 0x304
	case version >= 0x7f00 && version <= 0x7fff: // drafts of TLS 1.3
		return 0x304
	}
	return int(version)
}

// isOld reports whether a version is deprecated by RFC 8996: TLS 1.1, DTLS 1.0
// and older.
func isOld(version uint16) bool { return rank(version) <= 0x302 }

func versionName(version uint16) string {
	if name := tls.VersionName(version); name != "" {
		return name
	}
	return hex.EncodeToString([]byte{byte(version >> 8), byte(version)})
}

func (c *Collector) addAnswer(m *message, p *party) {
	s := &c.service(m, p, strings.TrimSuffix(string(m.fpType), "_server")).value
	version, suite := code(elementOf(m.fp, 0)), code(elementOf(m.fp, 1))
	if v := extension(m.fp, "002b"); len(v) == 4 {
		version = code(v)
	}
	if version == 0 || m.truncated() && suite == 0 {
		return
	}
	if m.tlsParams != nil && string(record.Find(m.tlsParams, "hello_retry")) == "true" {
		return // another one follows
	}
	s.versions.add([]byte(versionName(version)), fewVersions)
	if isOld(version) {
		c.find(kindOldTLS, p, versionName(version)+", chosen by the server", answerJQ(elementOf(m.fp, 0), nil), m.time, nil)
	}
	name := tls.CipherSuiteName(suite)
	if name == "" {
		name = "0x" + hex.EncodeToString([]byte{byte(suite >> 8), byte(suite)})
	}
	s.suites.add([]byte(name), fewSuites)
	if why := weakness(name); why != "" {
		c.find(kindWeakSuite, p, name+": "+why, answerJQ(elementOf(m.fp, 0), elementOf(m.fp, 1)), m.time, nil)
	}
	q := &c.quantum
	if m.tlsParams == nil {
		q.unknown++
		return
	}
	for _, a := range elements(record.Find(m.tlsParams, "alpn")) {
		s.alpn.add(c.unescape(a), fewNames)
	}
	group := record.Quoted(record.Find(m.tlsParams, "group"))
	s.groups.add(group, fewVersions)
	offered := c.offers.values[offerKey{p.client, p.server}]
	switch {
	case string(record.Find(m.tlsParams, "post_quantum")) == "true":
		q.chosen++
		s.quantum++
	default:
		q.classical++
		s.classical++
		if offered {
			s.held++
		}
	}
}

// answerJQ selects answers of servers with a version and, unless it is nil, a
// suite, each of four digits.
func answerJQ(version, suite []byte) string {
	s := `((.fingerprints.tls_server // .fingerprints.dtls_server // "") | test("^d?tls_server/\\(` + string(version) + `\\)`
	if suite != nil {
		s += `\\(` + string(suite) + `\\)`
	}
	return s + `"))`
}

// elements are the strings in an array, at most 16, without their quotes.
func elements(array []byte) (list [][]byte) {
	for e := record.ScanArray(array); e.Next() && len(list) < 16; {
		if text := record.Quoted(e.Value); text != nil {
			list = append(list, text)
		}
	}
	return list
}

// weakness says in words why a cipher suite is weak, or "" where it is not:
// RFC 9325, section 4.1.
func weakness(suite string) string {
	for _, w := range []struct{ part, why string }{
		{"_NULL_", "nothing is encrypted"},
		{"_anon_", "nobody proves who they are"},
		{"_EXPORT", "keys that were made to be broken"},
		{"_RC4_", "RC4"},
		{"_RC2_", "RC2"},
		{"_DES_", "DES"},
		{"_DES40_", "DES"},
		{"_3DES_", "blocks of 64 bits"},
		{"_IDEA_", "blocks of 64 bits"},
	} {
		if strings.Contains(suite, w.part) {
			return w.why
		}
	}
	if strings.HasSuffix(suite, "_MD5") {
		return "MD5"
	}
	return ""
}

func (c *Collector) addSSH(m *message, p *party) {
	s := &c.service(m, p, "ssh").value
	for _, x := range []struct {
		to   *few
		name string
	}{
		{&s.kex, "kex"}, {&s.hostKeys, "host_key"}, {&s.ciphers, "cipher_to_server"}, {&s.ciphers, "cipher_to_client"},
		{&s.macs, "mac_to_server"}, {&s.macs, "mac_to_client"},
	} {
		x.to.add(c.unescape(record.Quoted(record.Find(m.sshParams, x.name))), fewVersions)
	}
	c.quantum.ssh++
	if string(record.Find(m.sshParams, "post_quantum")) == "true" {
		c.quantum.sshQuantum++
		s.quantum++
	} else {
		s.classical++
	}
}
