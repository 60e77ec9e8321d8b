package annotate

import "hash/maphash"

// misses remember texts that match no indicator, by hashes that nobody outside
// of this process can compute. That two texts have the same one is as likely as
// one in 2^64.
type misses struct {
	sets [512][8]uint64 // a set is a line of a cache
	next uint8          // the place in a set that makes room
}

var missSeed = maphash.MakeSeed()

// has reports whether a text is remembered. The digest is for add.
func (t *misses) has(text []byte) (digest uint64, ok bool) {
	digest = max(1, maphash.Bytes(missSeed, text)) // 0 is a free place
	s, d := &t.sets[digest%uint64(len(t.sets))], digest
	return d, s[0] == d || s[1] == d || s[2] == d || s[3] == d || s[4] == d || s[5] == d || s[6] == d || s[7] == d
}

// add remembers a text.
func (t *misses) add(digest uint64) {
	set := &t.sets[digest%uint64(len(t.sets))]
	set[t.next%uint8(len(set))] = digest
	t.next++
}

func (t *misses) forget() { *t = misses{} }
