package fingerprintdb

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"slices"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/record"
)

// A snapshot is an archive in the form in which it is looked up: the tables of
// its database as arrays, and its other files as they are. Whoever opens it reads
// a few hundred kilobytes of numbers; fingerprints and lines are used where they
// stand, so a snapshot that is part of a program costs nothing but the pages that
// are touched.
//
// It has these parts, each number being an unsigned varint and each text and list
// preceded by its length in bytes:
//
//	snapshotFormat
//	a tar archive of all files but the database
//	the database (appendDatabase)
//	for each type of fingerprint with an index of nearest families: the type, and
//	the index (appendIndex); then 0
//
// A list begins with how many bytes a number in it has (appendNumbers).
const snapshotFormat = 2

// Snapshot makes the snapshot of an archive. An archive that there is anything to
// say of, or that is not usable, has none.
func Snapshot(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var notices []error
	m, err := Load(bytes.NewReader(text), LoadOptions{Verbose: true, Report: func(n Notice) { notices = append(notices, errors.New(n.String())) }})
	if err == nil {
		err = errors.Join(notices...)
	}
	if err != nil {
		return nil, err
	}
	c := m.contents()
	if c.disabled != "" || c.db.bare {
		return nil, errors.New("not an archive that can be used")
	}
	files, err := otherFiles(text)
	if err != nil {
		return nil, err
	}
	b := binary.AppendUvarint(nil, snapshotFormat)
	b = appendPiece(b, files)
	if b, err = appendDatabase(b, c.db); err != nil {
		return nil, err
	}
	for _, t := range slices.Sorted(maps.Keys(c.nearest)) {
		b = binary.AppendUvarint(b, uint64(t))
		b = appendPiece(b, appendIndex(nil, c.nearest.of(c.db, t)))
	}
	return binary.AppendUvarint(b, 0), nil
}

// otherFiles is a tar archive of the files of an archive that are not the
// database.
func otherFiles(text []byte) ([]byte, error) {
	a, err := archive.NewReader(bytes.NewReader(text), nil, archive.Limits{})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for {
		name, err := a.Next()
		if err == io.EOF {
			return out.Bytes(), w.Close()
		}
		if err != nil {
			return nil, err
		}
		if name == FileDatabase || name == FileLite {
			continue
		}
		var content []byte
		for {
			lines, err := a.Lines(make([]byte, 0, blockSize))
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
			content = append(content, lines...)
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
		if _, err := w.Write(content); err != nil {
			return nil, err
		}
	}
}

// appendDatabase appends the tables of a database.
func appendDatabase(b []byte, db *database) ([]byte, error) {
	fingerprints := fixedTable()
	for _, offset := range db.fingerprints.offsets {
		if err := fingerprints.add(db.fingerprints.read(offset)); err != nil {
			return nil, err
		}
	}
	b = appendTable(b, &fingerprints)
	b = appendNumbers(b, db.entryOf)

	var sizes []uint32
	var flags []uint8
	var text []byte
	for i := range db.entries {
		e := &db.entries[i]
		line, err := withoutFingerprints(e.text)
		if err != nil {
			return nil, err
		}
		text = append(text, line...)
		sizes = append(sizes, uint32(len(line)))
		flags = append(flags, e.flags())
	}
	b = appendNumbers(b, sizes)
	b = appendNumbers(b, flags)
	b = appendPiece(b, text)

	b = binary.AppendUvarint(b, uint64(db.analyzed))
	b = appendTexts(b, db.attributes)
	b = appendNames(b, db.attributeOf)
	b = appendNames(b, db.firstNames)
	versions := make(map[string]int)
	for name, f := range db.formats {
		versions[name] = f.version
	}
	b = appendNames(b, versions)
	return appendTexts(b, db.familyNames), nil
}

// Flags of an entry in a snapshot.
const (
	flagMalwareDB = 1 << iota
	flagLearned
)

func (e *lineEntry) flags() (f uint8) {
	if e.malwareDB {
		f |= flagMalwareDB
	}
	if e.learned {
		f |= flagLearned
	}
	return f
}

// withoutFingerprints is a line of FileDatabase without its fingerprints, which
// are in a table of their own.
func withoutFingerprints(line []byte) ([]byte, error) {
	var d document
	if err := d.parse(line); err != nil {
		return nil, err
	}
	if !d.isObject(root) {
		return nil, errObject
	}
	var w record.Writer
	w.Object()
	for k, v := range d.members(root) {
		if name := string(d.str(k)); name != memberFingerprint && name != memberFingerprints {
			w.TextKey([]byte(name)).Raw(d.raw(v))
		}
	}
	w.EndObject()
	return w.Bytes(), nil
}

// appendIndex appends an index of nearest families.
func appendIndex(b []byte, x *nearestIndex) []byte {
	b = appendNumbers(b, x.codes)
	b = appendNumbers(b, x.traitEnds)
	b = appendNumbers(b, x.traits)
	b = appendNumbers(b, x.traitWeights)
	b = appendNumbers(b, x.partWeights)
	b = appendNumbers(b, x.partEnds)
	b = appendNumbers(b, x.parts)
	b = appendNumbers(b, x.weights)
	b = appendNumbers(b, x.families)
	b = appendBools(b, x.grease)
	b = appendBools(b, x.overlaps)
	texts := fixedTable()
	for _, offset := range x.texts.offsets {
		texts.add(x.texts.read(offset)) // there was room for it in another table
	}
	b = appendTable(b, &texts)
	b = appendNumbers(b, x.knownEnds)
	return appendNumbers(b, x.known)
}

// fixedTable returns an empty table for a snapshot.
func fixedTable() stringTable {
	t := newStringTable()
	t.fixed = true
	return t
}

// appendTable appends a table that finds its strings.
func appendTable(b []byte, t *stringTable) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.chunks)))
	for _, chunk := range t.chunks {
		b = appendPiece(b, chunk)
	}
	var hashes, offsets, numbers []uint32
	for _, s := range t.slots {
		hashes, offsets, numbers = append(hashes, s.hash), append(offsets, s.offset), append(numbers, s.number)
	}
	b = appendNumbers(b, hashes)
	b = appendNumbers(b, offsets)
	return appendNumbers(b, numbers)
}

// appendPiece appends text after its length.
func appendPiece[T []byte | string](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendPiece(b, s)
	}
	return b
}

// appendNames appends what names stand for.
func appendNames[T uint8 | int](b []byte, m map[string]T) []byte {
	b = binary.AppendUvarint(b, uint64(len(m)))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		b = appendPiece(b, name)
		b = binary.AppendUvarint(b, uint64(m[name]))
	}
	return b
}

// appendNumbers appends numbers, all in as many bytes as the largest one needs,
// the least significant one first.
func appendNumbers[T unsigned](b []byte, list []T) []byte {
	width := 1
	for _, v := range list {
		for width < 8 && uint64(v)>>(8*width) != 0 {
			width *= 2
		}
	}
	b = append(b, byte(width))
	b = binary.AppendUvarint(b, uint64(len(list)*width))
	for _, v := range list {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(v))
		b = append(b, n[:width]...)
	}
	return b
}

func appendBools(b []byte, list []bool) []byte {
	numbers := make([]uint8, len(list))
	for i, v := range list {
		if v {
			numbers[i] = 1
		}
	}
	return appendNumbers(b, numbers)
}

type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}
