package fingerprintdb

import (
	"net/netip"

	"merctools/lib/flow"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// An Observation is what an Analyzer classifies: a message's fingerprint and the
// server that it goes to. All of it is read in place.
type Observation struct {
	Type        npf.Type
	Fingerprint []byte
	Key         *flow.Key

	// ServerName is what the client calls the server: the TLS server_name or
	// the HTTP Host header.
	ServerName []byte
	// UserAgent is the software that the client says it is. For HTTP it is
	// the User-Agent header; for TLS and QUIC the user_agent parameter of the
	// transport parameters that drafts of QUIC had (extension ffa5, not
	// 0039); for STUN the bytes of the SOFTWARE attribute; for SSH the two
	// parts of the identification string without the space between them, or
	// nothing if it has no comment; for tofsee the IPv4 address in the
	// message, as text.
	UserAgent []byte
}

// An Analyzer applies a model. It has room of its own to compute in, so each
// goroutine needs its own one.
type Analyzer struct {
	// Explain adds to results what they rest on.
	Explain bool

	source  *Model
	model   *contents // of the source, once they are needed
	weights *weights  // in place of the archive's; nil where those count
	reader  lineReader
	scores  []float64
	name    []byte
	agent   []byte

	// Of archives that have families.
	shares  []float64
	scratch scratch
	cache   nearestCache
}

// NewAnalyzer returns an Analyzer for a model. Without a model (nil, or one
// that is disabled) it analyzes nothing.
func NewAnalyzer(m *Model) *Analyzer {
	return &Analyzer{
		source: m,
		name:   make([]byte, 0, maxServerName+64),
		agent:  make([]byte, 0, 6*maxUserAgent),
	}
}

// AnalyzerMemory is how many bytes an Analyzer takes at most for what it
// remembers.
const AnalyzerMemory = 512 << 10

// Analyze looks up what the model says of s and adds it to r, which was Reset
// and may have attributes already. It says whether s can be analyzed at all.
// It doesn't allocate.
//
// The answer can depend on packets of other flows; see Result.Pending.
func (a *Analyzer) Analyze(s *Observation, r *Result) bool {
	if a.source == nil || len(s.Fingerprint) == 0 || !Classifiable(s.Type) {
		return false
	}
	if a.model == nil {
		a.model = a.source.contents()
	}
	m := a.model
	if m.disabled != "" {
		return false
	}
	r.model = m
	serverName := clip(s.ServerName, maxServerName)
	var dst netip.Addr
	if s.Key != nil {
		dst = s.Key.DstAddr()
	}

	switch e := a.find(s.Fingerprint); {
	case m.db.analyzed>>s.Type&1 == 0:
		r.status = Unanalyzed
	case e != nil:
		r.status = Labeled
		a.classify(e, s, serverName, dst, r)
		if s.Type == npf.TLS {
			r.judge()
		}
	case m.families != nil && a.recognize(s, r):
		r.status = Unlabeled
	case s.Type != npf.TLS:
		r.status = Unlabeled
	default:
		r.sighting = digestOf(s.Fingerprint)
		if m.known.has(r.sighting) {
			r.status = Unlabeled
			break
		}
		// Only a History knows whether it was seen before.
		r.status = Randomized
		r.unseen = true
		r.noSuites = offersNoSuites(s.Fingerprint)
		if e := a.find(a.randomizedName(s.Fingerprint)); e != nil {
			a.classify(e, s, serverName, dst, r)
		}
	}

	if s.Type == npf.TLS || s.Type == npf.QUIC {
		if m.doh != nil && (m.doh.hasName(serverName) || m.doh.hasAddr(dst)) {
			r.add(encryptedDNS, 1)
		}
		if m.domains != nil && m.domains.isFaked(serverName, dst) {
			r.add(domainFaking, 1)
		}
	}
	return true
}

// randomizedName is the name under which a model has the processes that make a
// new fingerprint each time.
func (a *Analyzer) randomizedName(fingerprint []byte) []byte {
	a.name = a.name[:0]
	for _, c := range fingerprint {
		if c == '(' {
			break
		}
		a.name = append(a.name, c)
	}
	a.name = append(a.name, RandomizedWord...)
	return a.name
}

// classify asks an entry which process it was.
func (a *Analyzer) classify(e *classifier, s *Observation, serverName []byte, dst netip.Addr, r *Result) {
	a.scores = append(a.scores[:0], e.prior...)
	scores := a.scores

	asn := uint32(0)
	// Quirk Q130: such an address has no features.
	if dst.IsValid() && !dst.Is4In6() {
		asn = a.model.asns.ASN(dst)
	}
	told := false // something tells processes of a family apart
	e.update(scores, featASN, uint64(asn))
	port := uint16(0)
	if s.Key != nil {
		port = s.Key.DstPort
	}
	e.update(scores, featPort, uint64(port))
	switch {
	case dst.Is4():
		told = e.update(scores, featIPv4, ipv4Key(normalIPv4(dst.As4())))
	case dst.Is6() && !dst.Is4In6():
		told = e.update(scores, featIPv6, ipv6Key(normalIPv6(dst.As16())))
	}
	agent := clip(s.UserAgent, maxUserAgent)
	if s.Type == npf.STUN {
		// Quirk Q129: as archives have it.
		agent = a.escapedAgent(s.UserAgent)
	}
	told = e.update(scores, featUserAgent, textKey(agent)) && len(agent) > 0 || told
	a.name = appendServerName(a.name[:0], serverName)
	told = e.update(scores, featDomain, textKey(registrable(a.name))) || told
	told = e.update(scores, featServerName, textKey(a.name)) || told
	if e.families == nil {
		e.decide(scores, &r.class)
	} else {
		a.decideFamily(e, s, told, r)
	}
	if a.Explain {
		a.explain(e, r)
	}
}

// escapedAgent is a STUN SOFTWARE attribute in the form in which models know
// it: as in a record, with JSON's escapes. One that is not UTF-8, or is longer
// than any that models know, counts as none.
func (a *Analyzer) escapedAgent(s []byte) []byte {
	if len(s) > maxUserAgent {
		return nil
	}
	a.agent = record.AppendText(a.agent[:0], s)
	if len(a.agent) > maxUserAgent || containsReplacement(a.agent) {
		return nil
	}
	return a.agent
}

// containsReplacement says whether escaped text stands for bytes that were
// not UTF-8.
func containsReplacement(s []byte) bool {
	const mark = `\ufffd`
	for i := 0; i+len(mark) <= len(s); i++ {
		if string(s[i:i+len(mark)]) == mark {
			return true
		}
		if s[i] == '\\' {
			i++
		}
	}
	return false
}
