package fingerprintdb

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"merctools/lib/npf"
)

// A database holds all fingerprints of an archive.
//
// It keeps the lines of FileDatabase as they are. Loading checks them and
// indexes them by fingerprint; a line becomes a classifier when one of its
// fingerprints is first looked up, since a run meets few of those that an
// archive has.
type database struct {
	fingerprints stringTable
	entryOf      []uint32 // index in entries, by the number of a fingerprint
	entries      []lineEntry

	analyzed uint32             // set of npf types
	formats  map[string]*format // by the type's name

	attributes  []string // names escaped for JSON, built-in ones first
	attributeOf map[string]uint8
	firstNames  map[string]uint8 // in place of attributeOf, for the process that named them

	families     *families // nil where the archive has none
	familyNames  []string
	familyNumber map[string]uint16
	indexes      map[npf.Type][]byte // of nearest families, in the snapshot; nil without one

	minimizeRAM bool
	systems     bool
	bare        bool // not from an archive: members may be missing
	malwareDB   bool
	updates     int // of all entries
	size        int // bytes of the lines that are kept
}

// A lineEntry is a line of FileDatabase.
type lineEntry struct {
	text      []byte   // nil if the classifier was made at once
	malwareDB bool     // processes are known to be malware or not
	learned   bool     // it named the attributes
	families  []uint16 // that the fingerprints probably are of, where the archive has families
	made      atomic.Pointer[classifier]
}

// A format says how many lines there were for a type of fingerprint, and which
// format its fingerprints have.
type format struct {
	lines   int
	version int
}

func newDatabase() *database {
	d := &database{
		fingerprints: newStringTable(),
		formats:      make(map[string]*format),
		analyzed:     1 << npf.TLS,
		attributes:   slices.Clone(builtInNames[:]),
		attributeOf:  make(map[string]uint8),
		familyNumber: make(map[string]uint16),
	}
	for i, s := range builtInNames {
		d.attributeOf[s] = uint8(i)
	}
	return d
}

// find returns the classifier of a fingerprint, or nil. r is the caller's.
func (db *database) find(fingerprint []byte, r *lineReader) *classifier {
	n, ok := db.fingerprints.find(fingerprint)
	if !ok {
		return nil
	}
	e := &db.entries[db.entryOf[n]]
	if c := e.made.Load(); c != nil {
		return c
	}
	// Several goroutines may do the same work; the results are the same.
	r.db = db
	var l line
	if r.read(e.text, &l) != nil {
		return nil // loading has checked the line
	}
	l.learned = e.learned
	c := r.classifier(&l, e.malwareDB)
	r.release()
	e.made.CompareAndSwap(nil, c)
	return e.made.Load()
}

// formatOf is the format of the fingerprints of a type.
func (db *database) formatOf(name string) int {
	if f := db.formats[name]; f != nil {
		return f.version
	}
	return 0
}

// learn gives numbers to the attributes of the first process that has any,
// which are those that there can be. Where this process has an attribute of a
// built-in name, the new number stands for it; where others have it, that of
// the built-in one.
//
// Quirk Q125: later ones are unknown.
func (db *database) learn(d *document, attributes node) {
	db.firstNames = make(map[string]uint8)
	for k := range d.members(attributes) {
		if len(db.attributes) == maxAttributes {
			return
		}
		name := string(d.str(k))
		n := uint8(len(db.attributes))
		if _, ok := db.attributeOf[name]; !ok {
			db.attributeOf[name] = n
		}
		db.firstNames[name] = n
		db.attributes = append(db.attributes, escape(name))
	}
}

// add enters a line after those before it. problem is what keeps it from being
// used: even so it counts as a line of its type.
func (db *database) add(l *line, problem error, warn func(error)) error {
	if l.named {
		if db.formats[l.typeName] == nil {
			db.formats[l.typeName] = &format{}
		}
		db.formats[l.typeName].lines++
	}
	if l.typ != npf.None && l.parsed {
		db.analyzed |= 1 << l.typ
	}
	db.malwareDB = db.malwareDB || l.malwareDB
	switch {
	case problem != nil:
		return problem
	case db.updates+l.updates > maxUpdates:
		return errUpdates
	case db.size+len(l.text) > maxText:
		return errText
	}
	db.updates += l.updates
	if l.typ == npf.None {
		return fmt.Errorf("fingerprints of type %q are not supported here", l.typeName)
	}
	return db.enter(l, warn)
}

// enter makes a line the entry of the fingerprints that it names.
func (db *database) enter(l *line, warn func(error)) error {
	stored := -1
	for i, fp := range l.fingerprints {
		fp, err := db.fingerprint(fp, l.typ, l.typeName)
		if err == nil {
			err = db.fingerprints.add(fp)
		}
		if err == errDuplicate && (i > 0 || !l.hasFirst) {
			warn(err)
			continue
		}
		if err != nil {
			return err
		}
		if stored < 0 {
			stored = len(db.entries)
			db.entries = append(db.entries, lineEntry{text: l.text, malwareDB: db.malwareDB, learned: l.learned, families: db.numbers(l.families)})
			if l.made != nil {
				l.made.malwareDB = db.malwareDB
				e := &db.entries[stored]
				e.text = nil
				e.made.Store(l.made)
			} else {
				db.size += len(l.text)
			}
		}
		db.entryOf = append(db.entryOf, uint32(stored))
	}
	if stored < 0 {
		return errors.New("no fingerprint")
	}
	return nil
}

// numbers gives numbers to families.
func (db *database) numbers(families []string) (list []uint16) {
	for _, f := range families {
		n, ok := db.familyNumber[f]
		if !ok {
			if len(db.familyNames) == maxFamilies {
				return nil
			}
			n = uint16(len(db.familyNames))
			db.familyNames = append(db.familyNames, f)
			db.familyNumber[f] = n
		}
		list = append(list, n)
	}
	return list
}

var errDuplicate = errors.New("duplicate fingerprint")

// fingerprint checks a fingerprint and brings it to its present form: those
// for TLS were once written without their name.
func (db *database) fingerprint(fp []byte, typ npf.Type, typeName string) ([]byte, error) {
	fp = clip(fp, len(fp))
	if len(fp) == 0 || len(fp) > npf.MaxLen+1 {
		return nil, fmt.Errorf("a fingerprint of %d bytes", len(fp))
	}
	if typ == npf.TLS && (fp[0] == '(' || string(fp) == RandomizedWord) {
		fp = []byte(Qualified(string(fp)))
	}
	name, version, ok := splitFingerprint(string(clip(fp, maxHead)))
	if !ok || classifiable[name] != typ {
		return nil, fmt.Errorf("the fingerprint is not one of type %q", typeName)
	}
	if f := db.formats[typeName]; f != nil {
		if f.lines == 1 {
			f.version = version
		} else if f.version != version {
			return nil, fmt.Errorf("the fingerprint has format %d, those before have format %d", version, f.version)
		}
	}
	return fp, nil
}

// maxHead is more than the type and the format of a fingerprint need, in bytes.
const maxHead = 64

// compact gives back memory that was needed for loading only.
func (db *database) compact() { db.fingerprints.compact() }
