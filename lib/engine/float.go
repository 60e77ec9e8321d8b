package engine

import (
	"merctools/lib/internal/stream"
	"merctools/lib/wire"
)

const (
	floatBytes    = 16 << 10 // bytes that are held until what comes before them follows
	floatSegments = 8        // segments of these
)

// float holds the first data of a stream whose beginning is not known and in
// which there is no message: it may be the continuation of one whose beginning
// comes later.
func (w *Worker) float(s *stream.Stream, offset int, c wire.Cursor) {
	n := s.Floating + 1
	if w.hold(s, offset, c, 0); s.Held != nil {
		s.Floating = n
	}
}

// followFloating processes data at an offset of a stream whose first data
// floats.
func (w *Worker) followFloating(s *stream.Stream, c wire.Cursor, offset int, end bool) {
	if offset == 0 || offset != len(s.Held.Data()) || !w.isMessage(c) {
		w.float(s, offset, c)
		w.resolve(s, end)
		return
	}
	w.giveUp(s)
	n, need := w.readStream(s, c, 0, end)
	w.advance(s, c, n, need)
}

// resolve reads what a stream holds of its first data, if that makes sense now
// or there is too much of it.
func (w *Worker) resolve(s *stream.Stream, end bool) {
	h := s.Held
	if h == nil {
		return
	}
	if h.Gap() > 0 {
		if end || s.Floating > floatSegments {
			w.giveUp(s)
		}
		return
	}
	data := h.Data()
	w.claimed = false
	n, need := w.readStream(s, data, h.Last, end)
	if !w.claimed && !end && s.Floating <= floatSegments && len(data) < floatBytes {
		return
	}
	s.Floating = 0
	w.drop(s, n, need)
}
