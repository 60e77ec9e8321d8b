// Package stream follows TCP streams: it remembers up to where each has been
// read, and holds data that can't be read yet.
package stream

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"

	"merctools/lib/flow"
	"merctools/lib/internal/reassembly"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// MaxHeld is how many bytes of a stream are held at most, from the beginning
// of what can't be read yet.
const MaxHeld = 64 << 10

const (
	maxSpans   = 512      // ranges with gaps between them
	freeHeld   = 64       // held data whose memory is kept for use again
	freeShare  = 8        // one part in so many of the limit is what that may take
	maxHeaders = 512      // bytes in front of the payload that are kept for a record
	maxMemory  = 24 << 20 // bytes of all that is held
	heldCost   = 384      // bytes of what is held beside its buffers
	streamCost = 96       // bytes of a stream of which nothing is held
)

// Streams remember for each direction of TCP flows up to where its data has
// been read, and hold data that can't be read yet. They belong to one worker.
type Streams struct {
	index   map[uint64]uint32 // place in streams by hash of the flow
	streams []Stream          // a ring, from next on by age once it is full
	next    int
	max     int
	maxHeld int

	oldest, newest *Held
	held           int  // streams with held data
	memory         int  // bytes that it takes
	limit          int  // for memory
	freeMemory     int  // bytes that what is free takes
	sorted         bool // they are in the order of their packets
	free           []*Held
	seed           [2]uint64

	Opened  uint64 // streams
	Waited  uint64 // times that data was held
	Evicted uint64 // streams forgotten because there were too many
	Dropped uint64 // held data given up because there was too much
}

// A Stream is one direction of a TCP flow.
type Stream struct {
	hash  uint64
	Begin uint32 // sequence number of the first byte that was seen
	Next  uint32 // sequence number of the first byte that has not been read
	Read  uint32 // bytes that have been read; stays at its maximum
	// Boundary says that a message begins at Next.
	Boundary bool
	// Framer is the number of the protocol that found the last message, 0 where
	// none did.
	Framer uint8
	// Zeros is how many zero bytes at Next are taken for padding, until data
	// tells.
	Zeros uint8
	// Anchored says that the stream's beginning is known: by its SYN.
	Anchored bool
	// Side says which side of the connection the stream is from.
	Side Side
	// Floating is how many segments are held in case that what comes before them
	// follows; 0 where none are.
	Floating uint8
	// Dot is how far the end of text that is passed over has been found, 0 where
	// there is none: see SkipText.
	Dot  uint8
	Held *Held // data from Next on; nil where there is none
}

// A Side is a side of a connection.
type Side uint8

// The sides of a connection, as far as a SYN has told.
const (
	UnknownSide Side = iota
	Client           // the side that connects
	Server           // the side that is connected to
)

// Held is data of a stream that can't be read yet.
type Held struct {
	data   reassembly.Buffer
	stream *Stream
	cost   int // bytes that it takes

	Need    int    // bytes without a gap that the next look takes
	Packets int    // packets that the data came in
	Number  uint64 // of the packet that began it
	Last    int    // offset of the data that came last
	Flags   HeldFlags

	// Of the packet that began it, for a record at the end.
	Key     flow.Key
	Time    int64
	Headers packet.Headers
	Header  []byte // the packet up to its payload
	Origin  members.Origin

	older, newer *Held
}

// HeldFlags say how data came.
type HeldFlags uint8

// How data came.
const (
	OutOfOrder HeldFlags = 1 << iota // before what it follows
	Overlaps                         // over what was there
)

// NewStreams returns Streams for max directions, of which maxHeld may have
// data waiting. memory is how many bytes all of it may take; where it is more
// than 0 it decides, and the others don't count.
func NewStreams(max, maxHeld, memory int) *Streams {
	limit := maxMemory
	if memory > 0 {
		max = memory/4/streamCost + 1
		maxHeld = max
		limit = memory / 4 * 3 * freeShare / (freeShare + 1)
	}
	return &Streams{
		limit:   limit,
		index:   make(map[uint64]uint32),
		max:     max,
		maxHeld: maxHeld,
		seed:    [2]uint64{rand.Uint64(), rand.Uint64()},
	}
}

