package dtls

import (
	"bytes"
	"encoding/binary"
	"slices"

	"merctools/lib/flow"
	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

const (
	// maxFlows is how many directions of conversations are followed, and
	// maxFlowsLow the same where memory is scarce.
	maxFlows    = 2048
	maxFlowsLow = 512

	// maxMemory is how many bytes of messages are held, and maxMemoryLow the
	// same where memory is scarce.
	maxMemory    = 4 << 20
	maxMemoryLow = 1 << 20

	maxMessages = 4       // that are held of a direction
	maxMessage  = 1 << 15 // bytes of a message
	messageCost = 1 << 10 // bytes of a message beside its own, with headers of a packet
	flowCost    = 256     // bytes of a direction of which nothing is held
	maxGaps     = 256     // ranges of a message with gaps between them
)

// Content types of records (RFC 9147, section 4.1; RFC 9146, section 4).
const (
	contentChangeCipherSpec = 20
	contentHandshake        = 22
	contentCID              = 25
	contentLast             = 26 // ACK

	unifiedMask  = 0xe0
	unified      = 0x20 // 001 begins a record with the unified header
	unifiedCID   = 0x10
	unifiedSeq16 = 0x08
	unifiedLen   = 0x04

	extConnectionID = 54 // RFC 9146, section 3
)

// joiner puts hellos and certificates together from their fragments (RFC 6347, section 4.2.3),
// which may come in any records and datagrams, in any order.
type joiner struct {
	flows  map[flow.Key]*direction
	order  []*direction // a ring: n of them by age from first on
	first  int
	n      int
	limit  int // for memory
	memory int // bytes that are held
	counts proto.HeldCounts

	// The present datagram.
	rest    wire.Cursor // records
	inner   wire.Cursor // the rest of the present record
	version [2]byte     // of that record
	dir     *direction
	queue   []*message // given up
	joined  []byte
	kept    proto.Kept
}

// direction is what is known of one direction of a conversation.
type direction struct {
	key      flow.Key
	cidLen   int               // of the IDs in what is sent to the sender
	exchange tls.HandshakeType // the key exchange that the sender of a hello sends; 0 without one
	messages []*message
}

// message is a hello or a Certificate, or what has come of it.
type message struct {
	seq      uint16
	version  [2]byte // of the first record with a part of it
	kind     tls.HandshakeType
	length   int
	body     reassembly.Buffer
	whole    bool
	packets  int               // with parts of it
	last     uint64            // number of the last of them
	holds    bool              // kept is the first of them
	exchange tls.HandshakeType // of its sender; see direction
	kept     proto.Kept
}

func newJoiner(o *proto.Options) proto.Joiner {
	j := &joiner{flows: map[flow.Key]*direction{}, limit: maxMemory}
	n := maxFlows
	switch memory := o.Memory.DTLS; {
	case memory > 0:
		n, j.limit = max(memory/4/flowCost, 1), memory/4*3
	case o.MinimizeRAM:
		n, j.limit = maxFlowsLow, maxMemoryLow
	}
	j.order = make([]*direction, n+1) // one too many, until the next overdue
	return j
}

// Add implements proto.Joiner.
func (j *joiner) Add(c wire.Cursor, p *proto.Packet) bool {
	j.rest, j.inner, j.dir = nil, nil, nil
	if len(c) < recordHeaderLen || !isRecord(c) && !j.isUnified(c, p) {
		return false
	}
	for rest := c; rest.More(); {
		fragment, _, ok := j.record(&rest, p)
		if !ok {
			return false
		}
		for h := (part{}); fragment.More() && h.parse(&fragment); {
			if h.isWanted() {
				j.rest, j.dir = c, j.flows[p.Key]
				return true
			}
		}
	}
	return c[0] == contentHandshake // encrypted, whatever it looks like
}

// isRecord reports whether a record that is not of DTLS 1.3 begins c.
func isRecord(c wire.Cursor) bool {
	return c[0] >= contentChangeCipherSpec && c[0] <= contentLast && c[1] == 0xfe && c[2]&0xfd == 0xfd
}

// isUnified reports whether c begins with the unified header of DTLS 1.3, in a
// conversation that is known.
func (j *joiner) isUnified(c wire.Cursor, p *proto.Packet) bool {
	return c[0]&unifiedMask == unified && j.n > 0 && j.flows[p.Key] != nil
}

// record reads a record. The fragment is nil where it is encrypted, or holds no
// handshake messages.
func (j *joiner) record(c *wire.Cursor, p *proto.Packet) (fragment wire.Cursor, version [2]byte, ok bool) {
	if first, _ := c.Peek(); first&unifiedMask == unified {
		c.Skip(1)
		if first&unifiedCID != 0 {
			c.Skip(j.cidLen(p))
		}
		c.Skip(1)
		if first&unifiedSeq16 != 0 {
			c.Skip(1)
		}
		if first&unifiedLen == 0 {
			*c = c.UpTo(0) // up to the end of the datagram
			return nil, version, true
		}
		c.Skip(int(c.Uint16()))
		return nil, version, c.Ok()
	}
	if len(*c) < recordHeaderLen || !isRecord(*c) {
		return nil, version, false
	}
	kind := c.Uint8()
	version = [2]byte(c.Bytes(2))
	epoch := c.Uint16()
	c.Skip(6)
	if kind == contentCID {
		c.Skip(j.cidLen(p))
	}
	fragment = c.Bytes(int(c.Uint16()))
	if c.Failed() {
		return nil, version, false
	}
	if kind != contentHandshake || epoch != 0 {
		fragment = nil
	}
	return fragment, version, true
}

// cidLen is the length of the connection IDs in a datagram: that which its
// receiver asked for.
func (j *joiner) cidLen(p *proto.Packet) int {
	if d := j.flows[p.Key.Reverse()]; d != nil {
		return d.cidLen
	}
	return 0
}

// part is a handshake message or a fragment of one (RFC 6347, section 4.2.2).
type part struct {
	kind           tls.HandshakeType
	length, offset int
	seq            uint16
	data           wire.Cursor
}

// parse reads a part, and reports whether it is one.
func (h *part) parse(c *wire.Cursor) bool {
	h.kind = tls.HandshakeType(c.Uint8())
	h.length = int(c.Uint24())
	h.seq = c.Uint16()
	h.offset = int(c.Uint24())
	h.data = c.Bytes(int(c.Uint24()))
	return c.Ok() && h.offset+len(h.data) <= h.length && h.length <= maxMessage
}

func (h *part) isWanted() bool {
	switch h.kind {
	case tls.TypeClientHello, tls.TypeServerHello, tls.TypeHelloVerifyRequest, tls.TypeCertificate:
		return true
	}
	return false
}

// Next implements proto.Joiner.
func (j *joiner) Next(p *proto.Packet) wire.Cursor {
	for {
		if n := len(j.queue); n > 0 {
			m := j.queue[n-1]
			j.queue = j.queue[:n-1]
			return j.giveUp(m, p)
		}
		if j.inner.More() {
			h := part{}
			if !h.parse(&j.inner) {
				j.inner = nil
				continue
			}
			if h.isWanted() {
				if m := j.take(&h, p); m != nil {
					return j.put(m)
				}
			}
			continue
		}
		if j.rest.More() {
			var ok bool
			if j.inner, j.version, ok = j.record(&j.rest, p); !ok {
				j.rest = nil
			}
			continue
		}
		if j.n < len(j.order) && j.memory <= j.limit {
			return nil
		}
		j.evict()
	}
}

// take adds a part to its message. It returns the message if that is whole
// with it.
func (j *joiner) take(h *part, p *proto.Packet) *message {
	if j.dir == nil {
		j.dir = j.open(&p.Key)
	}
	d := j.dir
	i := slices.IndexFunc(d.messages, func(m *message) bool { return m.seq == h.seq && m.kind == h.kind })
	var m *message
	if i >= 0 {
		m = d.messages[i]
		switch {
		case m.length == h.length && m.whole && bytes.Equal(m.body.Bytes[h.offset:h.offset+len(h.data)], h.data):
			return nil // it comes again
		case m.length != h.length || m.whole:
			j.remove(d, i)
			m = nil
		}
	}
	if m == nil {
		if len(d.messages) == maxMessages {
			j.remove(d, 0)
		}
		m = &message{seq: h.seq, version: j.version, kind: h.kind, length: h.length}
		d.messages = append(d.messages, m)
		j.memory += m.memory()
	}
	before := m.memory()
	if len(h.data) > 0 && len(m.body.Spans) < maxGaps {
		m.body.Add(h.offset, h.data)
	}
	m.whole = len(m.body.Begun()) == m.length
	if m.packets == 0 || m.last != p.Number {
		m.packets++
		m.last = p.Number
	}
	if !m.whole && !m.holds {
		m.holds = true
		m.kept.Keep(p)
	}
	j.memory += m.memory() - before
	if !m.whole {
		return nil
	}
	p.Reassembled = m.packets > 1
	d.learn(m)
	m.exchange = d.exchange
	return m
}

// memory is about the number of bytes that it takes.
func (m *message) memory() int { return messageCost + m.body.Memory() }

// learn notes who is the sender of a hello, and how long the connection IDs are
// that it wants to get (RFC 9146, section 3).
func (d *direction) learn(m *message) {
	var extensions tls.Extensions
	switch m.kind {
	case tls.TypeClientHello:
		d.exchange = tls.TypeClientKeyExchange
		var h tls.ClientHello
		h.Parse(m.body.Bytes)
		extensions = h.Extensions
	case tls.TypeServerHello:
		d.exchange = tls.TypeServerKeyExchange
		var h tls.ServerHello
		h.Parse(m.body.Bytes)
		extensions = h.Extensions
	}
	if c := extensions.Find(extConnectionID); c.More() {
		d.cidLen = int(c.Uint8())
	}
}

// put returns a message in one record, with what there is of it from its
// beginning. Behind a Certificate comes what tells who sent it.
func (j *joiner) put(m *message) wire.Cursor {
	body := m.body.Begun()
	n := len(body)
	b := append(j.joined[:0], contentHandshake, m.version[0], m.version[1], 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(handshakeHeaderLen+n))
	b = append(b, byte(m.kind), byte(m.length>>16), byte(m.length>>8), byte(m.length))
	b = binary.BigEndian.AppendUint16(b, m.seq)
	b = append(b, 0, 0, 0, byte(n>>16), byte(n>>8), byte(n))
	b = append(b, body...)
	if m.kind == tls.TypeCertificate && m.exchange != 0 {
		b = append(b, byte(m.exchange))
	}
	j.joined = b
	return j.joined
}

// giveUp returns what there is of a message.
func (j *joiner) giveUp(m *message, p *proto.Packet) wire.Cursor {
	j.counts.Incomplete++
	j.kept = m.kept
	j.kept.Restore(p)
	p.Missing, p.Reassembled = 1, m.packets > 1
	return j.put(m)
}

// open enters a direction.
func (j *joiner) open(k *flow.Key) *direction {
	d := &direction{key: *k}
	j.order[(j.first+j.n)%len(j.order)] = d
	j.n++
	j.counts.Begun++
	j.flows[*k] = d
	return d
}

// evict forgets the oldest direction.
func (j *joiner) evict() {
	d := j.order[j.first]
	j.order[j.first] = nil
	j.first = (j.first + 1) % len(j.order)
	j.n--
	j.counts.Evicted++
	delete(j.flows, d.key)
	if j.dir == d {
		j.dir = nil
	}
	for len(d.messages) > 0 {
		j.remove(d, 0)
	}
}

// remove forgets a message. If it is not whole it is given up.
func (j *joiner) remove(d *direction, i int) {
	m := d.messages[i]
	j.memory -= m.memory()
	m.exchange = d.exchange
	d.messages = slices.Delete(d.messages, i, i+1)
	if !m.whole {
		j.queue = append(j.queue, m)
	}
}

// oldest returns the message that began first of those that are not whole.
func (j *joiner) oldest() (from *direction, index int) {
	least := uint64(0)
	for i := range j.n {
		d := j.order[(j.first+i)%len(j.order)]
		for k, m := range d.messages {
			if !m.whole && (from == nil || m.kept.Number < least) {
				from, index, least = d, k, m.kept.Number
			}
		}
	}
	return from, index
}

// Pending implements proto.Joiner.
func (j *joiner) Pending() (number uint64, ok bool) {
	d, i := j.oldest()
	if d == nil {
		return 0, false
	}
	return d.messages[i].kept.Number, true
}

// Flush implements proto.Joiner.
func (j *joiner) Flush(p *proto.Packet) wire.Cursor {
	d, i := j.oldest()
	if d == nil {
		return nil
	}
	j.remove(d, i)
	m := j.queue[len(j.queue)-1]
	j.queue = j.queue[:len(j.queue)-1]
	return j.giveUp(m, p)
}

// Held implements proto.Joiner.
func (j *joiner) Held() proto.HeldCounts { return j.counts }
