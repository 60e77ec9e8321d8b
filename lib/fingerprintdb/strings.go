package fingerprintdb

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/cespare/xxhash/v2"
)

// A stringTable gives numbers to strings, from 0 on, and holds them in a few
// pieces of memory. Once built it may be searched by many goroutines.
type stringTable struct {
	seed    maphash.Seed
	fixed   bool     // hashes are the same in every run; nobody but us chose the strings
	chunks  [][]byte // strings, each after its length, of lengthSize bytes
	offsets []uint32 // of string i: its chunk's number, then chunkBits bits for its place there
	slots   []slot   // open addressing, a power of two in size, at most 3/4 full
}

// A slot of the hash table; it is empty where number is 0. The offset is here
// as well so that finding a string takes no look at offsets.
type slot struct {
	hash   uint32
	offset uint32
	number uint32 // of the string, plus 1
}

const (
	lengthSize = 4
	chunkBits  = 18
	chunkSize  = 1 << chunkBits
)

func newStringTable() stringTable {
	return stringTable{seed: maphash.MakeSeed(), slots: make([]slot, 64)}
}

// read is the string at an offset.
func (t *stringTable) read(offset uint32) []byte {
	b := t.chunks[offset>>chunkBits][offset%chunkSize:]
	n := binary.LittleEndian.Uint32(b)
	return b[lengthSize:][:n:n]
}

func (t *stringTable) hash(s []byte) uint64 {
	if t.fixed {
		return xxhash.Sum64(s)
	}
	return maphash.Bytes(t.seed, s)
}

// find returns the number of s.
func (t *stringTable) find(s []byte) (uint32, bool) {
	n, ok, _ := t.search(s)
	return n, ok
}

func (t *stringTable) search(s []byte) (number uint32, ok bool, hash uint64) {
	hash = t.hash(s)
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		e := &t.slots[i]
		if e.number == 0 {
			return 0, false, hash
		}
		if e.hash == uint32(hash>>32) && string(t.read(e.offset)) == string(s) {
			return e.number - 1, true, hash
		}
	}
}

// add gives a number to s, the next one. It returns errDuplicate where s has one
// already.
func (t *stringTable) add(s []byte) error {
	_, ok, hash := t.search(s)
	if ok {
		return errDuplicate
	}
	size := lengthSize + len(s)
	last := len(t.chunks) - 1
	if last < 0 || len(t.chunks[last])+size > chunkSize {
		last++
		if size > chunkSize || last == maxStringBytes/chunkSize {
			return errStrings
		}
		t.chunks = append(t.chunks, make([]byte, 0, chunkSize))
	}
	chunk := t.chunks[last]
	offset := last<<chunkBits | len(chunk)
	if len(t.offsets) == maxStrings {
		return errStrings
	}
	chunk = binary.LittleEndian.AppendUint32(chunk, uint32(len(s)))
	t.chunks[last] = append(chunk, s...)
	t.offsets = append(t.offsets, uint32(offset))
	number := uint32(len(t.offsets))
	if len(t.offsets) > len(t.slots)/4*3 {
		t.grow()
	} else {
		t.place(slot{uint32(hash >> 32), uint32(offset), number}, hash)
	}
	return nil
}

func (t *stringTable) place(e slot, hash uint64) {
	mask := uint64(len(t.slots) - 1)
	i := hash & mask
	for t.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = e
}

func (t *stringTable) grow() {
	t.slots = make([]slot, 2*len(t.slots))
	for i, offset := range t.offsets {
		hash := t.hash(t.read(offset))
		t.place(slot{uint32(hash >> 32), offset, uint32(i + 1)}, hash)
	}
}

// compact gives back memory that was kept for further strings.
func (t *stringTable) compact() {
	if last := len(t.chunks) - 1; last >= 0 {
		t.chunks[last] = exact(t.chunks[last])
	}
	t.offsets = exact(t.offsets)
}

// exact returns s without spare capacity, if there is enough of it to matter.
func exact[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/8 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}
