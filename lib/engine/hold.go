package engine

import (
	"merctools/lib/internal/stream"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// hold keeps data of a stream until more comes. Where there is too much, what
// is there is read as it is.
func (w *Worker) hold(s *stream.Stream, offset int, data wire.Cursor, need int) {
	w.kept = true
	limit := stream.MaxHeld
	if s.Read > settled && offset > 0 && (s.Held == nil || s.Held.Gap() > 0) {
		limit = settledGap
	}
	if s.Held == nil {
		for old := w.streams.Full(); old != nil; old = w.streams.Full() {
			w.streams.Dropped++
			w.giveUp(old.Stream())
		}
		h := w.streams.Hold(s)
		w.began(h)
	}
	h := s.Held
	if need != 0 {
		h.Need = need
	}
	if offset+len(data) <= limit && w.streams.Add(h, offset, data) {
		for old := w.streams.Overfull(); old != nil; old = w.streams.Overfull() {
			w.streams.Dropped++
			w.giveUp(old.Stream())
		}
		return
	}
	w.streams.Dropped++
	next := s.Next + uint32(offset)
	w.giveUp(s)
	if d := int(int32(next - s.Next)); d >= 0 {
		s.Next, s.Boundary = next, false
		n, _ := w.readStream(s, data, 0, true)
		s.Advance(max(n, len(data)))
	}
}

// began notes that the present packet begins what a stream holds.
func (w *Worker) began(h *stream.Held) {
	p := &w.pkt
	w.streams.Began(h, &p.Key, p.Time, w.number, p.Headers, p.Bytes)
	if w.members != nil {
		h.Origin = w.members.Origin()
	}
}

// drop forgets n bytes of what a stream holds, which have been read. need is
// what the rest waits for.
func (w *Worker) drop(s *stream.Stream, n, need int) {
	h := s.Held
	s.Advance(n)
	if h.Empty() {
		w.streams.Release(s)
		return
	}
	h.Need = need
	if n > 0 { // what is left came with the present packet, or waits behind a gap
		w.began(h)
		h.Packets = 1
	}
}

// giveUp reads what a stream holds as it is, and passes over the gaps.
func (w *Worker) giveUp(s *stream.Stream) {
	h := s.Held
	if h == nil {
		return
	}
	saved := w.pkt
	if w.members != nil {
		defer w.members.SetOrigin(w.members.SetOrigin(h.Origin))
	}
	w.pkt = proto.Packet{Key: h.Key, Time: h.Time, Headers: &h.Headers, Bytes: h.Header}
	w.flushing = true
	for !h.Empty() {
		if gap := h.Gap(); gap > 0 {
			s.Advance(gap)
			s.Boundary = false
			s.Dot = min(s.Dot, 1)
		}
		data := h.Data()
		n, _ := w.readStream(s, data, len(data), true)
		s.Advance(max(n, len(data)))
	}
	w.flushing = false
	w.streams.Release(s)
	w.pkt = saved
}
