package fingerprintdb

import (
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
// fingerprint. A query adds up what each part has in common with it, and then
// adds up the parts of each fingerprint: that takes as many additions as there
// are traits of parts and parts of fingerprints, whatever is asked.
type nearestIndex struct {
	codes []uint64 // of traits, sorted: the number of a trait is its code's place

	traitEnds    []uint32 // where the traits of a part end in traits
	traits       []uint32 // numbers
	traitWeights []uint8
	partWeights  []uint32

	partEnds []uint32 // where the parts of a set end in parts
	parts    []uint32
	weights  []uint32 // of a set
	families []uint16 // of a set
	grease   []bool   // of a set: whether it has GREASE among its suites

	texts     stringTable // of parts
	knownEnds []uint32    // where the families of a text end in known
	known     []uint16    // families that have a part, by the number of its text
}

// scratch is room for a query.
type scratch struct {
	traits []npf.Trait
	grease bool
	has    []bool   // by the number of a trait
	common []uint32 // by part: weight of the traits that the query has, too
}

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

// find returns the two nearest families of the fingerprint whose traits are in
// s.
func (x *nearestIndex) find(s *scratch) match {
	m := match{distance: farthest, distance2: farthest}
	other := m // of those that differ in GREASE
	s.has = slices.Grow(s.has[:0], len(x.codes))[:len(x.codes)]
	clear(s.has)
	above := 0 // codes below are less than those to come
	for _, t := range s.traits {
		m.weight += uint32(t.Weight)
		n, ok := slices.BinarySearch(x.codes[above:], t.Code)
		above += n
		if ok {
			s.has[above] = true
		}
	}
	s.common = s.common[:0]
	at := uint32(0)
	for _, end := range x.traitEnds {
		c := uint32(0)
		weights := x.traitWeights[at:end]
		for i, n := range x.traits[at:end] {
			if s.has[n] {
				c += uint32(weights[i])
			}
		}
		s.common = append(s.common, c)
		at = end
	}
	at = 0
	for set, end := range x.partEnds {
		c := uint32(0)
		for _, p := range x.parts[at:end] {
			c += s.common[p]
		}
		at = end
		switch sum := m.weight + x.weights[set]; {
		case c == 0:
		case x.grease[set] == s.grease:
			m.consider(x.families[set], c, sum)
		default:
			other.consider(x.families[set], c, sum)
		}
	}
	if other.family == m.family {
		other.family, other.distance = other.second, other.distance2
	}
	if other.distance < m.distance2 {
		m.second, m.distance2 = other.family, other.distance
	}
	return m
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
	key := digestOf(fingerprint)
	place := &a.cache[key.a%nearestCacheSize]
	if place.fingerprint != key {
		a.scratch.traits = npf.AppendTraits(a.scratch.traits[:0], t, fingerprint)
		a.scratch.grease = false
		for p := range npf.Parts(t, fingerprint) {
			a.scratch.grease = a.scratch.grease || p.HasGREASE()
		}
		place.fingerprint, place.match = key, x.find(&a.scratch)
		place.match.unknown = x.unknown(t, fingerprint, place.match.family)
	}
	return place.match, place.match.distance < farthest
}
