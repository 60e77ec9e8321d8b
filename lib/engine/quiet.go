package engine

import (
	"merctools/lib/internal/detect"
	"merctools/lib/internal/reassembly"
	"merctools/lib/packet"
)

// Most packets of a transfer begin no message, and belong to none. A worker
// passes over them. Where it gets them from another goroutine it does not look at
// their bytes: these are in the cache of the processor that has read the headers,
// and to fetch them takes longer than all the rest.

// quiet reports whether no message begins in a packet: a worker need not see
// it unless its flow is in reassembly. It says no where it isn't sure.
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

// carriesOn reports whether a quiet packet may carry on with a message.
func (w *Worker) carriesOn(h *packet.Headers, t int64) bool {
	if w.reassembler == nil || h.Protocol != packet.ProtocolTCP {
		return false
	}
	n := h.PayloadLen()
	return n > 0 && n <= reassembly.MaxReassembly && w.reassembler.MayHave(h.Flow, t/1e9)
}

// mark does what packet.Reader.Mark does, for a packet of a Worker's own.
func (w *Worker) mark(h *packet.Headers, data []byte) {
	if w.reassembler != nil {
		h.Flow = uint32(h.Hash(data))
	}
	h.Quiet = w.engine.quiet(h, data)
}
