package quic

import (
	"slices"

	"merctools/lib/flow"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

const (
	// maxConnections is how many connections are remembered. Those that were
	// entered first are forgotten when there are more.
	maxConnections = 2048

	// maxHello is how many bytes at the beginning of a connection's CRYPTO
	// stream are kept: a ClientHello has to fit in.
	maxHello = 16 << 10

	maxGaps = 1024 // ranges of the stream with gaps between them
)

// connections are what is known of clients' connections by their flow. The
// zero value is ready.
type connections struct {
	byFlow map[flow.Key]*connection
	order  []*connection // ring, from next on by age once it is full
	next   int
}

// connection is a client's connection. Its Initial packets are protected with
// keys that follow from the first packet's destination ID, whatever ID later
// ones have (RFC 9001, section 5.2).
type connection struct {
	key   flow.Key
	id    [maxConnIDLen]byte
	idLen int
	buf   []byte   // beginning of the CRYPTO stream
	spans [][2]int // ranges of it that are there, in order; ends are excluded
	done  bool     // the ClientHello was whole
}

func (c *connections) find(k *flow.Key) *connection {
	if len(c.byFlow) == 0 {
		return nil
	}
	return c.byFlow[*k]
}

// open enters a flow that find does not know.
func (c *connections) open(k *flow.Key) *connection {
	if c.byFlow == nil {
		c.byFlow = make(map[flow.Key]*connection)
	}
	var n *connection
	if len(c.order) < maxConnections {
		n = &connection{}
		c.order = append(c.order, n)
	} else {
		n = c.order[c.next]
		c.next = (c.next + 1) % maxConnections
		delete(c.byFlow, n.key)
	}
	n.key = *k
	c.byFlow[*k] = n
	return n
}

// begin forgets what came before: packets with a destination ID follow.
func (n *connection) begin(id []byte) {
	n.idLen = copy(n.id[:], id)
	n.buf, n.spans, n.done = n.buf[:0], n.spans[:0], false
}

// add puts in what a CRYPTO frame carries. Where it overlaps with what is
// there, what came first stays. It reports whether there is anything new.
func (n *connection) add(offset uint64, data []byte) bool {
	if offset > maxHello || len(data) > maxHello-int(offset) || len(data) == 0 || len(n.spans) >= maxGaps {
		return false
	}
	first := int(offset)
	last := first + len(data)
	if last > len(n.buf) {
		n.buf = slices.Grow(n.buf, last-len(n.buf))[:last]
	}
	i := 0
	for i < len(n.spans) && n.spans[i][1] < first {
		i++
	}
	at, j, whole := first, i, [2]int{first, last}
	fresh := false
	for ; j < len(n.spans) && n.spans[j][0] <= last; j++ {
		s := n.spans[j]
		if at < s[0] {
			copy(n.buf[at:s[0]], data[at-first:])
			fresh = true
		}
		at = max(at, s[1])
		whole[0], whole[1] = min(whole[0], s[0]), max(whole[1], s[1])
	}
	if at < last {
		copy(n.buf[at:last], data[at-first:])
		fresh = true
	}
	n.spans = slices.Replace(n.spans, i, j, whole)
	return fresh
}

// begun is what is there from the beginning without a gap.
func (n *connection) begun() wire.Cursor {
	if len(n.spans) == 0 || n.spans[0][0] != 0 {
		return nil
	}
	return n.buf[:n.spans[0][1]]
}

// parseDeep reads all Initial packets in a datagram as those of their
// connection, whose ClientHello may come in any number of them. found says
// that there is such a packet. The record is of the packet that makes the
// hello whole, or of one without CRYPTO frames.
func (m *Initial) parseDeep(c wire.Cursor, p *proto.Packet) (found, write bool) {
	n := m.connections.find(&p.Key)
	m.crypto = false
	for first := true; c.More(); first = false {
		var h header
		rest, ok := h.parseNext(c)
		if !ok || first && len(c) < minDatagramLen && n == nil {
			break
		}
		c = rest
		known := m.opener.suiteOf(&h, &p.Key)
		if known == nil && !m.opener.trial || known != nil && h.first&initialMask != known.initial {
			continue // another type, such as 0-RTT
		}
		var payload wire.Cursor
		var s *suite
		if n != nil {
			payload, s = m.opener.open(&h, known, n.id[:n.idLen], &p.Key)
		}
		if payload == nil {
			// The first packet of a connection, or the first after Retry.
			if payload, s = m.opener.open(&h, known, h.dcid, &p.Key); payload == nil {
				continue
			}
			if n == nil {
				n = m.connections.open(&p.Key)
			}
			n.begin(h.dcid)
		}
		found = true
		m.header, m.suite, m.plaintext, m.last = h, s, payload, frame{}
		m.conn, m.fresh = n, false
		m.readFrames(payload, false)
		m.conn = nil
		if !m.fresh || n.done {
			continue
		}
		if data := n.begun(); data.More() {
			if missing := m.readHello(data); missing == 0 && m.client.Ok() {
				n.done = true
				return true, true
			}
			m.client.Parse(nil)
		}
	}
	return found, !m.crypto
}

// parseNext reads the header of the packet that c begins with. It returns what
// follows the packet.
func (h *header) parseNext(c wire.Cursor) (rest wire.Cursor, ok bool) {
	const long = 0x80
	*h = header{}
	whole := c
	if h.first = c.Uint8(); h.first&long == 0 {
		return nil, false
	}
	h.version = c.Bytes(versionLen)
	if h.dcid, ok = readConnID(&c); !ok {
		return nil, false
	}
	if h.scid, ok = readConnID(&c); !ok {
		return nil, false
	}
	s := suiteOf(h.versionNumber())
	if s == nil || h.first&initialMask == s.initial {
		h.token = readBytes(&c, readVarint(&c))
	}
	length := readVarint(&c)
	h.raw = whole.UpTo(len(whole) - c.Len())
	h.payload = readBytes(&c, length)
	return c, h.payload.Len() >= sampleOffset+sampleLen
}
