package fingerprintdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"

	"merctools/lib/npf"
)

// A line is what was read of a line of FileDatabase.
type line struct {
	text         []byte
	fingerprints [][]byte // the first one from str_repr if hasFirst is set
	hasFirst     bool
	named        bool // it names its type
	typeName     string
	typ          npf.Type
	parsed       bool // it is a JSON object
	learned      bool // it named the attributes
	malwareDB    bool // it says whether processes are malware
	total        uint64
	updates      int    // counts of features
	missing      string // a member that newer archives have and this process lacks
	weights      weights
	processes    node // the list
	count        int  // its elements
	families     []string

	made *classifier // if it is made at once
}

// A lineReader reads lines of FileDatabase. It is for one goroutine; several
// may share a database whose attributes are known.
type lineReader struct {
	db   *database
	warn func(format string, args ...any) // nil: nobody wants to know

	maxLine int        // bytes
	long    *longLines // what reads long lines one after the other

	doc   document
	seen  []tally
	name  []byte
	procs []processNodes
	learn bool // the first process with attributes says which there are
}

// keepTokens is how many tokens a reader keeps between two lines.
const keepTokens = 1 << 16

// longLines has the memory for the longest lines, which readers use in turn: each
// would need 100 MB.
type longLines struct {
	sync.Mutex
	tokens []token
}

// borrow waits for the memory for the longest lines.
func (r *lineReader) borrow(l *longLines) {
	l.Lock()
	r.doc.tokens = l.tokens
}

// giveBack leaves the memory for the longest lines to the next reader.
func (r *lineReader) giveBack(l *longLines) {
	l.tokens = r.doc.tokens
	r.doc.tokens, r.seen, r.procs = nil, nil, nil
	l.Unlock()
}

// release gives back memory that a long line took.
func (r *lineReader) release() {
	if cap(r.doc.tokens) > keepTokens {
		r.doc.tokens, r.seen, r.procs = nil, nil, nil
	}
	r.doc.text = nil
}

// read checks a line and reads all of it into l and r. An error says why the
// line is of no use.
func (r *lineReader) read(text []byte, l *line) error {
	d := &r.doc
	*l = line{text: text, typ: npf.TLS, weights: defaultWeights}
	if err := d.parse(text); err != nil {
		return err
	}
	if !d.isObject(root) {
		return errObject
	}
	l.parsed = true
	if n := d.member(root, memberType); d.isString(n) {
		l.named, l.typeName = true, string(d.str(n))
		l.typ = classifiable[l.typeName]
	}
	l.total, _ = d.uint(d.member(root, memberTotal))
	if n := d.member(root, memberWeights); n != noNode {
		if err := r.weights(n, &l.weights); err != nil {
			return err
		}
	}
	if l.processes = d.member(root, memberProcesses); !d.isArray(l.processes) {
		return errors.New("no process_info")
	}
	if err := r.processes(l); err != nil {
		return err
	}
	if r.db.families != nil {
		l.families = r.probableFamilies()
	}
	if n := d.member(root, memberFingerprint); d.isString(n) {
		l.hasFirst = true
		l.fingerprints = append(l.fingerprints, d.str(n))
	}
	if n := d.member(root, memberFingerprints); d.isArray(n) {
		for f := range d.elements(n) {
			if d.isString(f) {
				l.fingerprints = append(l.fingerprints, d.str(f))
			}
		}
	}
	return nil
}

func (r *lineReader) warnf(format string, args ...any) {
	if r.warn != nil {
		r.warn(format, args...)
	}
}

