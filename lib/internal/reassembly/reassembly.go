// Package reassembly puts messages together from segments of TCP and fragments of
// datagram protocols, and remembers which flows have been seen.
package reassembly

import (
	"bytes"

	"merctools/lib/flow"
	"merctools/lib/internal/detect"
	"merctools/lib/record"
)

// MaxReassembly is the number of bytes up to which a message is reassembled.
//
// Quirk Q19: longer messages are never put together.
const MaxReassembly = 8192

const (
	maxSegments    = 20 // segments that a message may come in
	reassemblyTime = 15 // seconds that a message may take
	maxIDLen       = 20
)

// A Fragment is a part of a message, at its offset.
type Fragment struct {
	Offset uint32
	Data   []byte
}

// State says how far a reassembly has come.
type State uint8

// The states.
const (
	Absent    State = iota // nothing of the flow is being reassembled
	Progress               // parts are missing
	Complete               // all is there
	Truncated              // what is missing will not be waited for
	Foreign                // another message of the same flow is being reassembled
)

// A Partial is a message that is being reassembled.
type Partial struct {
	buf        []byte
	segments   [maxSegments + 1]segment
	n          int // segments in use
	count      int // segments that came
	initSeq    uint32
	initLen    uint32
	needed     uint32
	contiguous uint32
	began      int64 // seconds
	state      State
	Indefinite bool        // needed is a guess
	Owner      detect.Kind // what the first part was taken for
	flags      reassemblyFlags
	id         [maxIDLen]byte
	idLen      int
	key        flow.Key
	mark       uint32 // place in Reassembler.marks

	older, newer *Partial // neighbours by age
}

// A segment is a range of bytes that are there, both ends included.
type segment struct{ first, last uint32 }

type reassemblyFlags uint16

const (
	// Quirk Q24: nothing sets it.
	outOfOrder reassemblyFlags = 1 << iota
	tooManySegments
	overlaps
	truncated
	backPartial
	backSubset
	frontPartial
	frontSuperset
)

// flagNames are in the order in which they stand in a record.
var flagNames = [...]struct {
	flag reassemblyFlags
	name string
}{
	{outOfOrder, "out_of_order"},
	{tooManySegments, "max_segments_exceed"},
	{overlaps, "segment_overlaps"},
	{truncated, "truncated"},
	{backPartial, "back_partial_overlap"},
	{backSubset, "back_subset_overlap"},
	{frontPartial, "front_partial_overlap"},
	{frontSuperset, "front_superset_overlap"},
}

// A Reassembler puts messages together from segments of TCP, or from
// fragments that carry offsets. It belongs to one worker.
//
// What was begun is given up after 15 seconds of the packets' time, after 20
// segments, and when more messages are begun than the table may hold: then
// the one that was begun first goes.
type Reassembler struct {
	flows   map[flow.Key]*Partial
	marks   [1 << 10]uint16 // messages, by what is left of a hash of their flow
	oldest  *Partial
	newest  *Partial
	free    []*Partial
	max     int
	Begun   uint64 // messages of which the first part came
	Evicted uint64 // messages given up because the table was full
	Expired uint64 // messages given up because of their age
}

// PartialCost is about how many bytes a message in reassembly takes.
const PartialCost = MaxReassembly + 768

// NewReassembler returns a Reassembler for at most max messages at a time.
func NewReassembler(max int) *Reassembler {
	return &Reassembler{flows: make(map[flow.Key]*Partial), max: max}
}

// Extend allows as many messages more as another Reassembler, which has none and
// is not used any more, could have.
func (r *Reassembler) Extend(by *Reassembler) { r.max += by.max }

// Find returns what is being reassembled in a flow, sec being the time in
// seconds. Where both have an id, only the message with the same one is
// meant.
func (r *Reassembler) Find(k *flow.Key, sec int64, id []byte) (*Partial, State) {
	r.expire(sec)
	if len(r.flows) == 0 {
		return nil, Absent
	}
	p, ok := r.flows[*k]
	switch {
	case !ok:
		return nil, Absent
	case uint64(sec-p.began) >= reassemblyTime: // or the clock went back
		r.Expired++
		r.Remove(p)
		return nil, Absent
	case p.idLen > 0 && !bytes.Equal(p.id[:p.idLen], id[:min(len(id), maxIDLen)]):
		return nil, Foreign
	}
	return p, p.state
}

// MayHave reports whether something may be in reassembly in a flow, by the hash
// that Begin was given. Where it says no, Find would, too.
func (r *Reassembler) MayHave(hash uint32, sec int64) bool {
	r.expire(sec)
	return r.marks[hash%uint32(len(r.marks))] > 0
}

// expire gives up a few of the oldest messages if they are too old.
func (r *Reassembler) expire(sec int64) {
	for range 2 {
		if r.oldest == nil || sec-r.oldest.began < reassemblyTime {
			return
		}
		r.Expired++
		r.Remove(r.oldest)
	}
}

// Begin starts to reassemble a message with its first part, which must not be
// empty. missing is how many bytes more it needs. The hash is of the flow, and
// for MayHave only.
func (r *Reassembler) Begin(k *flow.Key, hash uint32, sec int64, first Fragment, missing uint32, indefinite bool, id []byte) *Partial {
	if len(r.flows) >= r.max {
		r.Evicted++
		r.Remove(r.oldest)
	}
	r.Begun++
	p := r.take()
	size := uint32(copy(p.buf, first.Data))
	p.segments[0] = segment{0, size - 1}
	p.n, p.count = 1, 1
	p.initSeq, p.initLen = first.Offset, size
	p.contiguous = size
	p.needed = uint32(len(first.Data)) + missing
	p.began = sec
	p.state = Progress
	p.Indefinite = indefinite
	p.flags = 0
	p.idLen = copy(p.id[:], id)
	p.key = *k
	p.mark = hash % uint32(len(r.marks))
	r.marks[p.mark]++
	r.flows[*k] = p
	p.older, p.newer = r.newest, nil
	if r.newest != nil {
		r.newest.newer = p
	} else {
		r.oldest = p
	}
	r.newest = p
	return p
}

