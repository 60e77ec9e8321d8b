package fingerprintdb

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
)

// Info sums up what a model holds.
type Info struct {
	Version      string
	Disabled     string // why it gives no answers
	Fingerprints []TypeCount
	Processes    int // distinct names
	Counts       int // how often some process was seen with some feature of a destination
	Common       int // fingerprints without known processes
	Networks     int // with the number of their autonomous system
	Hosts        int // of encrypted DNS
	Domains      int // of which the networks are known
}

// A TypeCount says how many fingerprints of a type there are.
type TypeCount struct {
	Type   string
	Format int
	Count  int
}

// Info sums up what the model holds.
func (m *Model) Info() Info {
	i := Info{
		Version:   m.version,
		Disabled:  m.disabled,
		Processes: m.db.processNames(),
		Counts:    m.db.updates,
		Common:    len(m.known),
		Networks:  m.subnets.table.Size(),
	}
	if m.doh != nil {
		i.Hosts = len(m.doh.names) + len(m.doh.addrs)
	}
	if m.domains != nil {
		i.Domains = len(m.domains.domains)
	}
	counts := make(map[string]int)
	for fp := range m.Fingerprints() {
		name, _, _ := splitFingerprint(string(fp))
		counts[name]++
	}
	for name, n := range counts {
		i.Fingerprints = append(i.Fingerprints, TypeCount{name, m.db.formatOf(name), n})
	}
	slices.SortFunc(i.Fingerprints, func(a, b TypeCount) int { return cmp.Compare(a.Type, b.Type) })
	return i
}

// processNames is the number of distinct names of processes.
func (db *database) processNames() int {
	seen := make(map[uint32]struct{})
	for i := range db.entries {
		for _, p := range db.entries[i].processes {
			seen[p.name] = struct{}{}
		}
	}
	return len(seen)
}

// Fingerprints yields all fingerprints of which processes are known. Those
// that end in "randomized" stand for clients that make a new one each time.
func (m *Model) Fingerprints() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range m.db.fingerprints.offsets {
			if !yield(m.db.fingerprints.at(uint32(i))) {
				return
			}
		}
	}
}

// A ProcessInfo is what a model knows of a process that has a fingerprint.
type ProcessInfo struct {
	Name       string
	Count      uint64 // how often it was seen with the fingerprint
	Malware    bool
	Attributes []string
	Systems    []SystemInfo // if LoadOptions.Systems was set
}

// A SystemInfo is an operating system (a CPE name) that a process was seen on,
// and how often.
type SystemInfo struct {
	Name  string
	Count uint64
}

// Lookup says which processes have a fingerprint, the most frequent one first,
// and how often the fingerprint was seen. There is no destination to tell
// them apart. It is for display, and allocates.
func (m *Model) Lookup(fingerprint []byte) (processes []ProcessInfo, total uint64) {
	e := m.db.find(fingerprint)
	if e == nil {
		return nil, 0
	}
	for _, p := range e.processes {
		out := ProcessInfo{Name: unescape(m.db.names[p.name]), Count: p.count, Malware: p.malware}
		for i, a := range m.db.attributes {
			if p.attributes>>i&1 != 0 {
				out.Attributes = append(out.Attributes, unescape(a))
			}
		}
		for _, s := range e.systems[p.system:][:p.systems] {
			out.Systems = append(out.Systems, SystemInfo{unescape(m.db.names[s.name]), s.count})
		}
		processes = append(processes, out)
	}
	slices.SortStableFunc(processes, func(a, b ProcessInfo) int { return cmp.Compare(b.Count, a.Count) })
	return processes, e.total
}

// unescape undoes escape.
func unescape(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}
