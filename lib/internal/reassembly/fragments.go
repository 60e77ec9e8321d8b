package reassembly

import "bytes"

// Limits of datagrams that are put together from fragments.
const (
	// maxDatagram is the longest payload of an IP packet, in bytes.
	maxDatagram = 65535
	// DatagramMemory is what all datagrams in one Datagrams may take, in
	// bytes, and DatagramMemoryLow the same where memory is scarce.
	DatagramMemory    = 4 << 20
	DatagramMemoryLow = 1 << 20

	datagramTimeout = 30e9 // nanoseconds from the first fragment to the last
	maxPieces       = 256  // runs of bytes with gaps between them
	datagramCost    = 512  // memory that a datagram takes beside its bytes
)

// A DatagramKey tells fragments of one datagram from those of others (RFC
// 791, section 3.2; RFC 8200, section 4.5).
type DatagramKey struct {
	Src, Dst [16]byte
	ID       uint32
	Version  uint8
	Protocol uint8 // of IPv4; 0 for IPv6, where only the first fragment's counts
	Depth    uint8 // how many tunnels are around the fragment
}

// A Piece is a fragment.
type Piece struct {
	Offset int    // of Data in the payload of the datagram, in bytes
	More   bool   // it isn't the last
	Data   []byte // what it carries
	Head   []byte // headers before the payload; valid where Offset is 0
}

// A Datagram is one whose fragments are being put together, or have been.
// Context is what its user keeps with the first fragment.
type Datagram[C any] struct {
	Head    []byte // headers of the first fragment
	Data    []byte // payload; valid when it is whole
	Context C

	key         DatagramKey
	begun       int64
	payload     Buffer
	total       int // bytes of the payload; less than 0 where that isn't known
	hasHead     bool
	whole       bool
	closed      bool // timed out; waits for Rest
	cost        int
	older, next *Datagram[C] // by age
}

// Datagrams are put together from fragments. Fragments come in any order, and
// any number of times. Where they overlap, the bytes that came first count. A
// datagram that is whole stays for a while, so that copies of its fragments
// are known as such. What all of them take is bounded: the oldest go first.
type Datagrams[C any] struct {
	Begun    uint64 // datagrams of which a fragment came
	Expired  uint64 // datagrams given up because fragments didn't come in time
	Evicted  uint64 // datagrams given up because there were too many
	Overlaps uint64 // fragments that cover others and aren't copies of them

	byKey          map[DatagramKey]*Datagram[C]
	oldest, newest *Datagram[C]
	open           *Datagram[C] // the oldest that may still become whole, or is
	cost, limit    int
	free           *Datagram[C] // memory that is used again
}

// NewDatagrams returns Datagrams that take no more than limit bytes.
func NewDatagrams[C any](limit int) *Datagrams[C] {
	return &Datagrams[C]{byKey: map[DatagramKey]*Datagram[C]{}, limit: limit}
}

// Add adds a fragment, seen at a time in nanoseconds. It returns the datagram
// that has become whole by it, or nil. The datagram is valid up to the next
// call. context belongs to a fragment with Offset 0, and is nil for others.
func (d *Datagrams[C]) Add(k *DatagramKey, now int64, p Piece, context *C) *Datagram[C] {
	for d.open != nil && now-d.open.begun > datagramTimeout {
		d.expire(d.open)
	}
	end := p.Offset + len(p.Data)
	if p.More {
		end &^= 7 // only the last may have any length
	}
	if p.Offset < 0 || end <= p.Offset || end > maxDatagram {
		return nil
	}
	p.Data = p.Data[:end-p.Offset]
	g := d.byKey[*k]
	if g != nil && g.whole {
		if g.copied(p) {
			return nil
		}
		d.drop(g) // the identification is used again
		g = nil
	}
	if g == nil {
		g = d.begin(k, now)
	}
	if p.Offset == 0 && !g.hasHead {
		g.hasHead = true
		g.Head = append(g.Head[:0], p.Head...)
		g.Context = *context
	}
	if !d.put(g, p) {
		return nil
	}
	d.count(g)
	for d.cost > d.limit && d.oldest != g {
		if !d.oldest.whole && !d.oldest.closed {
			d.Evicted++
		}
		d.drop(d.oldest)
	}
	if !g.hasHead || len(g.payload.Begun()) != g.total {
		return nil
	}
	g.whole = true
	g.Data = g.payload.Bytes
	return g
}

