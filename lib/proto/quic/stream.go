package quic

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/wire"
)

const (
	// maxStream is the number of bytes at the beginning of the stream that
	// are looked at.
	maxStream = 8192

	// maxPieces is the number of CRYPTO frames of a packet of which the
	// places are kept.
	maxPieces = 20

	// minPiece is the number of bytes at the beginning of the stream from
	// which on its first frame is read by itself. Less than that is read
	// together with what is there of that many bytes.
	minPiece = 10

	none = -1
)

// stream is what CRYPTO frames carry (RFC 9000, section 19.6), put together
// from the frames of one packet.
type stream struct {
	buf    [maxStream]byte
	end    int // where data ends
	begin  int // where data begins
	last   int // where the last piece of data in the stream ends
	lastAt int // where it begins
	total  int // bytes in all pieces

	pieces [maxPieces]piece
	n      int // pieces that are kept
	first  int // the piece that begins the stream, where it is kept
}

// piece is what a CRYPTO frame carries.
type piece struct {
	offset int
	data   wire.Cursor
}

// reset forgets everything.
func (s *stream) reset() {
	clear(s.buf[:s.end])
	s.end, s.begin, s.last, s.lastAt, s.total = 0, maxStream, 0, 0, 0
	s.n, s.first = 0, none
}

// add adds what a frame carries, unless it goes beyond maxStream.
func (s *stream) add(offset uint64, data wire.Cursor) {
	if offset > maxStream || len(data) > maxStream-int(offset) {
		return
	}
	at := int(offset)
	end := at + copy(s.buf[at:], data)
	s.end = max(s.end, end)
	s.begin = min(s.begin, at)
	if at >= s.lastAt {
		s.lastAt, s.last = at, end
	}
	s.total += len(data)
	if at == 0 {
		s.first = s.n
	}
	if s.n < maxPieces {
		s.pieces[s.n] = piece{at, data}
		s.n++
	}
}

// hasGaps reports whether the pieces do not follow each other without a gap
// or an overlap, in whatever order they came.
//
// Quirk Q53: a sum says it.
func (s *stream) hasGaps() bool { return s.total != s.last-s.begin }

// hasFirst reports whether there is a piece that begins the stream, among
// those that are kept.
func (s *stream) hasFirst() bool { return s.first != none && s.first < s.n }

// firstIsShort reports whether that piece is too short to be read by itself.
func (s *stream) firstIsShort() bool { return len(s.pieces[s.first].data) < minPiece }

// hello is where the first handshake message is to be looked for.
func (s *stream) hello() wire.Cursor {
	switch {
	case s.end == 0:
		return nil
	case !s.hasGaps():
		return s.buf[:s.end]
	case !s.hasFirst():
		return nil
	// Quirk Q52: what is there of ten bytes, with zeros between.
	case s.firstIsShort():
		return s.buf[:minPiece]
	}
	return s.pieces[s.first].data
}

// Extent implements proto.Fragmented.
func (m *Initial) Extent() (offset, length uint32, id []byte) {
	id = m.header.dcid
	if len(id) == 0 {
		id = m.header.scid
	}
	s := &m.stream
	if s.end == 0 {
		return 0, 0, id
	}
	return uint32(s.begin), uint32(s.end - s.begin), id
}

// Fragments implements proto.Fragmented. Where bytes of a frame have been
// overwritten by a later one, it is these that are taken.
func (m *Initial) Fragments(dst []reassembly.Fragment, first bool) []reassembly.Fragment {
	s := &m.stream
	if !s.hasGaps() {
		return append(dst, s.fragment(s.begin, s.end))
	}
	skip := none
	if first {
		if !s.hasFirst() {
			return dst
		}
		skip = s.first
		size := len(s.pieces[skip].data)
		if s.firstIsShort() {
			size = min(minPiece, s.end)
		}
		dst = append(dst, s.fragment(0, size))
	}
	for i := range s.pieces[:s.n] {
		if i != skip {
			p := &s.pieces[i]
			dst = append(dst, s.fragment(p.offset, p.offset+len(p.data)))
		}
	}
	return dst
}

func (s *stream) fragment(begin, end int) reassembly.Fragment {
	return reassembly.Fragment{Offset: uint32(begin), Data: s.buf[begin:end]}
}

// Reparse implements proto.Fragmented.
func (m *Initial) Reparse(data wire.Cursor) bool {
	if !m.clear {
		m.readHello(data)
	}
	return true
}
