package fingerprintdb

import (
	"cmp"
	"errors"
	"iter"
	"maps"
	"slices"

	"merctools/lib/record"
)

// Counts says how often each value was seen.
type Counts map[string]uint64

// An Entry is a line of FileDatabase: the processes that have a fingerprint.
type Entry struct {
	Fingerprint string   // empty if there are only Others
	Others      []string // further fingerprints of the same processes
	Type        string   // of the fingerprints, such as tls
	Total       uint64   // how often it was seen
	Processes   []*Process
}

// A Process is what an archive says of a process with a fingerprint.
type Process struct {
	Name       string
	Family     string // of programs that send the same; may be empty
	Count      uint64 // how often it was seen with the fingerprint
	SHA256     string // of its executable; may be empty
	Malware    bool
	Attributes map[string]bool // whether it has them

	Systems    Counts // operating systems, as CPEs
	Versions   Counts
	Libraries  Counts // that speak the protocol, with their versions
	Kinds      Counts // of observations: KindReal, KindEmulated, KindMeasured
	Domains    Counts // of Servers
	Servers    Counts // names
	Ports      Counts
	ASNs       Counts // decimal numbers
	Addrs      Counts
	UserAgents Counts
	// Applications are names of what Ports are for, such as https.
	Applications Counts
}

// An EntryReader reads lines of FileDatabase. It is for one goroutine.
type EntryReader struct{ doc document }

var errObject = errors.New("not a JSON object")

// Read reads a line into e, which it replaces. What is missing, or is not of
// the type that it should be, stays empty.
func (r *EntryReader) Read(line []byte, e *Entry) error {
	d := &r.doc
	*e = Entry{}
	if err := d.parse(line); err != nil {
		return err
	}
	if !d.isObject(root) {
		return errObject
	}
	for k, v := range d.members(root) {
		switch string(d.str(k)) {
		case memberFingerprint:
			e.Fingerprint = Qualified(r.text(v))
		case memberFingerprints:
			if d.isArray(v) {
				for f := range d.elements(v) {
					if d.isString(f) {
						e.Others = append(e.Others, Qualified(r.text(f)))
					}
				}
			}
		case memberType:
			e.Type = r.text(v)
		case memberTotal:
			e.Total, _ = d.uint(v)
		case memberProcesses:
			if d.isArray(v) {
				for p := range d.elements(v) {
					if d.isObject(p) {
						e.Processes = append(e.Processes, r.process(p))
					}
				}
			}
		}
	}
	if d.member(root, memberTotal) == noNode {
		for _, p := range e.Processes {
			e.Total += p.Count
		}
	}
	return nil
}

func (r *EntryReader) text(n node) string {
	if !r.doc.isString(n) {
		return ""
	}
	return string(r.doc.str(n))
}

func (r *EntryReader) process(n node) *Process {
	d, p := &r.doc, &Process{}
	share, systems := noNode, noNode
	for k, v := range d.members(n) {
		switch name := string(d.str(k)); name {
		case memberProcess:
			p.Name = r.text(v)
		case memberFamily:
			p.Family = r.text(v)
		case memberCount:
			p.Count, _ = d.uint(v)
		case memberShare:
			share = v
		case memberSHA256:
			p.SHA256 = r.text(v)
		case memberMalware:
			p.Malware = d.isTrue(v)
		case memberAttributes:
			if d.isObject(v) {
				p.Attributes = make(map[string]bool)
				for a, has := range d.members(v) {
					p.Attributes[r.text(a)] = d.isTrue(has)
				}
			}
		default:
			for i := range countMembers {
				if m := &countMembers[i]; m.name == name && d.isObject(v) {
					*m.counts(p) = r.counts(v)
				}
			}
			if name == memberSystems {
				systems = v
			}
		}
	}
	if p.Count == 0 && share != noNode {
		p.Count, _ = d.share(share, shareUnit)
		if d.isObject(systems) {
			for k, v := range d.members(systems) {
				if n, ok := d.share(v, p.Count); ok {
					p.Systems[r.text(k)] = n
				}
			}
		}
	}
	return p
}

func (r *EntryReader) counts(n node) Counts {
	c := make(Counts)
	for k, v := range r.doc.members(n) {
		if count, ok := r.doc.uint(v); ok {
			c[r.text(k)] += count
		}
	}
	return c
}

// Write writes the entry as a JSON object. attributes are the names of all
// attributes that the archive has: each process says whether it has them.
func (e *Entry) Write(w *record.Writer, attributes []string) {
	w.Object()
	if e.Fingerprint != "" {
		w.Key(memberFingerprint).Text([]byte(e.Fingerprint))
	}
	if len(e.Others) > 0 {
		w.Key(memberFingerprints).Array()
		for _, fp := range e.Others {
			w.Elem().Text([]byte(fp))
		}
		w.EndArray()
	}
	w.Key(memberType).Text([]byte(e.Type))
	w.Key(memberTotal).Uint(e.Total)
	w.Key(memberProcesses).Array()
	for _, p := range e.Processes {
		w.Elem()
		p.write(w, attributes)
	}
	w.EndArray()
	w.EndObject()
}

func (p *Process) write(w *record.Writer, attributes []string) {
	w.Object()
	w.Key(memberProcess).Text([]byte(p.Name))
	if p.Family != "" {
		w.Key(memberFamily).Text([]byte(p.Family))
	}
	w.Key(memberCount).Uint(p.Count)
	if p.SHA256 != "" {
		w.Key(memberSHA256).Text([]byte(p.SHA256))
	}
	if len(attributes) > 0 {
		w.Key(memberAttributes).Object()
		for _, a := range attributes {
			w.TextKey([]byte(a)).Bool(p.Attributes[a])
		}
		w.EndObject()
	}
	w.Key(memberMalware).Bool(p.Malware)
	for i := range countMembers {
		m := &countMembers[i]
		if c := *m.counts(p); len(c) > 0 || m.always {
			w.Key(m.name).Object()
			for _, value := range c.Sorted() {
				w.TextKey([]byte(value)).Uint(c[value])
			}
			w.EndObject()
		}
	}
	w.EndObject()
}

// MarshalJSON implements json.Marshaler.
func (e *Entry) MarshalJSON() ([]byte, error) {
	names := make(map[string]bool)
	for _, p := range e.Processes {
		for a := range p.Attributes {
			names[a] = true
		}
	}
	var w record.Writer
	e.Write(&w, slices.Sorted(maps.Keys(names)))
	return w.Bytes(), nil
}

// Counts are all that the process has.
func (p *Process) Counts() iter.Seq2[string, *Counts] {
	return func(yield func(string, *Counts) bool) {
		for i := range countMembers {
			if m := &countMembers[i]; !yield(m.name, m.counts(p)) {
				return
			}
		}
	}
}

// Sorted returns the values, the most frequent ones first.
func (c Counts) Sorted() []string {
	return slices.SortedFunc(maps.Keys(c), func(x, y string) int {
		return cmp.Or(cmp.Compare(c[y], c[x]), cmp.Compare(x, y))
	})
}

// Top returns the n most frequent values; all if n is 0.
func (c Counts) Top(n int) Counts {
	if n <= 0 || len(c) <= n {
		return c
	}
	out := make(Counts, n)
	for _, value := range c.Sorted()[:n] {
		out[value] = c[value]
	}
	return out
}
