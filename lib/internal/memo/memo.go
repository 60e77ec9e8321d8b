// Package memo remembers texts by what they are made from. Messages of the same
// program are alike, so that most texts are asked for again.
package memo

import (
	"bytes"
	"hash/maphash"
)

// A Table holds the texts that were added last: 512 of them, or fewer where
// many hash to the same place. It is for one goroutine.
type Table struct {
	seed maphash.Seed
	max  int // bytes of a key or text that is kept
	sets [sets]struct {
		entries [ways]entry
		next    uint8 // the one that makes room
	}
}

const (
	sets = 128
	ways = 4

	// maxLen and maxShort are the length in bytes of the longest keys and texts
	// that are kept.
	maxLen   = 2048
	maxShort = 512

	// Memory is how many bytes a table takes at most.
	Memory = sets * ways * (2*maxLen + 64)
	// ShortMemory is the same for a table of short texts.
	ShortMemory = sets * ways * (2*maxShort + 64)
)

// An entry keeps its memory for the next key.
type entry struct{ key, text []byte }

// New returns an empty Table.
func New() *Table { return &Table{seed: maphash.MakeSeed(), max: maxLen} }

// NewShort returns an empty Table for short keys and texts.
func NewShort() *Table { return &Table{seed: maphash.MakeSeed(), max: maxShort} }

// Find returns the text that was added under a key, which is not empty. It is
// valid until the next Add.
func (t *Table) Find(key []byte) (text []byte, ok bool) {
	set := &t.sets[maphash.Bytes(t.seed, key)%sets]
	for i := range set.entries {
		if e := &set.entries[i]; bytes.Equal(e.key, key) {
			return e.text, true
		}
	}
	return nil, false
}

// Add adds a text that is not there. It keeps neither slice.
func (t *Table) Add(key, text []byte) {
	if len(key) > t.max || len(text) > t.max {
		return
	}
	set := &t.sets[maphash.Bytes(t.seed, key)%sets]
	e := &set.entries[set.next]
	set.next = (set.next + 1) % ways
	e.key, e.text = append(e.key[:0], key...), append(e.text[:0], text...)
}
