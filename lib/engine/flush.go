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
	holder, number := w.oldest()
	return number, holder != nil
}

// oldest returns what holds what came first: a *stream.Held, a *handler (with a
// proto.Holder), a proto.Joiner, or nil; and the number of the packet that began
// it.
func (w *Worker) oldest() (holder any, number uint64) {
	if w.streams == nil {
		return nil, 0
	}
	if h := w.streams.First(); h != nil {
		holder, number = h, h.Number
	}
	older := func(n uint64, ok bool) bool { return ok && (holder == nil || n < number) }
	for _, x := range w.holders {
		if n, ok := x.hold.Pending(); older(n, ok) {
			holder, number = x, n
		}
	}
	for _, x := range w.joiners {
		if n, ok := x.Pending(); older(n, ok) {
			holder, number = x, n
		}
	}
	return holder, number
}

// Flush appends the records of what Pending tells of to dst: messages of
// which parts have not come by the end of the input.
func (w *Worker) Flush(dst []byte) (out []byte) {
	holder, _ := w.oldest()
	w.forget(0)
	w.prepare(dst, 0)
	defer w.rescue(dst, &out, 0, nil)
	switch h := holder.(type) {
	case *stream.Held:
		w.giveUp(h.Stream())
	case *handler:
		if h.hold.Flush(&w.pkt) {
			w.writeHeld(h)
		}
	case proto.Joiner:
		if data := h.Flush(&w.pkt); data != nil {
			w.writeMessage(data)
		}
	}
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
