package indicators

// A table finds the entries with a hash: open addressing with linear probing,
// at most half full. A slot has the upper half of the hash, and the entry's
// index plus 1, which is 0 in a free slot.
type table struct {
	slots []uint64
	mask  uint64
}

// newTable returns a table for n entries.
func newTable(n int) table {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return table{make([]uint64, size), uint64(size - 1)}
}

// start is where to look for a hash first.
func (t *table) start(hash uint64) uint64 { return hash & t.mask }

// next is where to look next.
func (t *table) next(at uint64) uint64 { return (at + 1) & t.mask }

const upperHalf = 0xffffffff << 32

// get returns the entry in a slot, which is less than 0 where it is free. ok
// says that it may be one with the hash.
func (t *table) get(at, hash uint64) (entry int32, ok bool) {
	v := t.slots[at]
	return int32(uint32(v)) - 1, (v^hash)&upperHalf == 0
}

// put puts an entry into a free slot.
func (t *table) put(at, hash uint64, entry int32) {
	t.slots[at] = hash&upperHalf | uint64(uint32(entry+1))
}
