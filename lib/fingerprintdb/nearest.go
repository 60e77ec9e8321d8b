package fingerprintdb

import (
	"math"
	"slices"
	"sync"

	"merctools/lib/npf"
)

// A nearestIndex finds the families of the fingerprints that are most like
// one, for one type of fingerprints.
//
// The distance of two fingerprints is the weight of the traits that only one
// of them has, as a share of the weight of all traits that they have (the
// weighted Jaccard distance of npf.AppendTraits). A program sends GREASE always,
// or never, so the nearest one is among those that have it among their suites as
// the query has; others count for how much farther another family is.
//
// Thousands of fingerprints are made of a few hundred different parts (see
// npf.Part). The index has the traits of each part, and the parts of each
// fingerprint. A query first adds up what the heaviest part of a fingerprint, mostly
// the list of suites, has in common with it. Where that can't be enough, it passes
// over all fingerprints that have the part; of the others, it adds up what the rest
// of their parts have in common with it.
type nearestIndex struct {
	codes []uint64 // of traits, sorted: the number of a trait is its code's place

	traitEnds    []uint32 // where the traits of a part end in traits
	traits       []uint32 // numbers
	traitWeights []uint8
	partWeights  []uint32

	partEnds []uint32 // where the parts of a set end in parts
	parts    []uint32 // the one that weighs most comes first
	weights  []uint32 // of a set
	families []uint16 // of a set
	grease   []bool   // of a set: whether it has GREASE among its suites
	overlaps []bool   // of a set: whether some of its parts have a trait in common
	groups   []group

	texts     stringTable // of parts
	knownEnds []uint32    // where the families of a text end in known
	known     []uint16    // families that have a part, by the number of its text
}

// A group is the sets that have the same first part and overlap, or don't. They come
// one after the other.
type group struct {
	part               uint32
	end                int    // number of the set after the last
	lightest, heaviest uint32 // weights of sets
	overlaps           bool
}

// scratch is room for a query.
type scratch struct {
	traits []npf.Trait
	grease bool
	has    []bool   // by the number of a trait
	common []uint32 // by part: weight of the traits that the query has, too, or uncounted
}

// A query is a fingerprint whose nearest families are wanted.
type query struct {
	weight uint32 // of its traits
	known  uint32 // of those that the index has
	within uint16 // distance, in thousandths, of those that count
}

const uncounted = math.MaxUint32

// A match is what an index finds: the nearest family and the next one, with
// their distances in thousandths.
type match struct {
	weight              uint32 // of the traits
	family, second      uint16 // numbers of families
	distance, distance2 uint16 // farthest where there is none
	unknown             uint16 // parts that no fingerprint of the nearest family has
}

// farthest is the distance of fingerprints that have nothing in common.
const farthest = 1000

// nearestIndexes are those of a database. Each is made, or read from the snapshot,
// when it is first needed.
type nearestIndexes map[npf.Type]*lazyIndex

type lazyIndex struct {
	once  sync.Once
	index *nearestIndex
}

func newNearestIndexes(f *families) nearestIndexes {
	n := make(nearestIndexes)
	for t, c := range f.types {
		if len(c.nearest) > 0 {
			n[t] = &lazyIndex{}
		}
	}
	return n
}

// of returns the index for a type, or nil.
func (n nearestIndexes) of(db *database, t npf.Type) *nearestIndex {
	x := n[t]
	if x == nil {
		return nil
	}
	x.once.Do(func() {
		if stored, ok := db.indexes[t]; ok {
			x.index = storedIndex(stored)
		} else {
			x.index = newNearestIndex(db, t)
		}
		x.index.group()
	})
	return x.index
}

// unknown is how many parts of a fingerprint a family doesn't have.
func (x *nearestIndex) unknown(t npf.Type, fingerprint []byte, family uint16) (n uint16) {
	for p := range npf.Parts(t, fingerprint) {
		if !x.knows(p.Text, family) && n < anyNumber {
			n++
		}
	}
	return n
}

// knows reports whether a fingerprint of a family has a part.
func (x *nearestIndex) knows(part []byte, family uint16) bool {
	text, ok := x.texts.find(part)
	if !ok {
		return false
	}
	first := uint32(0)
	if text > 0 {
		first = x.knownEnds[text-1]
	}
	return slices.Contains(x.known[first:x.knownEnds[text]], family)
}

// group finds the groups of sets.
func (x *nearestIndex) group() {
	at := uint32(0)
	for set, end := range x.partEnds {
		next := group{part: x.parts[at], overlaps: x.overlaps[set], lightest: x.weights[set]}
		at = end
		last := len(x.groups) - 1
		if last < 0 || x.groups[last].part != next.part || x.groups[last].overlaps != next.overlaps {
			x.groups = append(x.groups, next)
			last++
		}
		g := &x.groups[last]
		g.end, g.lightest, g.heaviest = set+1, min(g.lightest, x.weights[set]), max(g.heaviest, x.weights[set])
	}
}

// find returns the two nearest families of the fingerprint whose traits are in
// s, among those within a distance: others are as if there were none.
func (x *nearestIndex) find(s *scratch, within uint16) match {
	q := x.query(s, within)
	m := match{weight: q.weight, distance: farthest, distance2: farthest}
	other := m // of those that differ in GREASE
	set, at := 0, uint32(0)
	for i := range x.groups {
		g := &x.groups[i]
		first := x.partWeights[g.part]
		if !g.mayBeNear(&q, first, min(first, q.known)) || !g.mayBeNear(&q, first, x.common(s, g.part)) {
			set, at = g.end, x.partEnds[g.end-1]
			continue
		}
		for ; set < g.end; set++ {
			parts := x.parts[at:x.partEnds[set]]
			at = x.partEnds[set]
			weight, common := x.weights[set], x.common(s, g.part)
			if !q.isNear(g.atMost(&q, common+weight-first), weight) {
				continue
			}
			for _, p := range parts[1:] {
				common += x.common(s, p)
			}
			switch {
			case !q.isNear(common, weight):
			case x.grease[set] == s.grease:
				m.consider(x.families[set], common, q.weight+weight)
			default:
				other.consider(x.families[set], common, q.weight+weight)
			}
		}
	}
	m.compare(&other)
	return m
}

