package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/packet"
	"merctools/lib/wire"
)

// segment processes a TCP segment, with c at its data, and returns the
// message to write, or nil.
func (w *Worker) segment(c wire.Cursor) *handler {
	p := &w.pkt
	sec := p.Time / 1e9
	switch {
	case p.Headers.TCPFlags&packet.FlagSYN != 0:
		if w.opened != nil {
			w.opened.SYN(&p.Key, sec, p.Headers.Seq)
		}
		if kind := w.e.ip[packet.ProtocolTCP]; kind != detect.None {
			if h := &w.handlers[kind]; h.msg.Parse(c, p) {
				return h
			}
		}
		return nil
	case w.opened != nil && p.Headers.TCPFlags&(packet.FlagFIN|packet.FlagRST) != 0:
		w.opened.Close(&p.Key)
		return nil
	case !c.More():
		return nil
	}
	first := w.opened != nil && w.opened.IsFirst(&p.Key, sec, p.Headers.Seq)
	h, parsed := w.stream(c, first)
	if w.parts == nil {
		return parsed
	}
	return w.reassembleStream(c, h, parsed)
}

// stream finds the message that the data of a stream begins with. claimed is
// its handler, and parsed the same one where there is something to write.
// first says that data of an unknown protocol is to be written.
func (w *Worker) stream(c wire.Cursor, first bool) (claimed, parsed *handler) {
	p := &w.pkt
	t := &w.e.tcp
	kind := t.Find(c, p.Key.SrcPort, p.Key.DstPort)
	if kind == detect.None {
		w.kinds = t.ByWord(w.kinds[:0], c, p.Key.DstPort)
		for _, k := range w.kinds {
			if h := &w.handlers[k]; h.msg.Parse(c, p) {
				return h, h
			}
		}
		kind = t.BySize(c.Len())
	}
	if kind != detect.None {
		h := &w.handlers[kind]
		p.Unclaimed = false
		switch ok := h.msg.Parse(c, p); {
		case ok:
			return h, h
		case p.Unclaimed:
			return nil, nil
		}
		return h, nil
	}
	if first {
		w.initialTCP.msg.Parse(c, p)
		return &w.initialTCP, &w.initialTCP
	}
	return nil, nil
}

// reassembleStream puts the data of a segment together with that of others,
// where its message needs more than the segment holds. It returns the message
// to write, or nil.
func (w *Worker) reassembleStream(c wire.Cursor, claimed, parsed *handler) *handler {
	p := &w.pkt
	if p.Missing == 0 && claimed != nil && !p.Supplementary {
		return parsed
	}
	if p.Missing > reassembly.MaxReassembly || c.Len() > reassembly.MaxReassembly {
		return parsed
	}
	sec := p.Time / 1e9
	part, state := w.parts.Find(&p.Key, sec, nil)
	switch {
	case state == reassembly.Absent && p.Supplementary:
		return parsed
	case state == reassembly.Absent && p.Missing != 0:
		part = w.parts.Begin(&p.Key, sec, reassembly.Fragment{Offset: p.Headers.Seq, Data: c}, p.Missing, p.Indefinite, nil)
		part.Owner = w.number(claimed)
	case state == reassembly.Progress:
		offset := p.Headers.Seq
		if offset == 0 { // stands for no number: the data carries on
			offset = uint32(len(part.Data()))
		}
		part.Add(reassembly.Fragment{Offset: offset, Data: c})
		if part.Indefinite && part.State() == reassembly.Progress {
			if inc := w.handlers[part.Owner].inc; inc != nil {
				part.Settle(inc.MissingFrom(part.Data()))
			}
		}
	default:
		return nil
	}
	w.kept = true
	if part.State() == reassembly.Progress {
		return nil
	}
	w.done = part
	_, parsed = w.stream(part.Data(), w.opened != nil)
	return parsed
}

// datagram processes a UDP datagram, with c at its data, and returns the
// message to write, or nil. Where the datagram's own header is cut off, the
// ports in the flow's key are those of a tunnel, and identify nothing.
func (w *Worker) datagram(c wire.Cursor) *handler {
	p := &w.pkt
	var src, dst uint16
	if p.Headers.HasTransport {
		src, dst = p.Key.SrcPort, p.Key.DstPort
	}
	first := w.seen != nil && c.More() && w.seen.IsNew(&p.Key, p.Time/1e9)
	kind := w.e.udp.Find(c, src, dst)
	if kind == detect.None || w.e.kinds[kind].New == nil {
		if first {
			w.initialUDP.msg.Parse(c, p)
			return &w.initialUDP
		}
		return nil
	}
	h := &w.handlers[kind]
	parsed := h.msg.Parse(c, p)
	if w.parts != nil && h.frag != nil && !p.Unclaimed {
		return w.reassembleFragments(h, parsed)
	}
	if !parsed {
		return nil
	}
	return h
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
	sec := p.Time / 1e9
	part, state := w.parts.Find(&p.Key, sec, id)
	frags := w.frags[:0]
	switch {
	case state == reassembly.Absent && p.Missing == 0, state == reassembly.Foreign:
		return whole
	case state == reassembly.Absent:
		frags = h.frag.Fragments(frags, true)
		if len(frags) == 0 {
			return whole
		}
		part = w.parts.Begin(&p.Key, sec, frags[0], p.Missing, false, id)
		w.frags, frags = frags, frags[1:]
	default:
		frags = h.frag.Fragments(frags, false)
		w.frags = frags
		if len(frags) == 0 {
			w.busy = true
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
	w.done = part
	if !h.frag.Reparse(part.Data()) {
		return nil
	}
	return h
}

// number is the kind of a handler of this worker.
func (w *Worker) number(h *handler) detect.Kind {
	for i := range w.handlers {
		if h == &w.handlers[i] {
			return detect.Kind(i)
		}
	}
	return detect.None
}
