package engine

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/record/envelope"
)

// writeFrame appends the record of a message that an Ethernet frame carries
// in place of an IP packet.
func (w *Worker) writeFrame(h *handler) {
	w.last = h
	w.fp.Reset()
	w.result.Reset()
	if w.silent {
		return
	}
	w.record = envelope.Record{Message: h.msg, Time: w.pkt.Time}
	w.record.Write(&w.out)
}

// write appends the record of a message.
func (w *Worker) write(h *handler) {
	p := &w.pkt
	w.last = h
	w.fp.Reset()
	w.result.Reset()
	if h.fp != nil {
		h.fp.Fingerprint(&w.fp)
	}
	truncated := p.Missing != 0 || w.completed != nil && w.completed.Incomplete()
	w.analyze(h)
	if w.observer != nil {
		w.observeNames(h)
	}
	w.assess(h, truncated)
	settled := w.settle()
	if w.silent {
		return
	}

	r := &w.record
	*r = envelope.Record{
		Fingerprint: &w.fp,
		Further:     h.also,
		Message:     h.msg,
		Assessment:  w.assessment.Bytes(),
		Analysis:    &w.result,
		Headers:     p.Headers,
		Packet:      p.Bytes,
		Flow:        &p.Key,
		Places:      w.engine.cfg.Places,
		Time:        p.Time,
	}
	if w.engine.cfg.Context {
		r.Context = &w.context
		r.Formats = w.formats.list
	}
	switch {
	case w.completed != nil:
		r.Reassembly = w.completed
	case truncated && !w.pending:
		r.Reassembly = reassembly.Missing{}
	}
	if w.engine.cfg.Metadata {
		r.WithIP = true
	}
	r.Write(&w.out)
	if !settled {
		w.deferred.At = r.AnalysisAt
	}
}
