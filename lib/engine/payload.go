package engine

import (
	"merctools/lib/flow"
	"merctools/lib/internal/reassembly"
	"merctools/lib/packet"
	"merctools/lib/wire"
)

// Payload does what Packet does for what TCP or UDP carries, or what IP does
// where k.Protocol is neither of them. k is the flow in the direction of the
// payload, which in TCP is what comes next in that direction.
//
// What only headers tell is missing: SYN segments give nothing.
func (w *Worker) Payload(dst []byte, k *flow.Key, payload []byte, t int64) (out []byte) {
	w.start(dst, len(payload), t)
	defer w.rescue(dst, &out, 0, nil)
	w.payload(k, wire.Of(payload))
	return w.finish(len(dst))
}

// PayloadEnd does what Payload does for the data of a TCP flow that waits for more of
// it to come: it is read as it is. Fragments of datagrams that wait for others are
// given up.
func (w *Worker) PayloadEnd(dst []byte, k *flow.Key, t int64) (out []byte) {
	w.start(dst, 0, t)
	defer w.rescue(dst, &out, 0, nil)
	switch {
	case w.reassembler == nil:
	case k.Protocol == packet.ProtocolUDP:
		w.reassembler.Forget(k)
	case k.Protocol == packet.ProtocolTCP:
		if part, state := w.reassembler.Find(k, t/1e9, nil); state == reassembly.Progress {
			p := &w.pkt
			p.Key = *k
			w.headers = packet.Headers{Protocol: k.Protocol, SrcPort: k.SrcPort, DstPort: k.DstPort, HasTransport: true, TCPFlags: packet.FlagACK}
			p.Headers = &w.headers
			w.completed = part
			_, h := w.stream(part.Data(), false)
			w.conclude(h)
		}
	}
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
