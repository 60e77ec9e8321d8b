package fingerprintdb

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"merctools/lib/npf"
)

// A database holds all fingerprints of a model.
type database struct {
	fingerprints stringTable
	entryOf      []uint32 // index in entries, by the number of a fingerprint
	entries      []entry

	texts    stringTable         // user agents, domains and server names
	v6       map[[16]byte]uint32 // numbers for IPv6 addresses
	names    []string            // processes and systems, escaped for JSON
	nameOf   map[string]uint32   // index in names
	analyzed uint32              // set of npf types
	formats  map[string]*format  // by the type's name

	attributes     []string // names escaped for JSON, built-in ones first
	attributeOf    map[string]uint8
	attributesDone bool // no more names are accepted

	malwareDB bool
	longest   int // most processes of an entry
	processes int // of all entries
	updates   int // of all entries
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
		texts:        newStringTable(),
		v6:           make(map[[16]byte]uint32),
		nameOf:       make(map[string]uint32),
		formats:      make(map[string]*format),
		analyzed:     1 << npf.TLS,
		attributes:   slices.Clone(builtInNames[:]),
		attributeOf:  make(map[string]uint8),
	}
	for i, s := range builtInNames {
		d.attributeOf[s] = uint8(i)
	}
	return d
}

// find returns the entry of a fingerprint, or nil.
func (d *database) find(fingerprint []byte) *entry {
	n, ok := d.fingerprints.find(fingerprint)
	if !ok {
		return nil
	}
	return &d.entries[d.entryOf[n]]
}

// formatOf is the format of the fingerprints of a type.
func (d *database) formatOf(name string) int {
	if f := d.formats[name]; f != nil {
		return f.version
	}
	return 0
}

// A databaseReader reads fingerprint_db.json, which has a JSON object for a
// fingerprint on each line.
type databaseReader struct {
	db          *database
	minimizeRAM bool
	systems     bool
	warn        func(format string, args ...any)

	doc  document
	seen []observation
	name []byte
}

// line reads one line. An error says why the line is of no use; all the same
// it counts as a line of its type, and may have named attributes.
func (r *databaseReader) line(text []byte) error {
	d := &r.doc
	if err := d.parse(text); err != nil {
		return err
	}
	if !d.isObject(root) {
		return errObject
	}
	db := r.db

	typ, typeName := npf.TLS, ""
	if n := d.member(root, memberType); d.isString(n) {
		typeName = string(d.str(n))
		typ = classifiable[typeName]
		if db.formats[typeName] == nil {
			db.formats[typeName] = &format{}
		}
		db.formats[typeName].lines++
	}
	if typ != npf.None {
		db.analyzed |= 1 << typ
	}

	var e entry
	e.total, _ = d.uint(d.member(root, memberTotal))
	w := defaultWeights
	if n := d.member(root, memberWeights); n != noNode {
		if err := r.weights(n, &w); err != nil {
			return err
		}
	}
	list := d.member(root, memberProcesses)
	if !d.isArray(list) {
		return errors.New("no process_info")
	}
	if err := r.processes(list, &e, &w); err != nil {
		return err
	}
	return r.enter(&e, typ, typeName)
}

func (r *databaseReader) weights(n node, w *weights) error {
	d := &r.doc
	if !d.isObject(n) {
		return errors.New("feature_weights is not an object")
	}
	members := 0
	for range d.members(n) {
		members++
	}
	if members != len(weightMembers) {
		return fmt.Errorf("feature_weights has %d members, not %d", members, len(weightMembers))
	}
	for _, f := range weightMembers {
		v, ok := d.float(d.member(n, f.name))
		if !ok || v < 0 || v > 1e6 {
			return fmt.Errorf("feature_weights: %s is missing or not a number from 0 to 1000000", f.name)
		}
		*f.weight(w) = float64(float32(v))
	}
	return nil
}