func (s *Streams) hash(k *flow.Key) uint64 {
	h := mix(binary.LittleEndian.Uint64(k.Src[:])^s.seed[0], binary.LittleEndian.Uint64(k.Dst[:])^s.seed[1])
	ports := uint64(k.SrcPort)<<16 | uint64(k.DstPort) | uint64(k.Version)<<32
	if k.Version == 6 {
		h ^= mix(binary.LittleEndian.Uint64(k.Src[8:])^s.seed[1]^h, binary.LittleEndian.Uint64(k.Dst[8:])^s.seed[0])
	}
	return mix(h^s.seed[1], ports^s.seed[0]^0x9e3779b97f4a7c15)
}

func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// Find returns a stream, or nil where it is not known.
func (s *Streams) Find(k *flow.Key) *Stream {
	if i, ok := s.index[s.hash(k)]; ok {
		return &s.streams[i]
	}
	return nil
}

// Oldest returns the stream that Open forgets: nil where there is room.
func (s *Streams) Oldest() *Stream {
	if len(s.streams) < s.max {
		return nil
	}
	return &s.streams[s.next]
}

// Open enters a stream that Find doesn't know. What Oldest returns must have
// no held data.
func (s *Streams) Open(k *flow.Key, next uint32) *Stream {
	i := len(s.streams)
	if i < s.max {
		if s.streams == nil { // streams stay where they are
			s.streams = make([]Stream, 0, s.max)
		}
		s.streams = append(s.streams, Stream{})
	} else {
		i = s.next
		s.next = (s.next + 1) % s.max
		delete(s.index, s.streams[i].hash)
		s.Evicted++
	}
	s.Opened++
	h := s.hash(k)
	s.index[h] = uint32(i)
	s.streams[i] = Stream{hash: h}
	s.streams[i].Restart(next)
	return &s.streams[i]
}

// Restart makes the stream begin at a sequence number.
func (t *Stream) Restart(next uint32) {
	t.Begin, t.Next, t.Read = next, next, 0
	t.Boundary, t.Anchored, t.Floating, t.Dot, t.Framer, t.Zeros = true, false, 0, 0, 0, 0
}

// Full returns what must go before more can be held, or nil.
func (s *Streams) Full() *Held {
	if s.held < s.maxHeld && s.memory < s.limit {
		return nil
	}
	return s.oldest
}

// Overfull returns what must go because more has been held than there is memory
// for, or nil.
func (s *Streams) Overfull() *Held {
	if s.memory <= s.limit {
		return nil
	}
	return s.oldest
}

// Hold begins to hold data of a stream that has none. What Full returns must
// have been released.
func (s *Streams) Hold(t *Stream) *Held {
	var h *Held
	if n := len(s.free); n > 0 {
		h = s.free[n-1]
		s.free = s.free[:n-1]
		s.freeMemory -= h.cost
	} else {
		h = &Held{}
	}
	h.data.Reset()
	*h = Held{data: h.data, Header: h.Header[:0], stream: t}
	s.link(h)
	s.Waited++
	s.held++
	s.count(h)
	t.Held = h
	return h
}

// Release forgets the held data of a stream.
func (s *Streams) Release(t *Stream) {
	h := t.Held
	t.Held, t.Floating = nil, 0
	if h.older != nil {
		h.older.newer = h.newer
	} else {
		s.oldest = h.newer
	}
	if h.newer != nil {
		h.newer.older = h.older
	} else {
		s.newest = h.older
	}
	s.held--
	s.memory -= h.cost
	if len(s.free) < freeHeld && s.freeMemory+h.cost <= s.limit/freeShare {
		s.free = append(s.free, h)
		s.freeMemory += h.cost
	}
}

// count adds up what held data takes.
func (s *Streams) count(h *Held) {
	cost := heldCost + h.data.Memory() + cap(h.Header)
	s.memory += cost - h.cost
	h.cost = cost
}

// First returns the held data whose first packet has the lowest number, or
// nil. It is quick as long as no more data is held.
func (s *Streams) First() *Held {
	if s.sorted {
		return s.oldest
	}
	var all []*Held
	for h := s.oldest; h != nil; h = h.newer {
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b *Held) int { return cmp.Compare(a.Number, b.Number) })
	s.oldest, s.newest, s.sorted = nil, nil, true
	for _, h := range all {
		s.link(h)
	}
	return s.oldest
}

