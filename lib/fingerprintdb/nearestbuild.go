package fingerprintdb

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"merctools/lib/npf"
)

// An indexBuilder makes a nearestIndex.
type indexBuilder struct {
	nearestIndex
	typ         npf.Type
	numberOf    map[uint64]uint32 // of a trait, by its code: as they come
	numbers     map[uint64]uint32 // of parts, by kind and texts
	latest      []uint32          // by the number of a trait: the last part that has it, counted from 1
	partTraits  []npf.Trait
	textNumbers map[string]uint32
	textOf      []uint32   // by part: number of its text
	knownBy     [][]uint16 // families that have a part, by the number of its text
	hasGREASE   []bool     // by part
}

func newNearestIndex(db *database, t npf.Type) *nearestIndex {
	b := newIndexBuilder(t)
	for i, offset := range db.fingerprints.offsets {
		families := db.entries[db.entryOf[i]].families
		if fp := db.fingerprints.read(offset); len(families) > 0 && hasType(fp, t) {
			b.add(fp, families)
		}
	}
	return b.build()
}

func newIndexBuilder(t npf.Type) *indexBuilder {
	return &indexBuilder{
		typ:         t,
		numberOf:    make(map[uint64]uint32),
		numbers:     make(map[uint64]uint32),
		textNumbers: make(map[string]uint32),
	}
}

// build returns the index of what was added.
func (b *indexBuilder) build() *nearestIndex {
	b.sortTraits()
	b.sortSets()
	b.listTexts()
	index := b.nearestIndex // without the builder's memory
	return &index
}

// sortTraits gives traits their numbers by the order of their codes.
func (b *indexBuilder) sortTraits() {
	b.codes = slices.Sorted(maps.Keys(b.numberOf))
	rank := make([]uint32, len(b.codes))
	for i, code := range b.codes {
		rank[b.numberOf[code]] = uint32(i)
	}
	for i, n := range b.traits {
		b.traits[i] = rank[n]
	}
}

// sortSets puts the part that weighs most first in each set, and sets that have the
// same one together.
func (b *indexBuilder) sortSets() {
	type set struct {
		parts            []uint32
		weight           uint32
		family           uint16
		grease, overlaps bool
	}
	var sets []set
	latest := make([]int, len(b.codes)) // by the number of a trait: the last set that has it, counted from 1
	at := uint32(0)
	for i, end := range b.partEnds {
		parts := b.parts[at:end:end]
		at = end
		heaviest, overlaps := 0, false
		for j, p := range parts {
			if b.partWeights[p] > b.partWeights[parts[heaviest]] {
				heaviest = j
			}
			for _, n := range b.traits[b.firstTrait(p):b.traitEnds[p]] {
				overlaps = overlaps || latest[n] == i+1
				latest[n] = i + 1
			}
		}
		parts[0], parts[heaviest] = parts[heaviest], parts[0]
		sets = append(sets, set{parts, b.weights[i], b.families[i], b.grease[i], overlaps})
	}
	slices.SortStableFunc(sets, func(s, t set) int { return cmp.Compare(s.parts[0], t.parts[0]) })
	var parts []uint32
	for i, s := range sets {
		parts = append(parts, s.parts...)
		b.partEnds[i], b.weights[i], b.families[i], b.grease[i] = uint32(len(parts)), s.weight, s.family, s.grease
		b.overlaps = append(b.overlaps, s.overlaps)
	}
	b.parts = parts
}

// listTexts makes the table of texts. Those for which there is no room are unknown.
func (b *indexBuilder) listTexts() {
	b.texts = newStringTable()
	list := make([]string, len(b.knownBy))
	for text, n := range b.textNumbers {
		list[n] = text
	}
	for n, text := range list {
		if b.texts.add([]byte(text)) != nil {
			break
		}
		b.known = append(b.known, b.knownBy[n]...)
		b.knownEnds = append(b.knownEnds, uint32(len(b.known)))
	}
	b.texts.compact()
}

// hasType reports whether a fingerprint is of a type, and not a word.
func hasType(fp []byte, t npf.Type) bool {
	name, rest, ok := bytes.Cut(fp, []byte{'/'})
	return ok && string(name) == t.String() && bytes.IndexByte(rest, '(') >= 0
}

// add adds a fingerprint that is probably of some families.
func (b *indexBuilder) add(fp []byte, families []uint16) {
	first, weight, grease := len(b.parts), uint32(0), false
	for p := range npf.Parts(b.typ, fp) {
		n := b.part(p)
		grease = grease || b.hasGREASE[n]
		b.learn(b.textOf[n], families)
		b.parts = append(b.parts, n)
		weight += b.partWeights[n]
	}
	if weight == 0 {
		b.parts = b.parts[:first]
		return
	}
	last := len(b.parts)
	for i, f := range families {
		if i > 0 {
			b.parts = append(b.parts, b.parts[first:last]...)
		}
		b.partEnds = append(b.partEnds, uint32(len(b.parts)))
		b.weights = append(b.weights, weight)
		b.families = append(b.families, f)
		b.grease = append(b.grease, grease)
	}
}

// part is the number of a part.
func (b *indexBuilder) part(p npf.Part) uint32 {
	text := b.text(p.Text)
	key := uint64(p.Kind) | uint64(text)<<32
	if len(p.Before) > 0 {
		key |= uint64(1+b.text(p.Before)) << 8 // fewer than 1<<24 texts are headers
	}
	n, ok := b.numbers[key]
	if !ok {
		n = b.addPart(p)
		b.numbers[key] = n
		b.textOf = append(b.textOf, text)
		b.hasGREASE = append(b.hasGREASE, p.HasGREASE())
	}
	return n
}

// text is the number of the text of a part, or of the one before.
func (b *indexBuilder) text(text []byte) uint32 {
	n, ok := b.textNumbers[string(text)]
	if !ok {
		n = uint32(len(b.knownBy))
		b.textNumbers[string(text)] = n
		b.knownBy = append(b.knownBy, nil)
	}
	return n
}

// learn notes that families have a part.
func (b *indexBuilder) learn(text uint32, families []uint16) {
	for _, f := range families {
		if !slices.Contains(b.knownBy[text], f) {
			b.knownBy[text] = append(b.knownBy[text], f)
		}
	}
}

// addPart adds a part that is new, and returns its number.
func (b *indexBuilder) addPart(p npf.Part) uint32 {
	b.partTraits = p.AppendTraits(b.partTraits[:0])
	part, weight := uint32(len(b.partWeights)), uint32(0)
	for _, trait := range b.partTraits {
		n, ok := b.numberOf[trait.Code]
		if !ok {
			n = uint32(len(b.numberOf))
			b.numberOf[trait.Code] = n
			b.latest = append(b.latest, 0)
		}
		if b.latest[n] == part+1 {
			continue // it is there already
		}
		b.latest[n] = part + 1
		b.traits = append(b.traits, n)
		b.traitWeights = append(b.traitWeights, trait.Weight)
		weight += uint32(trait.Weight)
	}
	b.traitEnds = append(b.traitEnds, uint32(len(b.traits)))
	b.partWeights = append(b.partWeights, weight)
	return part
}
