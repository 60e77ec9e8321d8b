// Package indicators finds in records what lists of indicators name:
// addresses, networks, domains, URLs, fingerprints, certificates and user
// agents that are known to be bad, or good.
//
// [Load] reads lists in several formats into a [Set], which takes about 100
// bytes of memory per indicator. A Set does not change, so that many
// goroutines can use it at once. Looking something up does not allocate.
package indicators

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// A Kind is what an indicator stands for.
type Kind uint8

// The kinds of indicators.
const (
	Address         Kind = iota // an IP address
	Network                     // an IP network
	Domain                      // a host name: this name only
	Below                       // *.example.com: any name that ends so, but not example.com
	DomainAndBelow              // .example.com: either
	URL                         // host and path, without the scheme
	MD5                         // 32 hexadecimal digits: JA3, JA3S or HASSH
	JA4                         // JA4
	NPF                         // a fingerprint in NPF's format
	NPFPrefix                   // how such a fingerprint begins
	SHA1                        // of a certificate
	SHA256                      // of a certificate
	UserAgent                   // the sender's software
	UserAgentPrefix             // how that begins
	numKinds
)

// kindNames are the kinds as records have them. For MD5, it is the name of the
// fingerprint.
var kindNames = [numKinds]string{
	"address", "network", "domain", "domain", "domain", "url", "", "ja4", "npf", "npf", "certificate", "certificate", "user_agent", "user_agent",
}

// class is the same for kinds that are looked up by the same keys.
func (k Kind) class() Kind {
	switch k {
	case Below, DomainAndBelow:
		return Domain
	}
	return k
}

// A Set is the indicators of all lists.
type Set struct {
	lists    [][]byte // their names
	entries  []entry
	text     []byte // values and texts, one behind the other
	table    table
	networks bart.Table[int32] // index of the first entry for a network
	filter   filter
	sieves   [numKinds]sieve // by class
	tails    tails
	npf      prefixes
	agents   prefixes
	count    [numKinds]int
}

// An entry is an indicator.
type entry struct {
	value, about span
	line         uint32
	next         int32 // index of the next entry with the same key, or -1
	list         uint16
	kind         Kind
}

// A span is a part of Set.text.
type span struct{ from, to uint32 }

// classCount is how many indicators are of a class; 0 for a kind that is none.
func (s *Set) classCount(class Kind) (n int) {
	for k := range numKinds {
		if k.class() == class {
			n += s.count[k]
		}
	}
	return n
}

// Len is the number of indicators.
func (s *Set) Len() int { return len(s.entries) }

// Certificates reports whether there are indicators for certificates of this
// kind, SHA1 or SHA256.
func (s *Set) Certificates(k Kind) bool { return s.count[k] > 0 }

// Fingerprints reports whether there are indicators for fingerprints that are
// not NPF's.
func (s *Set) Fingerprints() bool { return s.count[MD5]+s.count[JA4] > 0 }

// Names reports whether there are indicators that a name can be, or an address
// in its place.
func (s *Set) Names() bool {
	return s.count[Domain]+s.count[Below]+s.count[DomainAndBelow]+s.count[Address]+s.count[Network] > 0
}

// URLs reports whether there are indicators for URLs.
func (s *Set) URLs() bool { return s.count[URL] > 0 }

func (s *Set) bytes(p span) []byte { return s.text[p.from:p.to] }

// key is the part of an entry's value that it is looked up by.
func (s *Set) key(e *entry) []byte {
	v := s.bytes(e.value)
	switch e.kind {
	case Below:
		return v[len("*."):]
	case DomainAndBelow:
		return v[len("."):]
	case NPFPrefix, UserAgentPrefix:
		return v[:len(v)-len("*")]
	}
	return v
}

// maxHits is how many hits a record can have, so that records stay short.
const maxHits = 16

// Hits are the indicators that something in a record matches.
type Hits struct {
	list []hit
	key  []byte // scratch
}

type hit struct {
	entry int32
	in    string
}

// Reset drops all hits.
func (h *Hits) Reset() { h.list = h.list[:0] }

// Len is the number of hits.
func (h *Hits) Len() int { return len(h.list) }

// Full reports whether there is no room for further hits.
func (h *Hits) Full() bool { return len(h.list) == maxHits }

// In says where in the record the hits from the n-th on are. Those that are
// there for the same reason already are dropped.
func (h *Hits) In(n int, in string) {
	found := h.list[n:]
	h.list = h.list[:n]
	for _, f := range found {
		h.add(f.entry, in)
	}
}

// add adds an indicator, unless it is there for the same reason.
func (h *Hits) add(i int32, in string) {
	n := hit{i, in}
	if len(h.list) < maxHits && !slices.Contains(h.list, n) {
		h.list = append(h.list, n)
	}
}

// Address looks an address up, and the most specific network that holds it. in
// says where in the record the address is.
func (s *Set) Address(h *Hits, a netip.Addr, in string) {
	if !a.IsValid() {
		return
	}
	a = a.Unmap()
	if !s.filter.may(a) {
		return
	}
	if s.count[Address] > 0 {
		h.key = a.AppendTo(h.key[:0])
		s.exact(h, Address, h.key, in)
	}
	if s.count[Network] > 0 {
		if i, ok := s.networks.Lookup(a); ok {
			s.chain(h, i, in, anyKind)
		}
	}
}

