package quic

import (
	"slices"

	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

const (
	// maxHello is how many bytes of a side's CRYPTO stream are held: a hello
	// has to fit in.
	maxHello = 16 << 10

	maxGaps = 1024 // ranges of the stream with gaps between them

	// maxHellos is how many hellos a side sends: two where the server sends a
	// HelloRetryRequest (RFC 8446, section 4.1.4).
	maxHellos = 2
)

// side is what is known of one side's CRYPTO stream.
type side struct {
	data    reassembly.Buffer // the stream from base on
	base    int               // where the next message begins
	hellos  int               // that were whole
	done    bool              // no hello will come any more
	packets int               // that brought parts of the present message
	last    uint64            // number of the last of them

	// Of the first packet with a part of the present message, where that was
	// not whole with it.
	holds     bool
	kept      proto.Kept
	header    []byte // its header, up to the packet number
	plaintext []byte
	suite     *suite
}

// memory is about the number of bytes that the side holds.
func (s *side) memory() int {
	n := s.data.Memory() + cap(s.header) + cap(s.plaintext)
	if s.holds {
		n += 1 << 10 // headers of a packet, and what tells of it
	}
	return n
}

// reset forgets everything, and returns the number of bytes that were held.
func (s *side) reset() int {
	n := s.memory()
	*s = side{}
	return n
}

// add puts in what a CRYPTO frame carries, and reports whether there is
// anything new.
func (s *side) add(offset uint64, data []byte) bool {
	if offset > uint64(s.base+maxHello) || len(data) == 0 || s.done || len(s.data.Spans) >= maxGaps {
		return false
	}
	first := int(offset) - s.base
	if first < 0 { // of a message that was read
		if -first >= len(data) {
			return false
		}
		data, first = data[-first:], 0
	}
	if len(data) > maxHello-first {
		return false
	}
	fresh, _ := s.data.Add(first, data)
	return fresh
}

// conclude ends a message, and what is held of it. more says that another one
// may follow it.
func (s *side) conclude(length int, more bool) {
	next := side{base: s.base + length, hellos: s.hellos + 1}
	next.done = !more || next.hellos == maxHellos
	if !next.done && len(s.data.Bytes) > length {
		next.data.Bytes, next.data.Spans = slices.Clone(s.data.Bytes), slices.Clone(s.data.Spans)
		next.data.Advance(length)
	}
	*s = next
}

// hold keeps a packet that brings the first part of a message.
func (s *side) hold(h *header, plaintext []byte, from *suite, p *proto.Packet) {
	s.holds = true
	s.kept.Keep(p)
	s.header = append(s.header[:0], h.raw...)
	s.plaintext = append(s.plaintext[:0], plaintext...)
	s.suite = from
}

// readSide reads the message that a side's stream begins with. whole says that
// it is a hello, and all of it; length is that of the message.
func (m *Initial) readSide(s *side, server bool) (length int, whole bool) {
	data := wire.Cursor(s.data.Begun())
	var h tls.Handshake
	h.Parse(&data)
	switch {
	case server && h.Type == tls.TypeServerHello:
		m.server.Parse(h.Body)
		whole = m.server.Ok()
	case !server && h.Type == tls.TypeClientHello:
		m.client.Parse(h.Body)
		whole = m.client.Ok()
	default:
		// Nothing else begins a stream of Initial packets.
		s.done = s.done || h.Body != nil
		return 0, false
	}
	return int(h.Length) + handshakeHeaderLen, whole && h.Missing == 0
}

// handshakeHeaderLen is the length of a type and a length (RFC 8446, section
// 4).
const handshakeHeaderLen = 4
