package engine

import (
	"merctools/lib/internal/stream"
	"merctools/lib/members"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// giveNext writes the messages that the present datagram has made readable, or
// that its protocol gives up.
func (w *Worker) giveNext() {
	h := w.holder
	if h == nil {
		return
	}
	for saved := w.pkt; h.hold.Next(&w.pkt); w.pkt = saved {
		w.writeHeld(h)
	}
}

// writeHeld writes a message of an earlier packet.
func (w *Worker) writeHeld(h *handler) {
	if w.members != nil {
		from, _ := w.pkt.Kept.Origin.(members.Origin)
		defer w.members.SetOrigin(w.members.SetOrigin(from))
	}
	w.conclude(h)
}

// Pending returns the number of the packet with which the next record begins
// that Flush writes. ok is false where there is none.
func (w *Worker) Pending() (number uint64, ok bool) {
	held, from, number := w.oldest()
	return number, held != nil || from != nil
}

// oldest returns what was held first: data of a stream, or what a handler (with
// a proto.Holder) or a proto.Joiner holds; and the number of the packet that
// began it.
func (w *Worker) oldest() (held *stream.Held, from any, number uint64) {
	if w.streams == nil {
		return nil, nil, 0
	}
	if held = w.streams.First(); held != nil {
		number = held.Number
	}
	older := func(n uint64, ok bool) bool { return ok && (held == nil && from == nil || n < number) }
	for _, x := range w.holders {
		if n, ok := x.hold.Pending(); older(n, ok) {
			held, from, number = nil, x, n
		}
	}
	for _, x := range w.joiners {
		if n, ok := x.Pending(); older(n, ok) {
			held, from, number = nil, x, n
		}
	}
	return held, from, number
}

// Flush appends the records of what Pending tells of to dst: messages of
// which parts have not come by the end of the input.
func (w *Worker) Flush(dst []byte) (out []byte) {
	held, from, _ := w.oldest()
	w.start(dst, 0, 0)
	w.stats.Packets--
	defer w.rescue(dst, &out, 0, nil)
	switch h := from.(type) {
	case *handler:
		if h.hold.Flush(&w.pkt) {
			w.writeHeld(h)
		}
		return w.finish(len(dst))
	case proto.Joiner:
		if data := h.Flush(&w.pkt); data != nil {
			w.writeMessage(data)
		}
		return w.finish(len(dst))
	}
	w.pkt.Time = held.Time
	s := held.Stream()
	defer func() { // also where a parser fails
		if s.Held != nil {
			w.streams.Release(s)
		}
	}()
	w.giveUp(s)
	return w.finish(len(dst))
}

// Rest appends the records of what there is of IP packets whose fragments did
// not all come, where the Worker reads the headers of packets itself. It is for
// the end of the input, before Flush.
func (w *Worker) Rest(dst []byte) []byte {
	w.joined = w.joined[:0]
	w.reader.Rest(&w.joined, func(h *packet.Headers, data []byte, t int64) {
		dst = w.Decoded(dst, h, data, t)
		w.stats.Packets--
		w.stats.Bytes -= uint64(len(data))
	})
	return dst
}