// Host looks up the name of a host, as Name does. A port may follow it.
func (s *Set) Host(h *Hits, name []byte, in string) { s.Name(h, withoutPort(name), in) }

// Name looks up the name of a host, and the domains it is in. A name that is
// an address is looked up as one.
func (s *Set) Name(h *Hits, name []byte, in string) {
	name = bytes.TrimSuffix(name, []byte{'.'})
	other := Below // the kind that is not of the name itself
	if len(name) > maxName {
		// Bytes that are no text are longer in a record than in the message. No
		// indicator is longer than what is left, which is a domain that the name
		// is in.
		name = name[len(name)-maxName-1:]
		name = name[bytes.IndexByte(name, '.')+1:]
		other = Domain
	}
	if len(name) == 0 || len(name) > maxName {
		return
	}
	if a, ok := parseAddr(name); ok {
		s.Address(h, a, in)
		return
	}
	if s.count[Domain]+s.count[Below]+s.count[DomainAndBelow] == 0 {
		return
	}
	end := lastLabels(name)
	h.key = appendLower(h.key[:0], name[end:])
	if !s.tails.may(s.hash(Domain, h.key)) {
		return
	}
	h.key = appendLower(h.key[:0], name)
	s.chain(h, s.find(Domain, h.key), in, func(k Kind) bool { return k != other })
	if s.count[Below]+s.count[DomainAndBelow] == 0 {
		return
	}
	for rest := h.key; ; {
		i := bytes.IndexByte(rest, '.')
		if i < 0 {
			return
		}
		rest = rest[i+1:]
		s.chain(h, s.find(Domain, rest), in, func(k Kind) bool { return k != Domain })
	}
}

// lastLabels is the offset of the last two labels of a name.
func lastLabels(name []byte) int {
	i := bytes.LastIndexByte(name, '.')
	if i < 0 {
		return 0
	}
	return bytes.LastIndexByte(name[:i], '.') + 1
}

// maxName is the length of the longest name that is looked up whole.
const maxName = 255

// URL looks up the address of a page: the name of its host and its path.
func (s *Set) URL(h *Hits, host, path []byte, in string) {
	host = withoutPort(host)
	if s.count[URL] == 0 || len(host) == 0 {
		return
	}
	h.key = append(appendLower(h.key[:0], host), path...)
	s.exact(h, URL, h.key, in)
}

// Fingerprint looks up a fingerprint that is not NPF's by the name of its
// method, which also says where it is in the record.
func (s *Set) Fingerprint(h *Hits, method string, fingerprint []byte) {
	switch {
	case len(fingerprint) == md5Digits:
		s.exact(h, MD5, fingerprint, method)
	case s.count[JA4] > 0:
		s.exact(h, JA4, fingerprint, method)
	}
}

// NPF looks up a fingerprint in NPF's format.
func (s *Set) NPF(h *Hits, fingerprint []byte) {
	s.exact(h, NPF, fingerprint, "fingerprint")
	s.prefixes(h, &s.npf, fingerprint, "fingerprint")
}

// UserAgent looks up the name of the sender's software.
func (s *Set) UserAgent(h *Hits, agent []byte) {
	s.exact(h, UserAgent, agent, "user_agent")
	s.prefixes(h, &s.agents, agent, "user_agent")
}

// Certificate looks up the hash of a certificate's DER, SHA1 or SHA256.
func (s *Set) Certificate(h *Hits, k Kind, sum []byte) {
	h.key = hex.AppendEncode(h.key[:0], sum)
	s.exact(h, k, h.key, "certificate")
}

func (s *Set) exact(h *Hits, k Kind, key []byte, in string) {
	if s.count[k] == 0 || len(key) == 0 {
		return
	}
	s.chain(h, s.find(k, key), in, anyKind)
}

func anyKind(Kind) bool { return true }

// chain adds the entries of a chain that are of certain kinds.
func (s *Set) chain(h *Hits, first int32, in string, of func(Kind) bool) {
	for i := first; i >= 0; i = s.entries[i].next {
		if of(s.entries[i].kind) {
			h.add(i, in)
		}
	}
}

// find returns the first entry with a key of a class, or -1.
func (s *Set) find(k Kind, key []byte) int32 {
	sum := s.hash(k, key)
	if !s.sieves[k].may(sum) {
		return -1
	}
	for at := s.table.start(sum); ; at = s.table.next(at) {
		i, ok := s.table.get(at, sum)
		if i < 0 {
			return -1
		}
		if e := &s.entries[i]; ok && e.kind.class() == k && bytes.Equal(s.key(e), key) {
			return i
		}
	}
}

var seed = maphash.MakeSeed()

// hash is that of a key; k is a class.
func (s *Set) hash(k Kind, key []byte) uint64 {
	return maphash.Bytes(seed, key) ^ uint64(k)*0x9e3779b97f4a7c15
}

// appendLower appends text with the letters of ASCII in lower case.
func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// withoutPort cuts off the port that follows a host's name.
func withoutPort(name []byte) []byte {
	if len(name) > 0 && name[0] == '[' {
		if i := bytes.IndexByte(name, ']'); i > 0 {
			return name[1:i]
		}
	}
	if i := bytes.IndexByte(name, ':'); i >= 0 && bytes.IndexByte(name[i+1:], ':') < 0 {
		return name[:i]
	}
	return name
}
