package indicators

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
)

// prefixes are the entries whose keys are how a text can begin, in the order
// of their keys. parent is the index of the longest key before it that is how
// the key begins, or -1.
type prefixes struct {
	entries []int32
	parent  []int32
}

// sort orders the entries and finds their parents.
func (p *prefixes) sort(s *Set) {
	slices.SortFunc(p.entries, func(a, b int32) int {
		return cmp.Or(bytes.Compare(s.key(&s.entries[a]), s.key(&s.entries[b])), cmp.Compare(a, b))
	})
	p.parent = make([]int32, len(p.entries))
	for i := range p.entries {
		at := int32(i) - 1
		for at >= 0 && !bytes.HasPrefix(s.key(&s.entries[p.entries[i]]), s.key(&s.entries[p.entries[at]])) {
			at = p.parent[at]
		}
		p.parent[i] = at
	}
}

// prefixes adds the entries with keys that are how a text begins.
func (s *Set) prefixes(h *Hits, p *prefixes, text []byte, in string) {
	if len(p.entries) == 0 {
		return
	}
	// Keys that text begins with are not behind it, and the last key that is
	// not behind it is one of them, or has them as its ancestors.
	at := int32(sort.Search(len(p.entries), func(i int) bool {
		return bytes.Compare(s.key(&s.entries[p.entries[i]]), text) > 0
	})) - 1
	for ; at >= 0; at = p.parent[at] {
		if bytes.HasPrefix(text, s.key(&s.entries[p.entries[at]])) {
			h.add(p.entries[at], in)
		}
	}
}
