package engine

import (
	"merctools/lib/fingerprints"
	"merctools/lib/internal/detect"
	"merctools/lib/members"
	"merctools/lib/proto"
)

// handler is a message value and the interfaces that it has.
type handler struct {
	kind  *proto.Kind // nil for data of an unknown protocol
	msg   proto.Message
	also  *fingerprints.Set // beside NPF's; nil where there are none
	fp    proto.Fingerprinter
	frag  proto.Fragmented
	hold  proto.Holder // with Deep only
	inc   proto.Incomplete
	cls   proto.Classifiable
	ref   proto.Reformattable
	exp   proto.Exposer
	neg   proto.Negotiator
	nonce proto.Noncer
	cert  proto.Certified
	oids  proto.ObjectIdentifier
	sum   proto.Summarizer

	members *members.Message // nil where none are wanted, or the protocol is unknown
}

func newHandler(k *proto.Kind, cfg *Config) handler {
	m := k.New(&cfg.Options)
	h := handler{kind: k, msg: m, also: cfg.Fingerprints.Of(m), members: cfg.Members.NewMessage(m, k)}
	h.fp, _ = m.(proto.Fingerprinter)
	h.frag, _ = m.(proto.Fragmented)
	if cfg.Deep {
		h.hold, _ = m.(proto.Holder)
	}
	h.inc, _ = m.(proto.Incomplete)
	h.cls, _ = m.(proto.Classifiable)
	h.ref, _ = m.(proto.Reformattable)
	h.exp, _ = m.(proto.Exposer)
	h.neg, _ = m.(proto.Negotiator)
	h.nonce, _ = m.(proto.Noncer)
	h.cert, _ = m.(proto.Certified)
	h.sum, _ = m.(proto.Summarizer)
	h.oids, _ = m.(proto.ObjectIdentifier)
	return h
}

// kindOf is the kind of a handler of this worker.
func (w *Worker) kindOf(h *handler) detect.Kind {
	for i := range w.handlers {
		if h == &w.handlers[i] {
			return detect.Kind(i)
		}
	}
	return detect.None
}