func (r *lineReader) weights(n node, w *weights) error {
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

// processNodes are the members of a process that are read: those of countMembers,
// and those that follow.
type processNodes struct {
	members [processMembers]node
	n       uint64 // observations, or the share of them
}

// Indexes in processNodes.members of what countMembers does not have.
const (
	nameMember = len(countMembers) + iota
	countMember
	malwareMember
	attributesMember
	familyMember
	shareMember
	processMembers // how many there are
)

// processMember is which member of a process a name stands for.
var processMember = func() map[string]int {
	m := map[string]int{
		memberProcess: nameMember, memberCount: countMember, memberMalware: malwareMember, memberAttributes: attributesMember,
		memberFamily: familyMember, memberShare: shareMember,
	}
	for i := range countMembers {
		m[countMembers[i].name] = i
	}
	return m
}()

// nodes finds the members of a process in one pass. Of several with one name
// the first one counts.
func (r *lineReader) nodes(p node, out *processNodes) {
	for i := range out.members {
		out.members[i] = noNode
	}
	d := &r.doc
	mark := len(d.spare)
	for k, v := range d.members(p) {
		i, ok := processMember[string(d.str(k))]
		d.spare = d.spare[:mark]
		if ok && out.members[i] == noNode {
			out.members[i] = v
		}
	}
}

// processes reads the list of processes.
func (r *lineReader) processes(l *line) error {
	d := &r.doc
	l.count = d.count(l.processes)
	// Databases without counts have no total either.
	shares := r.db.bare && d.member(root, memberTotal) == noNode
	switch {
	case l.total == 0 && !shares:
		return errors.New("no total_count, or it is 0")
	case l.count == 0:
		return errors.New("process_info is empty")
	case l.count > maxProcesses:
		return fmt.Errorf("more than %d processes", maxProcesses)
	}
	r.seen, r.procs = r.seen[:0], slices.Grow(r.procs[:0], l.count)[:l.count]
	i := 0
	for p := range d.elements(l.processes) {
		out := &r.procs[i]
		if !d.isObject(p) {
			return errors.New("process_info holds something that is not an object")
		}
		r.nodes(p, out)
		if i == 0 {
			l.malwareDB = out.members[malwareMember] != noNode
		}
		if err := r.features(l, out, i); err != nil {
			return err
		}
		var ok bool
		if out.n, ok = d.uint(out.members[countMember]); !ok && shares {
			out.n, _ = d.share(out.members[shareMember], shareUnit)
		}
		if out.n == 0 {
			return errors.New("a process has no count, or it is 0")
		}
		if shares {
			l.total += out.n
		}
		i++
	}
	l.updates = len(r.seen)
	for i := range r.procs {
		if err := r.check(l, &r.procs[i]); err != nil {
			return err
		}
	}
	return nil
}

// check looks at what is shown of a process.
func (r *lineReader) check(l *line, p *processNodes) error {
	d := &r.doc
	if !d.isString(p.members[nameMember]) {
		return errors.New("a process has no name")
	}
	attributes := p.members[attributesMember]
	if !d.isObject(attributes) {
		return nil
	}
	if r.learn {
		r.db.learn(d, attributes)
		r.learn = false
		l.learned = true
	}
	for k := range d.members(attributes) {
		if _, ok := r.db.attributeOf[string(d.str(k))]; !ok {
			r.warnf("unknown attribute %q", d.str(k))
		}
	}
	return nil
}

// features reads the features of a process.
func (r *lineReader) features(l *line, p *processNodes, index int) error {
	d := &r.doc
	for i := range countMembers {
		m := &countMembers[i]
		if m.feature == noFeature || m.feature == featIPv4 && r.db.minimizeRAM {
			continue
		}
		n := p.members[i]
		switch {
		case n == noNode:
			if m.always && !r.db.bare {
				if !m.newer {
					return errors.New("a process has no " + m.name)
				}
				l.missing = m.name
			}
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
			if feature, key, ok := r.key(uint8(m.feature), clip(d.str(k), len(d.text))); ok {
				r.seen = append(r.seen, tally{key, count, uint32(len(r.seen)), uint16(index), feature})
			}
		}
	}
	return nil
}

// keySeed is chosen anew in each run, so nobody can find two values with the
// same key beforehand.
var keySeed = maphash.MakeSeed()

// textKey and ipv6Key are the keys of values that are no numbers.
func textKey(s []byte) uint64   { return maphash.Bytes(keySeed, s) }
func ipv6Key(a [16]byte) uint64 { return maphash.Bytes(keySeed, a[:]) }
func ipv4Key(a [4]byte) uint64  { return uint64(binary.BigEndian.Uint32(a[:])) }

// key turns the text of a feature's value into a number.
func (r *lineReader) key(feature uint8, text []byte) (uint8, uint64, bool) {
	switch feature {
	case featPort:
		return feature, r.number(text, 1<<16-1), true
	case featASN:
		if string(text) == UnknownASN {
			return feature, 0, true
		}
		return feature, r.number(text, 1<<32-1), true
	case featIPv4:
		if a, _, ok := scanIPv4(text); ok {
			return featIPv4, ipv4Key(normalIPv4(a)), true
		}
		a, _, ok := scanIPv6(text)
		if !ok {
			r.warnf("%q is not an address", text)
			return 0, 0, false
		}
		return featIPv6, ipv6Key(normalIPv6(a)), true
	case featUserAgent:
		if string(text) == NoUserAgent {
			text = nil
		}
	case featServerName:
		r.name = appendServerName(r.name[:0], text)
		text = r.name
	}
	return feature, textKey(text), true
}

// number reads the decimal number that text begins with; what isn't one, or is
// too large, counts as 0.
func (r *lineReader) number(text []byte, max uint64) uint64 {
	digits := 0
	for digits < len(text) && isDigit(text[digits]) {
		digits++
	}
	v, err := strconv.ParseUint(string(text[:digits]), 10, 64)
	if err != nil || v > max {
		r.warnf("%q is not a number up to %d", text, max)
		return 0
	}
	return v
}

// classifier makes the classifier of the line that was read last.
func (r *lineReader) classifier(l *line, malwareDB bool) *classifier {
	c := &classifier{total: l.total, malwareDB: malwareDB, processes: make([]process, len(r.procs))}
	numbers := r.db.attributeOf
	if l.learned {
		numbers = r.db.firstNames
	}
	for i := range r.procs {
		r.candidate(&r.procs[i], numbers, c, &c.processes[i])
		if r.doc.isObject(r.procs[i].members[attributesMember]) {
			numbers = r.db.attributeOf
		}
	}
	c.fill(r.seen, &l.weights)
	if r.db.families != nil {
		r.group(c, &l.weights)
	}
	c.systems = exact(c.systems)
	return c
}

// candidate reads what is shown of a process.
func (r *lineReader) candidate(p *processNodes, attributes map[string]uint8, c *classifier, out *process) {
	d := &r.doc
	text := clip(d.str(p.members[nameMember]), len(d.text))
	out.count = p.n
	out.generic = string(text) == genericProcess
	out.name = escape(string(clip(text, maxNameLen)))
	out.malware = d.isTrue(p.members[malwareMember])
	if n := p.members[kindsMember]; r.db.families != nil && d.isObject(n) {
		for k, v := range d.members(n) {
			if kind := slices.Index(kinds[:], string(d.str(k))); kind >= 0 {
				out.kinds[kind], _ = d.uint(v)
			}
		}
	}
	if n := p.members[attributesMember]; d.isObject(n) {
		for k, v := range d.members(n) {
			if a, ok := attributes[string(d.str(k))]; ok && d.isTrue(v) {
				out.attributes |= 1 << a
			}
		}
	}
	out.system = uint32(len(c.systems))
	if n := p.members[systemsMember]; r.db.systems && d.isObject(n) {
		for k, v := range d.members(n) {
			name := clip(d.str(k), len(d.text))
			count, ok := d.uint(v)
			if !ok && p.members[countMember] == noNode {
				count, ok = d.share(v, p.n)
			}
			if len(name) == 0 || !ok || out.systems == 1<<16-1 {
				continue
			}
			c.systems = append(c.systems, system{escape(string(name)), count})
			out.systems++
		}
	}
}
