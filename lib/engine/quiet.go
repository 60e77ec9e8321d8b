package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/packet"
)

// Most packets of a transfer begin no message, and belong to none. A worker
// passes over them. Where another goroutine has read their headers it does not get
// them, or does not look at their bytes: these are in the cache of another
// processor, and to fetch them takes longer than all the rest.

// part is what a packet may be to a message; where it isn't sure, its beginning.
func (e *Engine) part(h *packet.Headers, data []byte) packet.Part {
	switch {
	case !e.quiet(h, data):
		return packet.PartBegin
	case e.cfg.Reassembly && h.Protocol == packet.ProtocolTCP && h.PayloadLen() > 0 && h.PayloadLen() <= reassembly.MaxReassembly:
		return packet.PartRest
	}
	return packet.PartNone
}

// quiet reports whether no message begins in a packet.
func (e *Engine) quiet(h *packet.Headers, data []byte) bool {
	if !h.HasTransport || h.Fragment || e.cfg.Deep {
		return false
	}
	c := h.Payload(data)
	switch h.Protocol {
	case packet.ProtocolTCP:
		if e.cfg.NonselectedTCPData || h.TCPFlags&packet.FlagSYN != 0 {
			return false
		}
		return !c.More() || e.tcp.Find(c, h.SrcPort, h.DstPort) == detect.None &&
			!e.tcp.HasWord(c) && e.tcp.BySize(c.Len()) == detect.None
	case packet.ProtocolUDP:
		return !e.cfg.NonselectedUDPData && e.udp.Find(c, h.SrcPort, h.DstPort) == detect.None
	}
	return false
}

// carriesOn reports whether a packet in which no message begins may carry on with
// one.
func (w *Worker) carriesOn(h *packet.Headers, t int64) bool {
	return h.Part == packet.PartRest && w.MayCarryOn(h.Flow, t)
}
