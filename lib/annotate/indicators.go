package annotate

import (
	"crypto/sha1"
	"crypto/sha256"
	"net/netip"
	"sync/atomic"

	"merctools/lib/flow"
	"merctools/lib/indicators"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// Indicators has the Annotator look for indicators: those of the set that is
// current when it comes to a record.
func (a *Annotator) Indicators(current *atomic.Pointer[indicators.Set]) {
	a.matcher = newMatcher(current, &a.view)
	a.view.FingerprintsOnly = false
}

// A matcher looks for indicators in a record.
type matcher struct {
	current *atomic.Pointer[indicators.Set]
	set     *indicators.Set // for the record
	hits    indicators.Hits
	view    *envelope.View

	// Most of what records tell was in earlier ones, and matches nothing.
	flows        misses
	addresses    misses
	names        misses
	questions    misses
	certificates misses

	name, path []byte // scratch

	// They are here so that they are made once.
	fingerprint func(method, text []byte)
	certificate func(text []byte)
	resolved    func(name []byte, addr netip.Addr, at int)
}

// A Matcher looks for indicators in records while they are written, as an
// Annotator does in lines. It is for one goroutine.
type Matcher struct {
	matcher
	view envelope.View
	key  [2*16 + 1]byte // of a flow: addresses and version
}

// NewMatcher returns a Matcher that looks for those of the set that is current
// when it comes to a record.
func NewMatcher(current *atomic.Pointer[indicators.Set]) *Matcher {
	m := new(Matcher)
	m.init(current, &m.view)
	return m
}

// Write writes the member indicators, if there are hits in a record: in its
// flow, which may be nil, the name of the server, the user agent and the
// fingerprint of the sender, and in what is written already (see
// [envelope.View.Written]).
func (m *Matcher) Write(w *record.Writer, k *flow.Key, name, agent, fp, fingerprints, message []byte) {
	m.begin()
	if k != nil && k.Version != 0 {
		m.ofKey(k)
	}
	m.view.Written(fingerprints, message)
	m.rest(name, agent, fp)
	m.set.Write(w, &m.hits)
}

// ofKey looks up the addresses of a flow.
func (m *Matcher) ofKey(k *flow.Key) {
	copy(m.key[:], k.Src[:])
	copy(m.key[len(k.Src):], k.Dst[:])
	m.key[2*len(k.Src)] = k.Version
	digest, missed := m.flows.has(m.key[:])
	if missed {
		return
	}
	m.set.Address(&m.hits, k.SrcAddr(), "src_ip")
	m.set.Address(&m.hits, k.DstAddr(), "dst_ip")
	if m.hits.Len() == 0 {
		m.flows.add(digest)
	}
}

func newMatcher(current *atomic.Pointer[indicators.Set], v *envelope.View) *matcher {
	m := new(matcher)
	m.init(current, v)
	return m
}

func (m *matcher) init(current *atomic.Pointer[indicators.Set], v *envelope.View) {
	m.current, m.view = current, v
	m.fingerprint = m.addFingerprint
	m.certificate = m.addCertificate
	m.resolved = m.addResolved
}

// match finds the hits in a record, of which the name of the server, the user
// agent and the fingerprint are known.
func (m *matcher) match(name, agent, fp []byte) {
	m.begin()
	m.flow()
	m.rest(name, agent, fp)
}

// begin begins a record, with the set that is current now.
func (m *matcher) begin() {
	m.hits.Reset()
	if set := m.current.Load(); set != m.set {
		m.set = set
		m.flows.forget()
		m.addresses.forget()
		m.names.forget()
		m.questions.forget()
		m.certificates.forget()
	}
}

// rest finds the hits that are not in the flow.
func (m *matcher) rest(name, agent, fp []byte) {
	s, h, v := m.set, &m.hits, m.view
	if len(name) > 0 {
		m.serverName(name)
	}
	if len(agent) > 0 {
		s.UserAgent(h, agent)
	}
	if len(fp) > 0 {
		s.NPF(h, fp)
	}
	if s.Fingerprints() {
		v.EachFingerprint(m.fingerprint)
	}
	if s.URLs() {
		if host, path := v.Requested(); len(path) > 0 {
			m.name = record.AppendUnescaped(m.name[:0], host)
			m.path = record.AppendUnescaped(m.path[:0], path)
			s.URL(h, m.name, m.path, "url")
		}
	}
	if s.Names() {
		if text := v.EncodedDNS(); text != nil {
			m.question(text)
		} else {
			v.EachResolved(m.resolved)
		}
	}
	if s.Certificates(indicators.SHA1) || s.Certificates(indicators.SHA256) {
		v.EachCertificate(m.certificate)
	}
}

// flow looks up the addresses of the flow, which most records have one behind
// the other.
func (m *matcher) flow() {
	both := m.view.BothIPs()
	if both == nil {
		m.address(m.view.SrcIP, "src_ip")
		m.address(m.view.DstIP, "dst_ip")
		return
	}
	digest, missed := m.flows.has(both)
	if missed {
		return
	}
	m.address(m.view.SrcIP, "src_ip")
	m.address(m.view.DstIP, "dst_ip")
	if m.hits.Len() == 0 {
		m.flows.add(digest)
	}
}

// address looks up the text of an address.
func (m *matcher) address(text []byte, in string) {
	if len(text) == 0 {
		return
	}
	digest, missed := m.addresses.has(text)
	if missed {
		return
	}
	n := m.hits.Len()
	if a, ok := envelope.ParseAddress(text); ok {
		m.set.Address(&m.hits, a, in)
	}
	if m.hits.Len() == n && !m.hits.Full() {
		m.addresses.add(digest)
	}
}

// serverName looks up the name of a server.
func (m *matcher) serverName(name []byte) {
	digest, missed := m.names.has(name)
	if missed {
		return
	}
	n := m.hits.Len()
	m.set.Host(&m.hits, name, "server_name")
	if m.hits.Len() == n && !m.hits.Full() {
		m.names.add(digest)
	}
}

// question looks up the name that a DNS message in base64 asks for.
func (m *matcher) question(text []byte) {
	digest, missed := m.questions.has(envelope.Questioned(text))
	if missed {
		return
	}
	name, decided := m.view.Question(text)
	n := m.hits.Len()
	m.addResolved(name, netip.Addr{}, 0)
	if decided && m.hits.Len() == n && !m.hits.Full() {
		m.questions.add(digest)
	}
}

// methods are the names of fingerprints that are not NPF's.
var methods = []string{"ja3", "ja3s", "ja4", "ja4_o", "hassh", "hasshserver"}

func (m *matcher) addFingerprint(method, text []byte) {
	for _, name := range methods {
		if name == string(method) {
			m.set.Fingerprint(&m.hits, name, text)
			return
		}
	}
}

func (m *matcher) addCertificate(text []byte) {
	digest, missed := m.certificates.has(text)
	if missed {
		return
	}
	der, ok := m.view.Decoded(text)
	if !ok {
		return
	}
	n := m.hits.Len()
	if m.set.Certificates(indicators.SHA1) {
		sum := sha1.Sum(der)
		m.set.Certificate(&m.hits, indicators.SHA1, sum[:])
	}
	if m.set.Certificates(indicators.SHA256) {
		sum := sha256.Sum256(der)
		m.set.Certificate(&m.hits, indicators.SHA256, sum[:])
	}
	// The second time in a record, a certificate has no new hits.
	if n == 0 && m.hits.Len() == n {
		m.certificates.add(digest)
	}
}

func (m *matcher) addResolved(name []byte, addr netip.Addr, at int) {
	n := m.hits.Len()
	if addr.IsValid() {
		m.set.Address(&m.hits, addr, "")
	} else {
		m.set.Name(&m.hits, name, "")
	}
	if m.hits.Len() > n {
		m.hits.In(n, m.view.SectionOf(at))
	}
}
