package engine

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/packet"
)

// Several workers share the packets of a capture. Most packets can be read by any of
// them; those that may belong to a message in several packets, in their order only.

// A FlowUse says what a Worker remembers of flows.
type FlowUse uint8

const (
	// FlowsUnused says that each packet stands for itself.
	FlowsUnused FlowUse = iota
	// FlowsForSome says that some packets depend on earlier ones of their flow.
	// Worker.Alone tells which. What they depend on, workers can share.
	FlowsForSome
	// FlowsForAll says that each packet may.
	FlowsForAll
)

// FlowUse says what the Worker remembers of flows.
func (w *Worker) FlowUse() FlowUse {
	o := &w.engine.cfg.Options
	switch {
	case o.Deep, o.NonselectedTCPData, o.NonselectedUDPData, o.QUICTrialDecryption, w.members.KeepsFlows():
		return FlowsForAll
	case !o.Reassembly:
		return FlowsUnused
	case w.observer != nil: // which needs packets in their order
		return FlowsForAll
	}
	return FlowsForSome
}

// Flows are what a Worker remembers of flows, with FlowsForSome.
type Flows struct{ reassembler *reassembly.Reassembler }

// Flows returns what the Worker remembers of flows.
func (w *Worker) Flows() Flows { return Flows{w.reassembler} }

// ShareFlows makes the Worker remember flows together with the one that they are of,
// which counts what becomes of them. InFlow and MayCarryOn must then be called in the
// order of packets, for one at a time. Where memory is divided among workers
// (Config.Memory), they share its part, too.
func (w *Worker) ShareFlows(f Flows) {
	if w.reassembler == f.reassembler {
		return
	}
	if w.engine.cfg.Options.Memory.Messages > 0 {
		f.reassembler.Extend(w.reassembler)
	}
	w.reassembler, w.shares = f.reassembler, true
}

// Alone does what Decoded does, unless that depends on earlier packets of the flow.
// Then done is false, and it writes nothing: InFlow must be called in its turn. For a
// packet that carries on with a message (packet.PartRest), only if MayCarryOn says so
// then, of the hash of the flow.
func (w *Worker) Alone(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte, done bool) {
	w.count(len(data), t)
	if h.Part != packet.PartBegin {
		return dst, false
	}
	done = true // also where a parser fails
	w.prepare(dst, t)
	defer w.rescue(dst, &out, h.LinkType, data)
	w.alone, w.inFlow = true, false
	w.decoded(h, data)
	if w.inFlow {
		return dst, false
	}
	return w.finish(len(dst)), true
}

// MayCarryOn reports whether a packet, captured at a time in nanoseconds, may carry
// on with a message that began in an earlier one of its flow.
func (w *Worker) MayCarryOn(flow uint32, t int64) bool { return w.reassembler.MayHave(flow, t/1e9) }

// InFlow does what Decoded does, for a packet that Alone or PassedOver has counted.
func (w *Worker) InFlow(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	dst = w.Decoded(dst, h, data, t)
	w.stats.Packets--
	w.stats.Bytes -= uint64(len(data))
	return dst
}