// link enters held data as the newest.
func (s *Streams) link(h *Held) {
	h.older, h.newer = s.newest, nil
	if s.newest != nil {
		s.newest.newer = h
	} else {
		s.oldest = h
	}
	s.newest = h
}

// Began notes the packet that began held data.
func (s *Streams) Began(h *Held, k *flow.Key, t int64, number uint64, headers *packet.Headers, data []byte) {
	s.sorted = false
	h.Key, h.Time, h.Number = *k, t, number
	h.Headers = *headers
	h.Header = append(h.Header[:0], data[:min(len(data), maxHeaders)]...)
	s.count(h)
}

// Stream is the stream that it is of.
func (h *Held) Stream() *Stream { return h.stream }

// Add puts in data at an offset from the stream's Next. Where it overlaps
// with what is there, what came first stays. It returns false, and adds
// nothing, where it goes too far or there are too many gaps.
func (s *Streams) Add(h *Held, offset int, data []byte) bool {
	if offset+len(data) > MaxHeld || len(h.data.Spans) >= maxSpans {
		return false
	}
	h.Packets++
	h.Last = offset
	if n := len(h.data.Spans); n > 0 && offset < h.data.Spans[n-1].Begin {
		h.Flags |= OutOfOrder
	}
	if _, overlaps := h.data.Add(offset, data); overlaps {
		h.Flags |= Overlaps
	}
	s.count(h)
	return true
}

// Data is what is there from Next on without a gap.
func (h *Held) Data() []byte { return h.data.Begun() }

// Gap is the number of bytes that are missing before the first that are
// there.
func (h *Held) Gap() int {
	if h.Empty() {
		return 0
	}
	return h.data.Spans[0].Begin
}

// Empty reports whether there is nothing.
func (h *Held) Empty() bool { return len(h.data.Spans) == 0 }

// Rebase makes the stream begin n bytes earlier. What is held keeps its place.
func (s *Streams) Rebase(t *Stream, n int) bool {
	h := t.Held
	if h == nil || len(h.data.Bytes)+n > MaxHeld {
		return false
	}
	h.data.Rebase(n)
	s.count(h)
	h.Last += n
	t.Next -= uint32(n)
	t.Begin = t.Next
	return true
}

// textEnd ends text that is passed over (RFC 5321, section 4.1.1.4). The first
// two bytes may be those of the line before it.
const textEnd = "\r\n.\r\n"

// BeginText makes what follows text that is passed over.
func (t *Stream) BeginText() { t.Dot = 1 + uint8(len("\r\n")) }

// SkipText passes over text, and returns how many bytes of data it takes.
func (t *Stream) SkipText(data []byte) int {
	for i := 0; i < len(data); i++ {
		if t.Dot == 1 { // look for the end of a line
			n := bytes.IndexByte(data[i:], textEnd[0])
			if n < 0 {
				return len(data)
			}
			i += n
		}
		switch at := t.Dot - 1; {
		case data[i] == textEnd[at]:
			if t.Dot++; int(t.Dot) > len(textEnd) {
				t.Dot = 0
				return i + 1
			}
		case data[i] == textEnd[0]:
			t.Dot = 2
		default:
			t.Dot = 1
		}
	}
	return len(data)
}

// Advance makes n bytes read, which may be more than there are.
func (t *Stream) Advance(n int) {
	t.Next += uint32(n)
	if t.Read+uint32(n) >= t.Read {
		t.Read += uint32(n)
	} else {
		t.Read = 1<<32 - 1
	}
	h := t.Held
	if h == nil || n == 0 {
		return
	}
	h.data.Advance(n)
	h.Last -= n
}

// A Joined is how a message came that was found in a stream.
type Joined struct {
	Reassembled bool // from several packets
	Truncated   bool // parts of it are missing
	Flags       HeldFlags
}

// WriteRecord writes the member reassembly_properties.
func (j *Joined) WriteRecord(w *record.Writer) {
	w.Key("reassembly_properties").Object()
	if j.Reassembled {
		w.Key("reassembled").Bool(true)
	}
	if j.Truncated {
		w.Key("truncated").Bool(true)
	}
	if j.Flags&OutOfOrder != 0 {
		w.Key("out_of_order").Bool(true)
	}
	if j.Flags&Overlaps != 0 {
		w.Key("segment_overlaps").Bool(true)
	}
	w.EndObject()
}
