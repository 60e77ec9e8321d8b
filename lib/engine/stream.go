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
	// Quirk Q16: data in a SYN is not read.
	case p.Headers.TCPFlags&packet.FlagSYN != 0:
		if w.tcpFlows != nil {
			w.tcpFlows.SYN(&p.Key, sec, p.Headers.Seq)
		}
		return w.bare(c)
	// Quirk Q17: data in a FIN is not read then, where records are written.
	case w.tcpFlows != nil && !w.silent && p.Headers.TCPFlags&(packet.FlagFIN|packet.FlagRST) != 0:
		w.tcpFlows.Close(&p.Key)
		return nil
	case !c.More():
		return nil
	}
	first := false
	switch {
	case w.tcpFlows == nil:
	case p.Bytes == nil:
		first = w.tcpFlows.IsFirstPayload(&p.Key, sec)
	default:
		first = w.tcpFlows.IsFirst(&p.Key, sec, p.Headers.Seq)
	}
	h, parsed := w.stream(c, first)
	if w.reassembler == nil {
		return parsed
	}
	return w.reassembleStream(c, h, parsed)
}

// stream finds the message that the data of a stream begins with. claimed is
// its handler, and parsed the same one where there is something to write.
// first says that data of an unknown protocol is to be written.
func (w *Worker) stream(c wire.Cursor, first bool) (claimed, parsed *handler) {
	p := &w.pkt
	t := &w.engine.tcp
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
	// Quirk Q20: the sum is not looked at.
	if p.Missing > reassembly.MaxReassembly || c.Len() > reassembly.MaxReassembly {
		return parsed
	}
	if w.alone {
		w.inFlow = true
		return nil
	}
	sec := p.Time / 1e9
	part, state := w.reassembler.Find(&p.Key, sec, nil)
	switch {
	case state == reassembly.Absent && p.Supplementary:
		return parsed
	case state == reassembly.Absent && p.Missing != 0:
		part = w.reassembler.Begin(&p.Key, p.Headers.Flow, sec, reassembly.Fragment{Offset: p.Headers.Seq, Data: c}, p.Missing, p.Indefinite, nil)
		part.Owner = w.kindOf(claimed)
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
	w.completed = part
	_, parsed = w.stream(part.Data(), w.tcpFlows != nil)
	return parsed
}
