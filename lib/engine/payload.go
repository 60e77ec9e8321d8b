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
	w.count(len(payload), t)
	w.prepare(dst, t)
	defer w.rescue(dst, &out, 0, nil)
	w.setFlow(k)
	w.network(wire.Of(payload))
	return w.finish(len(dst))
}

// PayloadEnd does what Payload does for the data of a TCP flow that waits for more of
// it to come: it is read as it is. Fragments of datagrams that wait for others are
// given up.
func (w *Worker) PayloadEnd(dst []byte, k *flow.Key, t int64) (out []byte) {
	w.forget(t)
	w.prepare(dst, t)
	defer w.rescue(dst, &out, 0, nil)
	w.setFlow(k)
	switch {
	case w.reassembler == nil:
	case k.Protocol == packet.ProtocolUDP:
		w.reassembler.Forget(k)
	case k.Protocol != packet.ProtocolTCP:
	case w.streams != nil:
		if s := w.streams.Find(k); s != nil {
			w.giveUp(s)
		}
	default:
		if part, state := w.reassembler.Find(k, t/1e9, nil); state == reassembly.Progress {
			w.completed = part
			_, h := w.stream(part.Data(), false)
			w.conclude(h)
		}
	}
	return w.finish(len(dst))
}

// setFlow gives the present packet, of which there is only a payload, the headers
// that its flow tells. A sequence number of 0 stands for none.
func (w *Worker) setFlow(k *flow.Key) {
	w.headers = packet.Headers{Protocol: k.Protocol, SrcPort: k.SrcPort, DstPort: k.DstPort, HasTransport: true}
	if k.Protocol == packet.ProtocolTCP {
		w.headers.TCPFlags = packet.FlagACK
	}
	w.pkt.Key, w.pkt.Headers = *k, &w.headers
}
