package quic

import (
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

// parseDeep reads all Initial packets in a datagram as those of their
// connection, whose hellos may come in any number of them. found says that
// there is such a packet. The record is that of the packet that makes a hello
// whole, or of one of a client without CRYPTO frames.
func (m *Initial) parseDeep(c wire.Cursor, p *proto.Packet) (found, write bool) {
	n, server := m.connections.find(&p.Key)
	whole, size, crypto := c, len(c), false
	for c.More() {
		var h header
		rest, ok := h.parseNext(c)
		if !ok || n == nil && size < minDatagramLen {
			break
		}
		c = rest
		known := m.opener.suiteOf(&h, &p.Key)
		if known == nil && !m.opener.tries(&h) || known != nil && h.first&initialMask != known.initial {
			continue // another type, such as 0-RTT
		}
		var payload wire.Cursor
		var s *suite
		if n != nil {
			payload, s = m.opener.open(&h, known, n.id[:n.idLen], server, &p.Key)
		}
		if payload == nil && size >= minDatagramLen {
			// The first packet of a connection, or the first after Retry.
			if payload, s = m.opener.open(&h, known, h.dcid, false, &p.Key); payload != nil {
				if n == nil || server || n.client.holds && !h.token.More() {
					n, server = m.connections.open(&p.Key), false
				}
				m.connections.begin(n, h.dcid)
			}
		}
		if payload == nil {
			continue
		}
		found = true
		m.header, m.suite, m.plaintext, m.last = h, s, payload, frame{}
		from := &n.client
		if server {
			from = &n.server
		}
		before := from.memory()
		m.connections.lend(from)
		m.conn, m.crypto, m.fresh = from, false, false
		m.readFrames(payload, false)
		m.conn = nil
		crypto = crypto || m.crypto
		ready := m.fresh && m.take(from, server, p)
		m.connections.memory += from.memory() - before
		if ready {
			return true, true
		}
	}
	if !found && !m.early && size >= minDatagramLen {
		m.connections.hold(whole, p)
	}
	// What a server acknowledges says nothing.
	return found, !crypto && (!server || m.last.kind == typeConnectionClose && m.last.valid)
}

// take reads what a side's stream begins with, to which a packet has added. It
// reports whether that is a whole hello.
func (m *Initial) take(s *side, server bool, p *proto.Packet) bool {
	if s.packets == 0 || s.last != p.Number {
		s.packets++
		s.last = p.Number
	}
	length, whole := m.readSide(s, server)
	if !whole {
		m.client.Parse(nil)
		m.server.Parse(nil)
		if !s.holds && !s.done {
			s.hold(&m.header, m.plaintext, m.suite, p)
		}
		return false
	}
	p.Reassembled = s.packets > 1
	m.connections.conclude(s, length, !server || m.server.IsHelloRetry())
	return true
}

// giveUp makes the message of a side the present one as it is.
func (m *Initial) giveUp(s *side, p *proto.Packet) {
	m.clear, m.suite, m.last = false, s.suite, frame{}
	m.stream.reset()
	m.client.Parse(nil)
	m.server.Parse(nil)
	m.restored = append(m.restored[:0], s.header...)
	m.restored = append(m.restored, s.plaintext...)
	m.plaintext = m.restored[len(s.header):]
	m.datagram = m.plaintext
	m.header.parseNext(m.restored[:len(s.header):len(s.header)])
	m.kept, s.kept = s.kept, m.kept // both are used again
	m.kept.Restore(p)
	data := wire.Cursor(s.data.Begun())
	var h tls.Handshake
	h.Parse(&data)
	m.unfinished = append(m.unfinished[:0], h.Body...)
	switch body := wire.Cursor(m.unfinished); {
	case h.Body == nil:
	case h.Type == tls.TypeClientHello:
		m.client.Parse(body)
	case h.Type == tls.TypeServerHello:
		m.server.Parse(body)
	}
	p.Missing = max(h.Missing, 1)
	p.Reassembled = s.packets > 1
	m.connections.counts.Incomplete++
	m.connections.memory -= s.memory()
	s.holds = false
	m.connections.memory += s.memory()
}

// Next implements proto.Holder.
func (m *Initial) Next(p *proto.Packet) bool {
	for n := m.connections.overdue(); n != nil; n = m.connections.overdue() {
		for _, s := range [...]*side{&n.client, &n.server} {
			if s.holds {
				m.giveUp(s, p)
				return true
			}
		}
		m.connections.evict()
	}
	for e := m.connections.takeEarly(); e != nil; e = m.connections.takeEarly() {
		m.begin(e.data)
		m.kept, e.kept = e.kept, m.kept
		m.kept.Restore(p)
		m.restored = append(m.restored[:0], e.data...)
		e.data = e.data[:0]
		m.early = true
		found, write := m.parseDeep(m.restored, p)
		m.early = false
		if found && write {
			return true
		}
	}
	return false
}

// Pending implements proto.Holder.
func (m *Initial) Pending() (number uint64, ok bool) {
	s := m.connections.pending()
	if s == nil {
		return 0, false
	}
	return s.kept.Number, true
}

// Flush implements proto.Holder.
func (m *Initial) Flush(p *proto.Packet) bool {
	s := m.connections.pending()
	if s == nil {
		return false
	}
	m.giveUp(s, p)
	return true
}

// Held implements proto.Holder.
func (m *Initial) Held() proto.HeldCounts { return m.connections.counts }

// parseNext reads the header of the packet that c begins with. It returns what
// follows the packet.
func (h *header) parseNext(c wire.Cursor) (rest wire.Cursor, ok bool) {
	const long = 0x80
	h.read(&c, false)
	return c, h.first&long != 0 && h.payload.Len() >= sampleOffset+sampleLen
}