func (r *Reassembler) take() *Partial {
	if n := len(r.free); n > 0 {
		p := r.free[n-1]
		r.free = r.free[:n-1]
		return p
	}
	return &Partial{buf: make([]byte, MaxReassembly)}
}

// Forget removes the message of a flow, if there is one.
func (r *Reassembler) Forget(k *flow.Key) {
	if p, ok := r.flows[*k]; ok {
		r.Remove(p)
	}
}

// Remove forgets a message.
func (r *Reassembler) Remove(p *Partial) {
	delete(r.flows, p.key)
	r.marks[p.mark]--
	if p.older != nil {
		p.older.newer = p.newer
	} else {
		r.oldest = p.newer
	}
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		r.newest = p.older
	}
	r.free = append(r.free, p)
}

// Data is what is there from the beginning without a gap.
func (p *Partial) Data() []byte { return p.buf[:p.contiguous] }

// State says how far it has come.
func (p *Partial) State() State { return p.state }

// Incomplete reports whether it was given up with parts missing.
func (p *Partial) Incomplete() bool { return p.flags&(truncated|tooManySegments) != 0 }

// Add puts in a part. Where it overlaps with earlier ones, its own bytes are
// taken.
func (p *Partial) Add(f Fragment) {
	if len(f.Data) == 0 {
		return
	}
	p.count++
	if p.count > maxSegments {
		p.flags |= tooManySegments | truncated
		p.state = Truncated
		return
	}
	first := f.Offset - p.initSeq // modulo 2^32, as sequence numbers are
	// Quirk Q21: what lies before the first part is lost.
	if first > MaxReassembly-1 {
		return
	}
	// Quirk Q22: later bytes overwrite earlier ones.
	last := first + uint32(copy(p.buf[first:], f.Data)) - 1
	p.insert(segment{first, last})
	p.contiguous = p.initLen
	for i := 1; i < p.n && p.segments[i].first == p.segments[i-1].last+1; i++ {
		p.contiguous += p.segments[i].last - p.segments[i].first + 1
	}
	if p.contiguous >= p.needed {
		p.state = Complete
	}
}

// insert enters a range and shortens it, or those behind it, so that ranges
// do not overlap.
func (p *Partial) insert(s segment) {
	at := p.n
	for at > 0 && p.segments[at-1].first > s.first {
		at--
	}
	before := p.segments[at-1] // there always is one: the first begins at 0
	if s.last <= before.last {
		p.flags |= overlaps | backSubset
		return
	}
	if s.first <= before.last {
		s.first = before.last + 1
		p.flags |= overlaps | backPartial
	}
	// Ranges that the new one covers go, but for the very last.
	covered := at
	// Quirk Q23: the last range stays.
	for covered < p.n-1 && p.segments[covered].last <= s.last {
		covered++
	}
	if covered > at {
		p.flags |= overlaps | frontSuperset
	}
	if covered < p.n {
		if next := p.segments[covered]; s.last >= next.first && s.last <= next.last {
			s.last = next.first - 1
			p.flags |= overlaps | frontPartial
		}
	}
	tail := p.n - covered
	copy(p.segments[at+1:at+1+tail], p.segments[covered:p.n])
	p.segments[at] = s
	p.n = at + 1 + tail
}

// Settle says how many more bytes a message needs whose length was a guess:
// none completes it, and any number that is less than MaxReassembly is taken
// as final.
func (p *Partial) Settle(missing uint32) {
	switch {
	case missing == 0:
		p.state = Complete
		p.needed = p.contiguous
	// Quirk Q25: 8192 stands for an unknown number.
	case missing != MaxReassembly:
		p.needed = p.contiguous + missing
		p.Indefinite = false
	}
}

// WriteRecord writes the member reassembly_properties.
func (p *Partial) WriteRecord(w *record.Writer) {
	w.Key("reassembly_properties").Object()
	w.Key("reassembled").Bool(true)
	for _, f := range flagNames {
		if p.flags&f.flag != 0 {
			w.Key(f.name).Bool(true)
		}
	}
	w.EndObject()
}

// Missing writes reassembly_properties for a message of which parts are
// missing and were not waited for.
type Missing struct{}

// WriteRecord writes the member reassembly_properties.
func (Missing) WriteRecord(w *record.Writer) {
	w.Key("reassembly_properties").Object()
	w.Key("truncated").Bool(true)
	w.EndObject()
}

// Fields describes the member reassembly_properties.
var Fields = []record.Field{
	record.O("reassembly_properties", "how the message came in parts",
		record.F("reassembled", record.Bool, "true: it was put together from several packets").If("--reassembly"),
		record.F("truncated", record.Bool, "true: parts of it are missing"),
		record.F("out_of_order", record.Bool, "true: parts came out of order").If("--reassembly"),
		record.F("max_segments_exceed", record.Bool, "true: it came in more parts than are put together").If("--reassembly"),
		record.F("segment_overlaps", record.Bool, "true: parts overlapped").If("--reassembly"),
		record.F("back_partial_overlap", record.Bool, "true: a part began in an earlier one").If("--reassembly"),
		record.F("back_subset_overlap", record.Bool, "true: a part lay within an earlier one").If("--reassembly"),
		record.F("front_partial_overlap", record.Bool, "true: a part ended in a later one").If("--reassembly"),
		record.F("front_superset_overlap", record.Bool, "true: a part covered a later one").If("--reassembly")),
}
