package hoststats

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"sync"
)

// admitted are the entries within a limit that has been reached. What comes
// then is mostly new, and dropped: a filter tells so without a look into a table
// that is many times as large as caches are.
type admitted struct {
	entries table
	filter  []uint64 // a bit for each entry, and one for a few that are not there
	shift   int      // from a hash to the number of a bit
}

// filterBits is how many bits of a filter there are for each entry: about one in
// as many of those that are not there has to be looked up.
const filterBits = 16

func newAdmitted(entries table) *admitted {
	size := max(bits.Len(uint(len(entries)*filterBits)), 6)
	a := &admitted{entries: entries, filter: make([]uint64, 1<<(size-6)), shift: 64 - size}
	var o observation
	for k := range entries {
		o = observation{k.kind, k.version, k.port, k.host, k.server, append(o.fingerprint[:0], k.fingerprint...), append(o.agent[:0], k.agent...), append(o.name[:0], k.name...)}
		at := o.hash() >> a.shift
		a.filter[at/64] |= 1 << (at % 64)
	}
	return a
}

// mayHave reports whether an observation may be one of the entries.
func (a *admitted) mayHave(o *observation) bool {
	at := o.hash() >> a.shift
	return a.filter[at/64]&(1<<(at%64)) != 0
}

var hashSeed = maphash.MakeSeed()

// hash is the same for the same observation, in one process.
func (o *observation) hash() uint64 {
	h := maphash.Bytes(hashSeed, o.fingerprint)
	mix := func(v uint64) {
		high, low := bits.Mul64(h^v, 0x9e3779b97f4a7c15)
		h = high ^ low
	}
	if len(o.agent) > 0 {
		mix(maphash.Bytes(hashSeed, o.agent))
	}
	if len(o.name) > 0 {
		mix(maphash.Bytes(hashSeed, o.name) + 1)
	}
	for _, a := range [...]*[16]byte{&o.host, &o.server} {
		mix(binary.LittleEndian.Uint64(a[:8]))
		mix(binary.LittleEndian.Uint64(a[8:]))
	}
	mix(uint64(o.kind)<<32 | uint64(o.version)<<16 | uint64(o.port))
	return h
}

// texts are those of all entries, so that entries share them.
type texts struct {
	mu    sync.Mutex // held after all others
	known map[string]*shared
	bytes int // of those that were admitted
}

// shared is one of them.
type shared struct {
	text     string
	admitted bool
}

// textCost is about how many bytes a text takes beside its own.
const textCost = 128

func (t *texts) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known, t.bytes = map[string]*shared{}, 0
}

// of returns the same string for the same bytes.
func (t *texts) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s := t.known[string(b)]; s != nil {
		return s.text
	}
	s := &shared{text: string(b)}
	t.known[s.text] = s
	return s.text
}

// admit counts the texts of an entry, and reports whether they are within a
// limit.
func (t *texts) admit(k *key, limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range [...]string{k.fingerprint, k.agent, k.name} {
		if x := t.known[s]; x != nil && !x.admitted {
			x.admitted = true
			t.bytes += len(s) + textCost
		}
	}
	return t.bytes <= limit
}