// processes reads the list of processes and builds the entry from it.
func (r *databaseReader) processes(list node, e *entry, w *weights) error {
	d := &r.doc
	count := d.count(list)
	switch {
	case e.total == 0:
		return errors.New("no total_count, or it is 0")
	case count == 0:
		return errors.New("process_info is empty")
	case count > maxProcesses:
		return fmt.Errorf("more than %d processes", maxProcesses)
	}
	if first := list + 1; d.member(first, memberMalware) != noNode {
		r.db.malwareDB = true
	}
	e.malwareDB = r.db.malwareDB

	r.seen = r.seen[:0]
	for p := range d.elements(list) {
		if err := r.observations(p, len(e.processes)); err != nil {
			return err
		}
		n, ok := d.uint(d.member(p, memberCount))
		if !ok || n == 0 {
			return errors.New("a process has no count, or it is 0")
		}
		e.processes = append(e.processes, process{count: n})
	}
	i := 0
	for p := range d.elements(list) {
		if err := r.describe(p, e, &e.processes[i]); err != nil {
			return err
		}
		i++
	}
	e.processes = exact(e.processes)
	e.systems = exact(e.systems)
	if r.db.updates+len(r.seen) > maxUpdates {
		return errUpdates
	}
	e.fill(r.seen, w)
	r.db.longest = max(r.db.longest, count)
	r.db.processes += count
	r.db.updates += len(r.seen)
	return nil
}

// describe reads what is shown of a process.
func (r *databaseReader) describe(p node, e *entry, out *process) error {
	d := &r.doc
	name := d.member(p, memberProcess)
	if !d.isString(name) {
		return errors.New("a process has no name")
	}
	text := clip(d.str(name), len(d.text))
	out.generic = string(text) == genericProcess
	var err error
	if out.name, err = r.db.addName(clip(text, maxNameLen)); err != nil {
		return err
	}
	out.malware = d.isTrue(d.member(p, memberMalware))
	if n := d.member(p, memberAttributes); d.isObject(n) {
		for k, v := range d.members(n) {
			if a, ok := r.db.attribute(d.str(k)); !ok {
				r.warn("unknown attribute %q", d.str(k))
			} else if d.isTrue(v) {
				out.attributes |= 1 << a
			}
		}
		r.db.attributesDone = true
	}
	out.system = uint32(len(e.systems))
	if n := d.member(p, memberSystems); r.systems && d.isObject(n) {
		for k, v := range d.members(n) {
			name := clip(d.str(k), len(d.text))
			count, ok := d.uint(v)
			if len(name) == 0 || !ok || out.systems == 1<<16-1 {
				continue
			}
			id, err := r.db.addName(name)
			if err != nil {
				return err
			}
			e.systems = append(e.systems, system{id, count})
			out.systems++
		}
	}
	return nil
}

// addName gives a number to a name that is shown.
func (db *database) addName(name []byte) (uint32, error) {
	if n, ok := db.nameOf[string(name)]; ok {
		return n, nil
	}
	if len(db.names) == maxNames {
		return 0, errNames
	}
	n, s := uint32(len(db.names)), string(name)
	db.names = append(db.names, escape(s))
	db.nameOf[s] = n
	return n, nil
}

// attribute finds the number of an attribute of processes. The first process
// that has any says which there are.
func (db *database) attribute(name []byte) (uint8, bool) {
	if db.attributesDone {
		a, ok := db.attributeOf[string(name)]
		return a, ok
	}
	if len(db.attributes) == maxAttributes {
		return 0, false
	}
	a := uint8(len(db.attributes))
	db.attributes = append(db.attributes, escape(string(name)))
	if _, ok := db.attributeOf[string(name)]; !ok {
		db.attributeOf[string(name)] = a
	}
	return a, true
}

// observations reads the features of a process.
func (r *databaseReader) observations(p node, index int) error {
	d := &r.doc
	if !d.isObject(p) {
		return errors.New("process_info holds something that is not an object")
	}
	for i := range countMembers {
		m := &countMembers[i]
		if m.feature == noFeature || m.feature == featIPv4 && r.minimizeRAM {
			continue
		}
		n := d.member(p, m.name)
		switch {
		case n == noNode && m.always:
			return errors.New("a process has no " + m.name)
		case n == noNode:
			continue
		case !d.isObject(n) && m.strict:
			return errors.New(m.name + " is not an object")
		case !d.isObject(n):
			continue
		}
		for k, v := range d.members(n) {
			count, ok := d.uint(v)
			if !ok {
				if m.strict {
					return errors.New(m.name + " holds something that is not a count")
				}
				continue
			}
			feature, key, ok, err := r.key(uint8(m.feature), clip(d.str(k), len(d.text)))
			if err != nil {
				return err
			}
			if ok {
				r.seen = append(r.seen, observe(feature, key, index, len(r.seen), count))
			}
		}
	}
	return nil
}

