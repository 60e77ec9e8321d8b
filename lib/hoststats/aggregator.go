// Package hoststats counts what hosts were seen to do: which fingerprints they
// had, as which software, with which servers, and which names their
// certificates and SNMP agents gave them.
//
// Each goroutine that observes has a [Collector] of its own; an [Aggregator]
// puts together what they hold and makes a [Report] of it, at the end or now
// and then. A report is the same for any number of collectors, provided that
// they know the numbers of what they observe (see [Aggregator.Sequence]).
//
// # Limit
//
// An observation that differs from all before is an entry. Without a limit
// there is no bound to them but memory. With one, the first so many entries
// are counted, each time they are seen again, and others are only counted as
// dropped; when a report is taken, the counting begins anew.
//
// Observing something again allocates nothing.
//
// # Records
//
// What is read from records instead of packets is observed in the same way:
// a record has the type and the text of a fingerprint, its flow, and the names
// of the server and of the software, whose escapes must be resolved first. The
// number of a record is that of its line.
package hoststats

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// An Aggregator makes reports of what its collectors have observed. Its
// methods may be called by any goroutine at any time.
type Aggregator struct {
	limit     int
	textLimit int // bytes; 0: none
	ordered   bool

	mu         sync.Mutex // held before those of collectors
	collectors []*Collector
	fresh      []newcomer // scratch
	dropped    uint64

	taken, everDropped uint64 // in reports that were taken

	// With a limit, admitted are the entries within it, and full is the same
	// table once there are as many as may be. It is not written to from then
	// on, so that collectors can read it without waiting for each other.
	admission sync.Mutex // held after those of collectors
	admitted  table
	full      atomic.Pointer[admitted]
	waiting   atomic.Int64 // newcomers that collectors have
	texts     texts
}

// New returns an Aggregator for up to limit entries, or for any number if
// limit is 0.
func New(limit int) *Aggregator {
	a := &Aggregator{limit: max(limit, 0), admitted: table{}}
	a.texts.reset()
	return a
}

// LimitText bounds the texts of all entries, to a number of bytes: once they
// have as many, nothing else is an entry. Each counts once, however many
// entries have it. It must be called before anything is observed.
func (a *Aggregator) LimitText(bytes int) { a.textLimit = max(bytes, 0) }

// limited reports whether there is a limit.
func (a *Aggregator) limited() bool { return a.limit > 0 || a.textLimit > 0 }

// Sequence says that [Collector.Packet] will tell the numbers of what is
// observed, and that [Aggregator.Advance] will be called: then the first
// entries are those with the lowest numbers. Otherwise they are those that
// happen to come first, which is the same where there is only one collector.
// It must be called before anything is observed.
func (a *Aggregator) Sequence() { a.ordered = true }

// NewCollector returns a Collector for one goroutine.
func (a *Aggregator) NewCollector() *Collector {
	c := &Collector{agg: a}
	c.reset()
	a.mu.Lock()
	a.collectors = append(a.collectors, c)
	a.mu.Unlock()
	return c
}

// Advance says that everything with a number below n has been observed. It
// costs little if it is called often.
func (a *Aggregator) Advance(n uint64) {
	if a.waiting.Load() == 0 {
		return
	}
	a.lock()
	a.admitBelow(n)
	a.unlock()
}

// lock stops all collectors.
func (a *Aggregator) lock() {
	a.mu.Lock()
	for _, c := range a.collectors {
		c.mu.Lock()
	}
}

func (a *Aggregator) unlock() {
	for _, c := range a.collectors {
		c.mu.Unlock()
	}
	a.mu.Unlock()
}

// admitBelow decides about entries that were first seen before number n, in
// the order of their numbers. Collectors are stopped.
func (a *Aggregator) admitBelow(n uint64) {
	all := a.fresh[:0]
	for _, c := range a.collectors {
		i := 0
		for i < len(c.fresh) && c.fresh[i].number < n {
			i++
		}
		all = append(all, c.fresh[:i]...)
		c.fresh = slices.Delete(c.fresh, 0, i)
	}
	slices.SortFunc(all, func(x, y newcomer) int { return x.place.compare(y.place) })
	for i := range all {
		if k := all[i].key; !a.admit(k) {
			a.dropped += all[i].in.remove(k)
		}
	}
	a.waiting.Add(-int64(len(all)))
	clear(all)
	a.fresh = all
}

// admit says whether an entry is within the limit.
func (a *Aggregator) admit(k key) bool {
	a.admission.Lock()
	defer a.admission.Unlock()
	if _, ok := a.admitted[k]; ok {
		return true
	}
	if a.full.Load() != nil {
		return false
	}
	if a.textLimit > 0 && !a.texts.admit(&k, a.textLimit) {
		a.full.Store(newAdmitted(a.admitted))
		return false
	}
	a.admitted[k] = 0
	if len(a.admitted) == a.limit {
		a.full.Store(newAdmitted(a.admitted))
	}
	return true
}

// Counts is how many different observations there were so far, in all reports,
// and how many observations were dropped. What several collectors have observed
// counts for each of them.
func (a *Aggregator) Counts() (entries, dropped uint64) {
	a.lock()
	defer a.unlock()
	entries, dropped = a.taken, a.everDropped+a.dropped
	for _, c := range a.collectors {
		entries += uint64(len(c.entries))
		dropped += c.dropped
	}
	return entries, dropped
}

// Entries is how many different observations there are since the last report.
// What several collectors have observed counts for each of them.
func (a *Aggregator) Entries() int {
	a.lock()
	defer a.unlock()
	n := 0
	for _, c := range a.collectors {
		n += len(c.entries)
	}
	return n
}

// Take returns a report of all that was observed since the last one. What
// collectors observe meanwhile is in this one or in the next, and in none
// twice.
func (a *Aggregator) Take() *Report {
	a.lock()
	a.admitBelow(math.MaxUint64)
	r := &Report{Dropped: a.dropped}
	a.dropped = 0
	var parts []part
	for _, c := range a.collectors {
		r.Dropped += c.dropped
		a.taken += uint64(len(c.entries))
		if len(c.entries) > 0 {
			parts = append(parts, part{c.entries, c.tallies})
		}
		c.reset()
	}
	a.admitted = table{}
	a.full.Store(nil)
	a.texts.reset()
	a.everDropped += r.Dropped
	a.unlock()
	r.rows = merge(parts)
	return r
}

// part is what a collector held.
type part struct {
	entries table
	tallies []tally
}

// merge returns the entries of all parts, each once, in the order in which
// they were first seen.
func merge(parts []part) []row {
	n := 0
	for i := range parts {
		n += len(parts[i].entries)
	}
	rows := make([]row, 0, n)
	seen := make(table)
	for i := range parts {
		for k, at := range parts[i].entries {
			t := parts[i].tallies[at]
			if len(parts) > 1 {
				if j, ok := seen[k]; ok {
					r := &rows[j]
					r.count += t.count
					if t.place.compare(r.place) < 0 {
						r.place = t.place
					}
					continue
				}
				seen[k] = uint32(len(rows))
			}
			rows = append(rows, row{k, t})
		}
	}
	slices.SortFunc(rows, func(x, y row) int { return x.place.compare(y.place) })
	return rows
}

// place is where something was observed: the number that it has, and its
// place among all that the same collector observed.
type place struct{ number, serial uint64 }

func (p place) compare(q place) int {
	if p.number != q.number {
		return cmp.Compare(p.number, q.number)
	}
	return cmp.Compare(p.serial, q.serial)
}
