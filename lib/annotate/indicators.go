package annotate

import (
	"crypto/sha1"
	"crypto/sha256"
	"net/netip"
	"sync/atomic"

	"merctools/lib/indicators"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// Indicators has the Annotator look for indicators: those of the set that is
// current when it comes to a record.
func (a *Annotator) Indicators(current *atomic.Pointer[indicators.Set]) {
	a.matcher.current = current
	a.view.Keys = true
}

// A matcher looks for indicators in a record.
type matcher struct {
	current *atomic.Pointer[indicators.Set] // nil: nothing is looked for
	set     *indicators.Set                 // for the record
	hits    indicators.Hits
	view    *envelope.View

	name, path []byte // scratch

	// They are here so that they are made once.
	fingerprint func(method, text []byte)
	certificate func(der []byte)
	resolved    func(name []byte, addr netip.Addr, at int)
}

func (m *matcher) init(v *envelope.View) {
	m.view = v
	m.fingerprint = m.addFingerprint
	m.certificate = m.addCertificate
	m.resolved = m.addResolved
}

// match finds the hits in a record, of which the name of the server, the user
// agent and the fingerprint are known.
func (m *matcher) match(name, agent, fp []byte) {
	if m.current == nil {
		return
	}
	m.hits.Reset()
	m.set = m.current.Load()
	s, h, v := m.set, &m.hits, m.view
	s.Address(h, v.Key.SrcAddr(), "src_ip")
	s.Address(h, v.Key.DstAddr(), "dst_ip")
	if len(name) > 0 {
		s.Name(h, name, "server_name")
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
		v.EachResolved(m.resolved)
	}
	if s.Certificates(indicators.SHA1) || s.Certificates(indicators.SHA256) {
		v.EachCertificate(m.certificate)
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

func (m *matcher) addCertificate(der []byte) {
	if m.set.Certificates(indicators.SHA1) {
		sum := sha1.Sum(der)
		m.set.Certificate(&m.hits, indicators.SHA1, sum[:])
	}
	if m.set.Certificates(indicators.SHA256) {
		sum := sha256.Sum256(der)
		m.set.Certificate(&m.hits, indicators.SHA256, sum[:])
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
