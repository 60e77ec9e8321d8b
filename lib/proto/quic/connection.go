package quic

import (
	"merctools/lib/flow"
	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
)

const (
	// maxConnections is how many connections are remembered, and
	// maxConnectionsLow the same where memory is scarce. Those that were
	// entered first are forgotten when there are more.
	maxConnections    = 2048
	maxConnectionsLow = 512

	// maxMemory is how many bytes are held of all hellos that are not whole,
	// and maxMemoryLow the same where memory is scarce.
	maxMemory    = 4 << 20
	maxMemoryLow = 1 << 20

	// maxEarly is how many datagrams are held that came before the first of
	// their connection, and maxEarlyBytes the length of the longest.
	maxEarly      = 32
	maxEarlyBytes = 4096

	// connectionCost is about how many bytes a connection takes of which nothing
	// is held.
	connectionCost = 1 << 10
)

// connections are what is known of connections by the flow of their client.
type connections struct {
	byFlow map[flow.Key]*connection
	order  []*connection // a ring: n of them by age from first on
	first  int
	n      int
	max    int
	memory int // bytes that are held
	limit  int // for memory
	free   *connection

	spares []reassembly.Buffer // memory of hellos that were read

	early    []early // a ring, from oldest on by age once it is full
	oldest   int
	readable flow.Key // the client's flow for which early datagrams can be read
	retry    bool     // there may be such
	counts   proto.HeldCounts
}

// connection is a connection. All of its Initial packets are protected with
// keys that follow from the first packet's destination ID, whatever ID later
// ones have (RFC 9001, section 5.2).
type connection struct {
	key    flow.Key // of what the client sends
	id     [maxConnIDLen]byte
	idLen  int
	client side
	server side
}

const (
	maxSpares     = 32
	maxSpareBytes = 8192 // of one
)

// early is a datagram that came before the first of its connection.
type early struct {
	kept proto.Kept
	key  flow.Key
	data []byte
}

func newConnections(o *proto.Options) connections {
	c := connections{byFlow: map[flow.Key]*connection{}, max: maxConnections, limit: maxMemory}
	switch memory := o.Memory.QUIC; {
	case memory > 0:
		// An eighth is for versions that were learned, and an eighth for what
		// does not grow: keys, early datagrams, spare memory.
		c.max = max(memory/4/connectionCost, 1)
		c.limit = memory / 2
	case o.MinimizeRAM:
		c.max, c.limit = maxConnectionsLow, maxMemoryLow
	}
	return c
}

// find returns the connection whose client or server sends in a flow, nil
// where it is not known.
func (c *connections) find(k *flow.Key) (n *connection, server bool) {
	if c.n == 0 {
		return nil, false
	}
	if n = c.byFlow[*k]; n != nil {
		return n, false
	}
	n = c.byFlow[k.Reverse()]
	return n, n != nil
}

// open enters a connection. One that the flow had before stays until it is
// evicted.
func (c *connections) open(k *flow.Key) *connection {
	n := c.free
	if n != nil {
		c.free = nil
	} else {
		n = &connection{}
	}
	if c.order == nil {
		c.order = make([]*connection, c.max+1) // one too many, until the next overdue
	}
	c.order[(c.first+c.n)%len(c.order)] = n
	c.n++
	c.counts.Begun++
	n.key, n.idLen = *k, 0
	c.byFlow[*k] = n
	return n
}

// begin makes an ID the one that keys follow from, and forgets what came
// before.
func (c *connections) begin(n *connection, id []byte) {
	n.idLen = copy(n.id[:], id)
	c.memory -= n.client.reset() + n.server.reset()
	c.retry = c.retry || len(c.early) > 0
	c.readable = n.key
}

// overdue returns the oldest connection where there are too many, or too much
// is held; nil otherwise.
func (c *connections) overdue() *connection {
	if c.n <= c.max && c.memory <= c.limit {
		return nil
	}
	return c.order[c.first]
}

// evict forgets the oldest connection.
func (c *connections) evict() {
	n := c.order[c.first]
	c.order[c.first] = nil
	c.first = (c.first + 1) % len(c.order)
	c.n--
	c.counts.Evicted++
	if c.byFlow[n.key] == n {
		delete(c.byFlow, n.key)
	}
	c.memory -= n.client.reset() + n.server.reset()
	c.free = n
}

// pending returns the side of a connection whose message is not whole and
// began first, or nil.
func (c *connections) pending() (least *side) {
	for i := range c.n {
		n := c.order[(c.first+i)%len(c.order)]
		for _, s := range [...]*side{&n.client, &n.server} {
			if s.holds && (least == nil || s.kept.Number < least.kept.Number) {
				least = s
			}
		}
	}
	return least
}

// hold keeps a datagram that came before the first of its connection.
func (c *connections) hold(data []byte, p *proto.Packet) {
	if len(data) > maxEarlyBytes {
		return
	}
	if len(c.early) < maxEarly {
		c.early = append(c.early, early{})
		c.oldest = len(c.early) - 1
	}
	e := &c.early[c.oldest]
	c.oldest = (c.oldest + 1) % maxEarly
	e.kept.Keep(p)
	e.key = p.Key
	e.data = append(e.data[:0], data...)
}

// takeEarly returns a datagram that can be read since a connection began, the
// oldest first, or nil. It is valid until the next one is held.
func (c *connections) takeEarly() *early {
	if !c.retry {
		return nil
	}
	back := c.readable.Reverse()
	for i := range c.early {
		e := &c.early[(c.oldest+i)%len(c.early)]
		if len(e.data) > 0 && (e.key == c.readable || e.key == back) {
			return e
		}
	}
	c.retry = false
	return nil
}

// lend gives a side memory that was used before, if there is some.
func (c *connections) lend(s *side) {
	if n := len(c.spares); n > 0 && s.data.Bytes == nil {
		s.data = c.spares[n-1]
		s.data.Reset()
		c.spares = c.spares[:n-1]
	}
}

// conclude ends a side's message. Its bytes stay what they are until more is
// added. more says that another one may follow it.
func (c *connections) conclude(s *side, length int, more bool) {
	old := s.data
	s.conclude(length, more)
	if len(c.spares) < maxSpares && old.Memory() <= maxSpareBytes {
		c.spares = append(c.spares, old)
	}
}
