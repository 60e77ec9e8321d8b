package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// datagram processes a UDP datagram, with c at its data, and returns the
// message to write, or nil. Where the datagram's own header is cut off, the
// ports in the flow's key are those of a tunnel, and identify nothing.
func (w *Worker) datagram(c wire.Cursor) *handler {
	p := &w.pkt
	var src, dst uint16
	if p.Headers.HasTransport {
		src, dst = p.Key.SrcPort, p.Key.DstPort
	}
	for _, j := range w.joiners {
		if j.Add(c, p) {
			w.readJoined(j)
			return nil
		}
	}
	first := w.udpFlows != nil && c.More() && w.udpFlows.IsNew(&p.Key, p.Time/1e9)
	kind := w.engine.udp.Find(c, src, dst)
	if kind == detect.None || w.engine.kinds[kind].New == nil {
		if first {
			w.initialUDP.msg.Parse(c, p)
			return &w.initialUDP
		}
		return nil
	}
	h := &w.handlers[kind]
	parsed := h.msg.Parse(c, p)
	if h.hold != nil {
		w.holder = h
		if !parsed {
			return nil
		}
		return h
	}
	if w.reassembler != nil && h.frag != nil && !p.Unclaimed {
		return w.reassembleFragments(h, parsed)
	}
	if !parsed {
		return nil
	}
	return h
}

// readJoined reads and writes the messages that a Joiner has found in the
// present datagram.
func (w *Worker) readJoined(j proto.Joiner) {
	saved := w.pkt
	for data := j.Next(&w.pkt); data != nil; data = j.Next(&w.pkt) {
		w.writeMessage(data)
		w.pkt = saved
	}
	w.kept = true // parts of a message may be in it
}

// writeMessage parses and writes a message that a Joiner has found.
func (w *Worker) writeMessage(data wire.Cursor) {
	p := &w.pkt
	kind := w.engine.udp.Find(data, p.Key.SrcPort, p.Key.DstPort)
	if kind == detect.None || w.engine.kinds[kind].New == nil {
		return
	}
	h := &w.handlers[kind]
	if !h.msg.Parse(data, p) {
		return
	}
	if p.Kept != nil {
		w.writeHeld(h)
		return
	}
	w.conclude(h)
}

// reassembleFragments puts the fragments in a datagram together with those of
// others, where its message needs more. It returns the message to write, or
// nil.
func (w *Worker) reassembleFragments(h *handler, parsed bool) *handler {
	p := &w.pkt
	whole := h
	if !parsed {
		whole = nil
	}
	offset, length, id := h.frag.Extent()
	if length == 0 || offset == 0 && p.Missing == 0 || uint64(length)+uint64(p.Missing) > reassembly.MaxReassembly {
		return whole
	}
	if w.alone {
		w.inFlow = true
		return nil
	}
	sec := p.Time / 1e9
	part, state := w.reassembler.Find(&p.Key, sec, id)
	frags := w.frags[:0]
	switch {
	case state == reassembly.Absent && p.Missing == 0, state == reassembly.Foreign:
		return whole
	case state == reassembly.Absent:
		frags = h.frag.Fragments(frags, true)
		if len(frags) == 0 {
			return whole
		}
		part = w.reassembler.Begin(&p.Key, p.Headers.Flow, sec, frags[0], p.Missing, false, id)
		w.frags, frags = frags, frags[1:]
	default:
		frags = h.frag.Fragments(frags, false)
		w.frags = frags
		if len(frags) == 0 {
			w.pending = true
			return whole
		}
	}
	w.kept = true
	for _, f := range frags {
		if part.State() == reassembly.Progress {
			part.Add(f)
		}
	}
	if part.State() == reassembly.Progress {
		return nil
	}
	w.completed = part
	if !h.frag.Reparse(part.Data()) {
		return nil
	}
	return h
}
