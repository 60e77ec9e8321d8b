package fingerprintdb

import (
	"hash/maphash"
	"sync"

	"merctools/lib/flow"
)

// Histories are of fixed sizes, so that no traffic makes them grow.
const (
	maxSightings = 100_000 // fingerprints, where nobody says how much memory there is
	sightingCost = 128     // bytes that one takes, about
	maxNonces    = 1024    // ClientHello nonces
)

// A History is what analysis remembers from one flow to another: which
// fingerprints were seen before that no model knows, and which ClientHello
// messages came in from outside. It is the only state that an answer depends
// on beside the model and the packet itself, so it must be asked in the order
// of the packets for the answers to be the same again. Any goroutine may call
// it, one at a time.
type History struct {
	mu        sync.Mutex
	sightings sightings
	nonces    nonces
}

// NewHistory returns an empty history.
func NewHistory() *History { return NewHistoryWithin(0) }

// LeastHistory is how many bytes a history takes at least.
const LeastHistory = 512 << 10

// NewHistoryWithin returns an empty history that takes up to memory bytes, which
// are at least LeastHistory; 0 stands for 100,000 fingerprints.
func NewHistoryWithin(memory int) *History {
	n := maxSightings
	if memory > 0 {
		n = max((memory-LeastHistory/2)/sightingCost, 1)
	}
	return &History{
		sightings: sightings{number: make(map[digest]int32), max: n},
		nonces:    nonces{dst: make(map[[32]byte][4]byte, maxNonces)},
	}
}

// Resolve answers what was left open in a result (see Result.Pending), and
// remembers the packet that it is about.
func (h *History) Resolve(r *Result) {
	if !r.Pending() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.unseen {
		r.unseen = false
		if h.sightings.observe(r.sighting) {
			r.status = Unlabeled
			r.class = classification{}
			r.explanation = r.explanation.nearestOnly()
		} else {
			r.status = Randomized
			r.judge()
		}
	}
	switch r.passage {
	case inward:
		h.nonces.enter(&r.nonce, r.inside)
	case outward:
		if h.nonces.entered(&r.nonce, r.inside) {
			r.Set(ResidentialProxy)
		}
	}
	r.passage = noPassage
}

// Sightings returns how many fingerprints were remembered, and how many of them
// were forgotten because there were too many.
func (h *History) Sightings() (begun, evicted uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sightings.begun, h.sightings.evicted
}

// A digest stands for a fingerprint. Its seeds are chosen anew in each run,
// so nobody can find two fingerprints with the same one beforehand.
type digest struct{ a, b uint64 }

var digestSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func digestOf(fingerprint []byte) digest {
	return digest{maphash.Bytes(digestSeeds[0], fingerprint), maphash.Bytes(digestSeeds[1], fingerprint)}
}

// sightings are the fingerprints that were seen last, of those that no model
// knows. The one that was not seen for longest makes room for a new one.
type sightings struct {
	number map[digest]int32
	list   []sighting
	newest int32 // index in list
	max    int

	begun, evicted uint64
}

// A sighting is an element of a doubly linked list that is a ring: the oldest one
// is the one that is newer than the newest.
type sighting struct {
	fingerprint  digest
	newer, older int32 // index in list
}

// observe remembers a fingerprint and says whether it was remembered before.
func (s *sightings) observe(fp digest) bool {
	i, seen := s.number[fp]
	switch {
	case seen && i == s.newest:
		return true
	case seen:
		s.unlink(i)
	case len(s.list) < s.max:
		s.begun++
		i = int32(len(s.list))
		s.list = append(s.list, sighting{fingerprint: fp})
		s.number[fp] = i
	default:
		s.begun++
		s.evicted++
		s.newest = s.list[s.newest].newer // the ring turns
		delete(s.number, s.list[s.newest].fingerprint)
		s.list[s.newest].fingerprint = fp
		s.number[fp] = s.newest
		return false
	}
	oldest := s.list[s.newest].newer
	s.list[i].older, s.list[i].newer = s.newest, oldest
	s.list[s.newest].newer, s.list[oldest].older = i, i
	s.newest = i
	return seen
}

// unlink takes out an element other than the newest.
func (s *sightings) unlink(i int32) {
	e := &s.list[i]
	s.list[e.newer].older = e.older
	s.list[e.older].newer = e.newer
}

// nonces are the random values of ClientHello messages that came from a
// global address to a private one, with the latter. The same value going out
// from there means that the host is a proxy.
type nonces struct {
	dst  map[[32]byte][4]byte
	ring [maxNonces][32]byte
	next int
}

// enter remembers a nonce, forgetting the oldest one if there are too many.
func (n *nonces) enter(nonce *[32]byte, to [4]byte) {
	if _, ok := n.dst[*nonce]; ok {
		return
	}
	if len(n.dst) == maxNonces {
		delete(n.dst, n.ring[n.next])
	}
	n.ring[n.next] = *nonce
	n.next = (n.next + 1) % maxNonces
	n.dst[*nonce] = to
}

// entered says whether a nonce came in before to a host.
func (n *nonces) entered(nonce *[32]byte, host [4]byte) bool {
	to, ok := n.dst[*nonce]
	return ok && to == host
}

// A passage is the way of a ClientHello across the border of a network.
type passage uint8

const (
	noPassage passage = iota
	inward            // from a global address to a private one
	outward
)

// passageOf says which way a flow goes, and which is its private address.
// Only IPv4 has private addresses that tell the sides of a border apart.
func passageOf(k *flow.Key) (passage, [4]byte) {
	if k.Version != 4 {
		return noPassage, [4]byte{}
	}
	src, dst := [4]byte(k.Src[:4]), [4]byte(k.Dst[:4])
	switch {
	case !isPrivate4(src) && isPrivate4(dst):
		return inward, dst
	case isPrivate4(src) && !isPrivate4(dst):
		return outward, src
	}
	return noPassage, [4]byte{}
}
