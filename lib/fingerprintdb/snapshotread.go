package fingerprintdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
)

// A Snapshotter is an archive that comes with its Snapshot, which Open uses in
// its place unless there is a key. It must not be changed. One that is empty, or
// of another version of this package, counts as none.
type Snapshotter interface {
	Snapshot() []byte
}

var errSnapshot = errors.New("the snapshot is damaged")

// openSnapshot begins to load the snapshot of an archive, if it has one that can
// be used.
func openSnapshot(r io.Reader, o *LoadOptions) (l *loader, ok bool) {
	s, ok := r.(Snapshotter)
	if !ok || len(o.Key) > 0 {
		return nil, false
	}
	in := snapshotReader{rest: s.Snapshot()}
	if in.uint() != snapshotFormat {
		return nil, false
	}
	files := in.piece()
	a, err := archive.NewReader(bytes.NewReader(files), nil, o.Limits)
	if in.bad || err != nil {
		return nil, false
	}
	first, err := a.Next()
	if err != nil {
		return nil, false
	}
	l = newLoader(o, a, first)
	l.tables = in.rest
	l.seen[FileDatabase] = true
	return l, true
}

// readTables reads the database of a snapshot, once the other files are read.
func (l *loader) readTables() error {
	in := snapshotReader{rest: l.tables}
	l.full = l.newDatabase()
	in.database(l.full)
	if in.bad {
		return errSnapshot
	}
	return nil
}

// A snapshotReader reads a snapshot from front to back. What it returns is in the
// snapshot's memory, numbers excepted. Behind the end, and after anything that
// can't be, all is empty, and bad is set.
type snapshotReader struct {
	rest []byte
	bad  bool
}

func (r *snapshotReader) fail() {
	r.rest, r.bad = nil, true
}

func (r *snapshotReader) uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count is a number of things that take a byte at least.
func (r *snapshotReader) count() int {
	n := r.uint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *snapshotReader) piece() []byte {
	n := r.count()
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *snapshotReader) texts() []string {
	list := make([]string, r.count())
	for i := range list {
		list[i] = string(r.piece())
	}
	return list
}

// names reads what names stand for.
func (r *snapshotReader) names(set func(name string, n uint64)) {
	for range r.count() {
		name := string(r.piece())
		set(name, r.uint())
	}
}

// numbers reads a list of numbers.
func numbers[T unsigned](r *snapshotReader) []T {
	width := int(r.uint())
	b := r.piece()
	switch width {
	case 1, 2, 4, 8:
	default:
		r.fail()
		return nil
	}
	list := make([]T, len(b)/width)
	switch width {
	case 1:
		for i := range list {
			list[i] = T(b[i])
		}
	case 2:
		for i := range list {
			list[i] = T(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case 4:
		for i := range list {
			list[i] = T(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case 8:
		for i := range list {
			list[i] = T(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return list
}

func bools(r *snapshotReader) []bool {
	n := numbers[uint8](r)
	list := make([]bool, len(n))
	for i, v := range n {
		list[i] = v != 0
	}
	return list
}

func (r *snapshotReader) database(db *database) {
	db.fingerprints = r.table()
	db.entryOf = numbers[uint32](r)
	sizes, flags, text := numbers[uint32](r), numbers[uint8](r), r.piece()
	if len(flags) != len(sizes) {
		r.fail()
		return
	}
	db.entries = make([]lineEntry, len(sizes))
	for i, size := range sizes {
		if int(size) > len(text) {
			r.fail()
			return
		}
		e := &db.entries[i]
		e.text, text = text[:size:size], text[size:]
		e.malwareDB, e.learned = flags[i]&flagMalwareDB != 0, flags[i]&flagLearned != 0
	}
	db.analyzed = uint32(r.uint())
	db.attributes = r.texts()
	clear(db.attributeOf)
	r.names(func(name string, n uint64) { db.attributeOf[name] = uint8(n) })
	db.firstNames = make(map[string]uint8)
	r.names(func(name string, n uint64) { db.firstNames[name] = uint8(n) })
	r.names(func(name string, n uint64) { db.formats[name] = &format{version: int(n)} })
	db.familyNames = r.texts()
	db.indexes = make(map[npf.Type][]byte)
	for t := r.uint(); t != 0; t = r.uint() {
		db.indexes[npf.Type(t)] = r.piece()
	}
}

// storedIndex reads an index of nearest families. The snapshot is complete, and so
// is the index unless this package wrote it badly.
func storedIndex(b []byte) *nearestIndex {
	r := &snapshotReader{rest: b}
	x := &nearestIndex{
		codes:        numbers[uint64](r),
		traitEnds:    numbers[uint32](r),
		traits:       numbers[uint32](r),
		traitWeights: numbers[uint8](r),
		partWeights:  numbers[uint32](r),
		partEnds:     numbers[uint32](r),
		parts:        numbers[uint32](r),
		weights:      numbers[uint32](r),
		families:     numbers[uint16](r),
		grease:       bools(r),
		overlaps:     bools(r),
	}
	x.texts = r.table()
	x.knownEnds, x.known = numbers[uint32](r), numbers[uint16](r)
	return x
}

// table reads a table of strings, which stay where they are.
func (r *snapshotReader) table() stringTable {
	t := stringTable{fixed: true}
	for range r.count() {
		t.chunks = append(t.chunks, r.piece())
	}
	hashes, offsets, n := numbers[uint32](r), numbers[uint32](r), numbers[uint32](r)
	if len(hashes) == 0 || len(offsets) != len(hashes) || len(n) != len(hashes) {
		r.fail()
		return newStringTable()
	}
	t.slots = make([]slot, len(hashes))
	for i := range t.slots {
		t.slots[i] = slot{hashes[i], offsets[i], n[i]}
	}
	return t
}
