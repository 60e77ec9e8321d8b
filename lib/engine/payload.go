package engine

import (
	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/wire"
)

// Payload does what Packet does for what TCP or UDP carries, or what IP does
// where k.Protocol is neither of them. k is the flow in the direction of the
// payload, which in TCP is what comes next in that direction.
//
// What only headers tell is missing: SYN segments give nothing, and the first
// data of unknown flows is found for UDP only.
func (w *Worker) Payload(dst []byte, k *flow.Key, payload []byte, t int64) (out []byte) {
	w.start(dst, len(payload), t)
	defer w.rescue(dst, &out, 0, nil)
	w.payload(k, wire.Of(payload))
	return w.finish(len(dst))
}

func (w *Worker) payload(k *flow.Key, c wire.Cursor) {
	p := &w.pkt
	p.Key = *k
	w.headers = packet.Headers{Protocol: k.Protocol, SrcPort: k.SrcPort, DstPort: k.DstPort, HasTransport: true}
	p.Headers = &w.headers
	switch k.Protocol {
	case packet.ProtocolTCP:
		w.headers.TCPFlags = packet.FlagACK
		w.headers.Seq = 0 // stands for no number
		if w.streams != nil {
			w.follow(c)
			return
		}
		w.conclude(w.segment(c))
	case packet.ProtocolUDP:
		w.conclude(w.datagram(c))
		w.giveNext()
	default:
		w.conclude(w.bare(c))
	}
}