// key turns the text of a feature's value into a number.
func (r *databaseReader) key(feature uint8, text []byte) (uint8, uint32, bool, error) {
	switch feature {
	case featPort:
		return feature, r.number(text, 1<<16-1), true, nil
	case featASN:
		if string(text) == UnknownASN {
			return feature, 0, true, nil
		}
		return feature, r.number(text, 1<<32-1), true, nil
	case featIPv4:
		if a, _, ok := scanIPv4(text); ok {
			return featIPv4, ipv4Key(normalIPv4(a)), true, nil
		}
		a, _, ok := scanIPv6(text)
		if !ok {
			r.warn("%q is not an address", text)
			return 0, 0, false, nil
		}
		a = normalIPv6(a)
		n, ok := r.db.v6[a]
		if !ok {
			if len(r.db.v6) == maxIPv6 {
				return 0, 0, false, errIPv6
			}
			n = uint32(len(r.db.v6))
			r.db.v6[a] = n
		}
		return featIPv6, n, true, nil
	case featUserAgent:
		if string(text) == NoUserAgent {
			text = nil
		}
	case featServerName:
		r.name = appendServerName(r.name[:0], text)
		text = r.name
	}
	n, err := r.db.texts.add(text)
	return feature, n, err == nil, err
}

// number reads the decimal number that text begins with; what isn't one, or is
// too large, counts as 0.
func (r *databaseReader) number(text []byte, max uint64) uint32 {
	digits := 0
	for digits < len(text) && isDigit(text[digits]) {
		digits++
	}
	v, err := strconv.ParseUint(string(text[:digits]), 10, 64)
	if err != nil || v > max {
		r.warn("%q is not a number up to %d", text, max)
		return 0
	}
	return uint32(v)
}

func ipv4Key(a [4]byte) uint32 {
	return uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
}

// enter makes the entry the one for the fingerprints that the line names.
func (r *databaseReader) enter(e *entry, typ npf.Type, typeName string) error {
	if typ == npf.None {
		return fmt.Errorf("fingerprints of type %q are of no use here", typeName)
	}
	d, db := &r.doc, r.db
	stored := -1
	one := func(n node) error {
		fp, err := r.fingerprint(d.str(n), typ, typeName)
		if err != nil {
			return err
		}
		if _, ok := db.fingerprints.find(fp); ok {
			return errDuplicate
		}
		if _, err := db.fingerprints.add(fp); err != nil {
			return err
		}
		if stored < 0 {
			stored = len(db.entries)
			db.entries = append(db.entries, *e)
		}
		db.entryOf = append(db.entryOf, uint32(stored))
		return nil
	}
	if n := d.member(root, memberFingerprint); d.isString(n) {
		if err := one(n); err != nil {
			return err
		}
	}
	if n := d.member(root, memberFingerprints); d.isArray(n) {
		for f := range d.elements(n) {
			if !d.isString(f) {
				continue
			}
			if err := one(f); err == errDuplicate {
				r.warn("%v", err)
			} else if err != nil {
				return err
			}
		}
	}
	if stored < 0 {
		return errors.New("no fingerprint")
	}
	return nil
}

var errDuplicate = errors.New("the fingerprint was there before")

// fingerprint checks a fingerprint and brings it to its present form: those
// for TLS were once written without their name.
func (r *databaseReader) fingerprint(fp []byte, typ npf.Type, typeName string) ([]byte, error) {
	fp = clip(fp, len(fp))
	if len(fp) == 0 || len(fp) > npf.MaxLen+1 {
		return nil, fmt.Errorf("a fingerprint of %d bytes", len(fp))
	}
	if typ == npf.TLS && (fp[0] == '(' || string(fp) == randomized) {
		fp = append([]byte("tls/"), fp...)
	}
	name, version, ok := splitFingerprint(string(fp))
	if !ok || classifiable[name] != typ {
		return nil, fmt.Errorf("the fingerprint is not one of type %q", typeName)
	}
	if f := r.db.formats[typeName]; f != nil {
		if f.lines == 1 {
			f.version = version
		} else if f.version != version {
			return nil, fmt.Errorf("the fingerprint has format %d, those before have format %d", version, f.version)
		}
	}
	return fp, nil
}

// compact gives back memory that was needed for reading only.
func (db *database) compact() {
	db.fingerprints.compact()
	db.texts.compact()
	db.entryOf = exact(db.entryOf)
	db.entries = exact(db.entries)
	db.nameOf = nil
	db.attributeOf = nil
}
