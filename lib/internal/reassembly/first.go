package reassembly

import "merctools/lib/flow"

// A table keeps one value for each of a bounded number of flows. When it is
// full the oldest entry goes. That of a least-recently-used cache would be
// another, and an LRU list allocates for each flow (hashicorp/golang-lru takes
// twice the time).
type table[V any] struct {
	entries map[flow.Key]V
	order   []flow.Key // ring of keys by age; may hold keys that have gone
	head    int        // oldest
	max     int
	Begun   uint64
	Evicted uint64
}

func newTable[V any](max int) table[V] {
	return table[V]{entries: make(map[flow.Key]V), max: max}
}

func (t *table[V]) get(k *flow.Key) (v V, ok bool) {
	if len(t.entries) == 0 {
		return v, false
	}
	v, ok = t.entries[*k]
	return v, ok
}

// add enters a flow that is not in the table.
func (t *table[V]) add(k *flow.Key, v V) {
	t.Begun++
	if len(t.order) < t.max {
		t.order = append(t.order, *k)
	} else {
		if _, there := t.entries[t.order[t.head]]; there {
			delete(t.entries, t.order[t.head])
			t.Evicted++
		}
		t.order[t.head] = *k
		t.head++
		if t.head == t.max {
			t.head = 0
		}
	}
	t.entries[*k] = v
}

// maxFlows is the number of flows that a Seen or Opened table remembers where
// nobody says how much memory it may take.
const maxFlows = 1 << 17

// flowCost is about how many bytes a flow takes in a table: in the map, of which
// up to half is empty, and in the ring.
const flowCost = 256

// flowsIn returns how many flows fit into a number of bytes; maxFlows where it
// is 0.
func flowsIn(memory int) int {
	if memory == 0 {
		return maxFlows
	}
	return max(memory/flowCost, 1)
}

// Seen remembers which flows have been seen within the last hour.
type Seen struct{ table[int64] }

// NewSeen returns an empty table, which takes a number of bytes, or, where that
// is 0, has maxFlows flows.
func NewSeen(memory int) *Seen { return &Seen{newTable[int64](flowsIn(memory))} }

const seenTimeout = 3600 // seconds

// IsNew reports whether a flow is seen for the first time, sec being the time
// in seconds. A flow that has been silent for an hour stays a new one with
// each packet.
func (s *Seen) IsNew(k *flow.Key, sec int64) bool {
	last, ok := s.get(k)
	switch {
	case !ok:
		s.add(k, sec)
		return true
	case uint64(sec-last) >= seenTimeout: // or the clock went back
		return true
	}
	s.entries[*k] = sec
	return false
}

// Opened remembers the first sequence number of TCP flows from their SYN, to
// tell which segment is the first with data.
type Opened struct{ table[opening] }

type opening struct {
	sec  int64
	next uint32 // sequence number of the first byte of data
}

// NewOpened returns an empty table, which takes a number of bytes, or, where that
// is 0, has maxFlows flows.
func NewOpened(memory int) *Opened { return &Opened{newTable[opening](flowsIn(memory))} }

const openedTimeout = 30 // seconds

func (e opening) expired(sec int64) bool {
	return uint64(sec-e.sec) >= openedTimeout // or the clock went back
}

// SYN enters a flow that begins with the sequence number seq.
func (o *Opened) SYN(k *flow.Key, sec int64, seq uint32) {
	o.forgetExpired(k, sec)
	r := k.Reverse()
	o.forgetExpired(&r, sec)
	if _, ok := o.get(k); !ok {
		o.add(k, opening{sec, seq + 1})
	}
}

func (o *Opened) forgetExpired(k *flow.Key, sec int64) {
	if e, ok := o.get(k); ok && e.expired(sec) {
		delete(o.entries, *k)
	}
}

// Close forgets a flow.
func (o *Opened) Close(k *flow.Key) { delete(o.entries, *k) }

// IsFirstPayload reports whether data without a sequence number is the first of
// a flow, or of one that has been known for so long that it counts as new. The
// flow is remembered.
func (o *Opened) IsFirstPayload(k *flow.Key, sec int64) bool {
	if e, ok := o.get(k); ok && !e.expired(sec) {
		return false
	}
	o.SYN(k, sec, 0)
	return true
}

// IsFirst reports whether a segment with data is the first one of a flow
// whose SYN was seen: it carries on from the SYN, or comes so late that what
// came first was not seen. The flow is forgotten then. A segment that is not
// the first makes the other direction forgotten if that is late.
func (o *Opened) IsFirst(k *flow.Key, sec int64, seq uint32) bool {
	// Quirk Q18: late data counts as the first.
	if e, ok := o.get(k); ok && (e.expired(sec) || e.next == seq) {
		delete(o.entries, *k)
		return true
	}
	if len(o.entries) > 0 {
		r := k.Reverse()
		o.forgetExpired(&r, sec)
	}
	return false
}