// mayBeNear reports whether any set of a group can count. first is the weight of the
// part that they have, of which the query has common.
func (g *group) mayBeNear(q *query, first, common uint32) bool {
	// What the rest of a set weighs is in common at best, until it has all that the
	// query has; what weighs more is the set's own.
	best := g.heaviest
	if !g.overlaps {
		best = min(max(q.known-common+first, g.lightest), best)
	}
	return q.isNear(g.atMost(q, common+best-first), best)
}

// atMost bounds what a set of a group has in common with a query.
func (g *group) atMost(q *query, common uint32) uint32 {
	if g.overlaps {
		return common // the same trait may count for several parts
	}
	return min(common, q.known)
}

// isNear reports whether a set of a weight, that has so much in common with the query,
// is within the distance. With more in common it is nearer.
func (q *query) isNear(common, weight uint32) bool {
	c := int(common)
	union := int(q.weight+weight) - c
	return (union-c)*farthest < (int(q.within)+1)*union
}

// query notes which traits a fingerprint has that the index has.
func (x *nearestIndex) query(s *scratch, within uint16) query {
	q := query{within: within}
	s.has = slices.Grow(s.has[:0], len(x.codes))[:len(x.codes)]
	clear(s.has)
	s.common = slices.Grow(s.common[:0], len(x.partWeights))[:len(x.partWeights)]
	for p := range s.common {
		s.common[p] = uncounted
	}
	above := 0 // codes below are less than those to come
	for _, t := range s.traits {
		q.weight += uint32(t.Weight)
		n, ok := slices.BinarySearch(x.codes[above:], t.Code)
		above += n
		if ok {
			s.has[above] = true
			q.known += uint32(t.Weight)
		}
	}
	return q
}

// common is the weight of the traits that a part and the query have in common.
func (x *nearestIndex) common(s *scratch, part uint32) uint32 {
	if c := s.common[part]; c != uncounted {
		return c
	}
	return x.count(s, part)
}

//go:noinline // so that common is inlined
func (x *nearestIndex) count(s *scratch, part uint32) (c uint32) {
	first, end := x.firstTrait(part), x.traitEnds[part]
	weights := x.traitWeights[first:end]
	for i, n := range x.traits[first:end] {
		if s.has[n] {
			c += uint32(weights[i])
		}
	}
	s.common[part] = c
	return c
}

// firstTrait is where the traits of a part begin in traits.
func (x *nearestIndex) firstTrait(part uint32) uint32 {
	if part == 0 {
		return 0
	}
	return x.traitEnds[part-1]
}

// compare takes into account what was found among fingerprints that differ in GREASE:
// how near another family is there.
func (m *match) compare(other *match) {
	family, distance := other.family, other.distance
	if family == m.family {
		family, distance = other.second, other.distance2
	}
	if distance < m.distance2 {
		m.second, m.distance2 = family, distance
	}
}

// consider takes a fingerprint of a family into account. common is the weight
// of the traits that both have, and sum that of one's and the other's together.
// A fingerprint that repeats a part may have more in common than there is.
func (m *match) consider(family uint16, common, sum uint32) {
	common = min(common, sum/2)
	union := sum - common
	d := uint16((union - common) * farthest / union)
	switch {
	case d < m.distance:
		if family != m.family {
			m.second, m.distance2 = m.family, m.distance
		}
		m.family, m.distance = family, d
	case family != m.family && d < m.distance2:
		m.second, m.distance2 = family, d
	}
}

// nearestCacheSize is how many fingerprints an Analyzer remembers the nearest
// families of: a power of two.
const nearestCacheSize = 1 << 12

// A nearestCache holds what was found for fingerprints that came before. A
// fingerprint has one place in it, and replaces what is there.
type nearestCache []struct {
	fingerprint digest
	within      uint16 // distance that others had to have
	match       match
}

// nearest returns the nearest families of a fingerprint, with the family
// numbers of the model's database. ok is false where the archive has none.
func (a *Analyzer) nearest(t npf.Type, fingerprint []byte) (m match, ok bool) {
	x := a.model.nearest.of(a.model.db, t)
	if x == nil || len(x.weights) == 0 {
		return m, false
	}
	if a.cache == nil {
		a.cache = make(nearestCache, nearestCacheSize)
	}
	// Others are of no use but to those who want to see the distance.
	within := uint16(farthest - 1)
	if c := a.model.families.types[t]; !a.Explain && c != nil {
		within = c.reach()
	}
	key := digestOf(fingerprint)
	place := &a.cache[key.a%nearestCacheSize]
	if place.fingerprint != key || place.within != within {
		a.scratch.traits = npf.AppendTraits(a.scratch.traits[:0], t, fingerprint)
		a.scratch.grease = false
		for p := range npf.Parts(t, fingerprint) {
			a.scratch.grease = a.scratch.grease || p.HasGREASE()
		}
		place.fingerprint, place.within, place.match = key, within, x.find(&a.scratch, within)
		if place.match.distance < farthest {
			place.match.unknown = x.unknown(t, fingerprint, place.match.family)
		}
	}
	return place.match, place.match.distance < farthest
}