// put adds the bytes that are not there yet. It reports whether the fragment
// belongs to the datagram.
func (d *Datagrams[C]) put(g *Datagram[C], p Piece) bool {
	end := p.Offset + len(p.Data)
	switch {
	case g.total >= 0 && (end > g.total || !p.More && end != g.total),
		g.total < 0 && !p.More && len(g.payload.Bytes) > end:
		d.Overlaps++ // it says of another length
		return false
	case len(g.payload.Spans) >= maxPieces:
		return false
	}
	if !p.More {
		g.total = end
	}
	if g.fill(p.Offset, p.Data) {
		d.Overlaps++
	}
	return true
}

// fill copies bytes into gaps, and reports whether there were others in their
// place before.
func (g *Datagram[C]) fill(offset int, data []byte) (overlap bool) {
	end := offset + len(data)
	for _, s := range g.payload.Spans {
		from, to := max(s.Begin, offset), min(s.End, end)
		if from < to && (to-from < len(data) || !bytes.Equal(g.payload.Bytes[from:to], data[from-offset:to-offset])) {
			overlap = true
		}
	}
	g.payload.Add(offset, data)
	return overlap
}

// copied reports whether a fragment is a copy of what the datagram, which is
// whole, was put together from.
func (g *Datagram[C]) copied(p Piece) bool {
	end := p.Offset + len(p.Data)
	return end <= g.total && (p.More || end == g.total) && bytes.Equal(p.Data, g.Data[p.Offset:end])
}

// expire gives up a datagram. If its beginning is there it stays for Rest.
func (d *Datagrams[C]) expire(g *Datagram[C]) {
	if !g.whole {
		d.Expired++
	}
	if g.whole || !g.begins() {
		d.drop(g)
		return
	}
	g.closed = true
	delete(d.byKey, g.key)
	d.open = g.next
}

// begins reports whether the first bytes of the datagram are there.
func (g *Datagram[C]) begins() bool {
	return g.hasHead && g.payload.Begun() != nil
}

// Rest calls f with each datagram that has not become whole, the oldest first,
// if its beginning is there: Data is that. Then it forgets all of them.
func (d *Datagrams[C]) Rest(f func(g *Datagram[C], begun int64)) {
	for g := d.oldest; g != nil; g = d.oldest {
		if !g.whole && g.begins() {
			g.Data = g.payload.Begun()
			f(g, g.begun)
		}
		d.drop(g)
	}
}

// begin enters a datagram, as the newest.
func (d *Datagrams[C]) begin(k *DatagramKey, now int64) *Datagram[C] {
	d.Begun++
	g := d.free
	if g == nil {
		g = new(Datagram[C])
	} else {
		d.free = g.next
	}
	g.payload.Reset()
	*g = Datagram[C]{Head: g.Head[:0], payload: g.payload, key: *k, begun: now, total: -1, older: d.newest}
	if d.newest == nil {
		d.oldest = g
	} else {
		d.newest.next = g
	}
	d.newest = g
	if d.open == nil {
		d.open = g
	}
	d.byKey[*k] = g
	d.count(g)
	return g
}

// count adds up what the datagram takes.
func (d *Datagrams[C]) count(g *Datagram[C]) {
	cost := datagramCost + cap(g.Head) + g.payload.Memory()
	d.cost += cost - g.cost
	g.cost = cost
}

// keepFree is the largest datagram whose memory is used again.
const keepFree = 16 << 10

// drop forgets a datagram.
func (d *Datagrams[C]) drop(g *Datagram[C]) {
	if d.byKey[g.key] == g {
		delete(d.byKey, g.key)
	}
	if d.open == g {
		d.open = g.next
	}
	if g.older == nil {
		d.oldest = g.next
	} else {
		g.older.next = g.next
	}
	if g.next == nil {
		d.newest = g.older
	} else {
		g.next.older = g.older
	}
	d.cost -= g.cost
	g.older, g.next = nil, nil
	if d.free == nil && g.cost <= keepFree {
		d.free = g // one is enough: it comes and goes at the limit
	}
}
