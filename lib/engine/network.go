package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/wire"
)

// decoded processes a packet whose headers have been read.
func (w *Worker) decoded(h *packet.Headers, data []byte) {
	p := &w.pkt
	p.Headers, p.Bytes = h, data
	switch {
	case h.Failed():
		panic("headers can't be read") // as it did elsewhere: rescue counts it
	case h.UnknownLink:
		w.stats.UnknownLink++
	case h.Fragment:
		w.kept = true // nobody knows yet of what
	case h.IsIP():
		h.SetKey(&p.Key, data)
		w.network(h.Payload(data))
	case h.EtherType != packet.EtherTypeNone:
		kind, ok := w.engine.ether[h.EtherType]
		if !ok {
			return
		}
		if m := &w.handlers[kind]; m.msg.Parse(h.Payload(data), p) {
			w.writeFrame(m)
		}
	}
}

// network processes what an IP packet carries behind all tunnels.
func (w *Worker) network(c wire.Cursor) {
	switch h := w.pkt.Headers; h.Protocol {
	case packet.ProtocolTCP:
		switch {
		case !h.HasTransport:
		case w.streams != nil:
			w.follow(c)
		default:
			w.conclude(w.segment(c))
		}
	case packet.ProtocolUDP:
		w.conclude(w.datagram(c))
		w.giveNext()
	default:
		w.conclude(w.bare(c))
	}
}

// bare parses an IP packet by the number of its protocol alone: what is neither
// TCP nor UDP, and a SYN. It returns the message to write, or nil.
func (w *Worker) bare(c wire.Cursor) *handler {
	kind := w.engine.ip[w.pkt.Headers.Protocol]
	if kind == detect.None {
		return nil
	}
	h := &w.handlers[kind]
	if h.msg == nil || !h.msg.Parse(c, &w.pkt) {
		return nil
	}
	return h
}

// conclude writes the message of a packet, if there is one, and forgets the
// parts that it was put together from.
func (w *Worker) conclude(h *handler) {
	if h != nil {
		w.write(h)
	}
	if w.completed != nil {
		w.reassembler.Remove(w.completed)
		w.completed = nil
	}
}
