package analysis

import (
	"errors"
	"hash/maphash"
	"math"
)

var errStrings = errors.New("too many strings")

// A stringTable gives numbers to strings, from 0 on, and holds them in one
// piece of memory. Once built it may be searched by many goroutines.
type stringTable struct {
	seed  maphash.Seed
	data  []byte
	ends  []uint32 // where string i ends in data; it begins where i-1 ends
	slots []slot   // open addressing, a power of two in size, at most 3/4 full
}

// A slot of the hash table; it is empty where number is 0.
type slot struct {
	hash   uint32
	number uint32 // of the string, plus 1
}

func newStringTable() stringTable {
	return stringTable{seed: maphash.MakeSeed(), slots: make([]slot, 64)}
}

// at is the string with number i.
func (t *stringTable) at(i uint32) []byte {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.data[start:t.ends[i]:t.ends[i]]
}

// find returns the number of s.
func (t *stringTable) find(s []byte) (uint32, bool) {
	hash := maphash.Bytes(t.seed, s)
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		e := t.slots[i]
		if e.number == 0 {
			return 0, false
		}
		if e.hash == uint32(hash>>32) && string(t.at(e.number-1)) == string(s) {
			return e.number - 1, true
		}
	}
}

// add returns the number of s, which is a new one if s was not there.
func (t *stringTable) add(s []byte) (uint32, error) {
	if n, ok := t.find(s); ok {
		return n, nil
	}
	if len(t.data)+len(s) > math.MaxUint32 || len(t.ends) == math.MaxUint32-1 {
		return 0, errStrings
	}
	t.data = append(t.data, s...)
	t.ends = append(t.ends, uint32(len(t.data)))
	if len(t.ends) > len(t.slots)/4*3 {
		t.rehash(2 * len(t.slots))
	} else {
		t.place(uint32(len(t.ends)))
	}
	return uint32(len(t.ends) - 1), nil
}

func (t *stringTable) place(number uint32) {
	hash := maphash.Bytes(t.seed, t.at(number-1))
	mask := uint64(len(t.slots) - 1)
	i := hash & mask
	for t.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = slot{uint32(hash >> 32), number}
}

func (t *stringTable) rehash(size int) {
	t.slots = make([]slot, size)
	for n := range t.ends {
		t.place(uint32(n + 1))
	}
}

// compact gives back memory that was kept for further strings.
func (t *stringTable) compact() {
	t.data = exact(t.data)
	t.ends = exact(t.ends)
}

// exact returns s without spare capacity, if there is enough of it to matter.
func exact[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/8 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}
