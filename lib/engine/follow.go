package engine

import (
	"bytes"

	"merctools/lib/internal/stream"
	"merctools/lib/packet"
	"merctools/lib/wire"
)

const (
	maxStreams    = 1 << 16 // directions of TCP flows that are followed
	maxStreamsLow = 1 << 14 // the same where memory is scarce

	// settled is how many bytes of a stream are read before gaps are no
	// longer waited for much: most streams are bulk data then.
	settled    = 64 << 10
	settledGap = 8 << 10

	// jump is how far sequence numbers may be off before they are taken for
	// those of another connection.
	jump = 1 << 30
)

// zeros are what pads a packet without data to the least size of an Ethernet
// frame. Some senders and captures count them as data.
var zeros [6]byte

// follow processes a TCP segment, with c at its data, as a part of its stream.
func (w *Worker) follow(c wire.Cursor) {
	p := &w.pkt
	flags, seq := p.Headers.TCPFlags, p.Headers.Seq
	s := w.streams.Find(&p.Key)
	if flags&packet.FlagSYN != 0 {
		seq++
		s = w.begin(s, seq)
		s.Side = stream.Client
		if flags&packet.FlagACK != 0 {
			s.Side = stream.Server
		}
		w.conclude(w.bare(c))
	}
	end := flags&(packet.FlagFIN|packet.FlagRST) != 0
	if !c.More() {
		if end && s != nil {
			w.close(s, seq)
		}
		return
	}
	if s == nil {
		s = w.open(seq)
	}
	if p.Bytes == nil { // there are no numbers: the data carries on
		seq = s.Next
		if s.Held != nil {
			seq += uint32(len(s.Held.Data()))
		}
	}
	offset := w.locate(s, c, seq)
	if s.Zeros > 0 {
		if offset == int(s.Zeros) { // they were data
			w.hold(s, 0, zeros[:offset], 0)
		}
		s.Zeros = 0
	}
	if offset == 0 && s.Held == nil && !end && flags&packet.FlagPSH == 0 && len(c) <= len(zeros) && bytes.Equal(c, zeros[:len(c)]) {
		s.Zeros = uint8(len(c))
		return
	}
	if offset < 0 { // it was read before
		if len(c) <= -offset {
			return
		}
		c.Skip(-offset)
		offset = 0
	}
	switch {
	case s.Held == nil && offset == 0:
		w.readFresh(s, c, end)
	case s.Floating > 0:
		w.followFloating(s, c, offset, end)
	default:
		w.fill(s, c, offset, end)
	}
}

// locate returns the offset, from a stream's Next, of data that begins with a
// sequence number. What lies before the stream's beginning is read.
func (w *Worker) locate(s *stream.Stream, c wire.Cursor, seq uint32) (offset int) {
	if !s.Anchored && s.Read < jump && int32(seq-s.Begin) < 0 {
		w.readBefore(s, c, seq)
	}
	offset = int(int32(seq - s.Next))
	if offset > stream.MaxHeld || offset < -jump {
		w.giveUp(s)
		s.Restart(seq)
		s.Anchored, s.Boundary = true, false
		s.Read = settled // it is in the middle
		return 0
	}
	return offset
}

// readFresh reads data at Next of a stream that holds none.
func (w *Worker) readFresh(s *stream.Stream, c wire.Cursor, end bool) {
	w.claimed = false
	n, need := w.readStream(s, c, 0, end)
	if !s.Anchored && s.Read == 0 && !w.claimed && !end && w.tcpFlows == nil && n == len(c) && n < floatBytes {
		w.float(s, 0, c)
		return
	}
	w.advance(s, c, n, need)
}

// advance makes n bytes of data at Next read, and holds the rest, which waits for
// need bytes.
func (w *Worker) advance(s *stream.Stream, c wire.Cursor, n, need int) {
	s.Advance(n)
	if n < len(c) {
		w.hold(s, 0, c[n:], need)
	}
}

// fill adds data at an offset to what a stream holds, and reads that if there is
// enough now.
func (w *Worker) fill(s *stream.Stream, c wire.Cursor, offset int, end bool) {
	w.hold(s, offset, c, 0)
	h := s.Held
	if h == nil {
		return
	}
	data := h.Data()
	if data == nil || len(data) < h.Need && !end {
		return
	}
	n, need := w.readStream(s, data, h.Last, end && h.Last+len(c) == len(data))
	w.drop(s, n, need)
}

// begin returns the stream that a SYN begins, of which s is what is known
// already.
func (w *Worker) begin(s *stream.Stream, seq uint32) *stream.Stream {
	if s == nil {
		s = w.open(seq)
		s.Anchored = true
		return s
	}
	switch before := int(int32(s.Begin - seq)); {
	case before == 0: // the same SYN again, or one that comes late
	case before < 0 || before > stream.MaxHeld || s.Anchored:
		w.giveUp(s)
		s.Restart(seq)
	case s.Read == 0 && s.Held != nil && w.streams.Rebase(s, before):
		s.Floating, s.Held.Need = 0, 0
	default: // what comes before is still welcome
		return s
	}
	s.Anchored = true
	return s
}

// open enters the present packet's stream.
func (w *Worker) open(next uint32) *stream.Stream {
	if old := w.streams.Oldest(); old != nil {
		w.giveUp(old)
	}
	return w.streams.Open(&w.pkt.Key, next)
}

// readBefore reads data from seq on, before the first data that was seen of a
// stream.
func (w *Worker) readBefore(s *stream.Stream, c wire.Cursor, seq uint32) {
	before := int(s.Begin - seq)
	if s.Read == 0 && s.Held != nil && w.streams.Rebase(s, before) {
		s.Held.Need = 0
		return
	}
	w.piece = stream.Stream{}
	w.piece.Restart(seq)
	w.readStream(&w.piece, c[:min(before, len(c))], 0, true)
	s.Begin = seq
}

// close reads what a stream holds at its end, which has a sequence number. One
// that has overtaken data is not the end yet.
func (w *Worker) close(s *stream.Stream, seq uint32) {
	if h := s.Held; h != nil && h.Gap() == 0 && int(int32(seq-s.Next)) <= len(h.Data()) {
		w.giveUp(s)
	}
}
