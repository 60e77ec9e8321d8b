package engine

import (
	"merctools/lib/flow"
	"merctools/lib/internal/reassembly"
	"merctools/lib/internal/stream"
	"merctools/lib/members"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
)

// writeFrame appends the record of a message that an Ethernet frame carries
// in place of an IP packet.
func (w *Worker) writeFrame(h *handler) {
	w.last = h
	w.reassembled, w.truncated = false, false
	w.fp.Reset()
	w.result.Reset()
	start := w.out.Len()
	if !w.silent {
		w.record = envelope.Record{Message: h.msg, Members: w.addMembers(h, nil), Time: w.pkt.Time}
		w.writeRecord()
	}
	w.endRecord(start)
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
	start := w.out.Len()
	truncated := p.Missing != 0 || w.completed != nil && w.completed.Incomplete()
	if w.inStream {
		truncated = w.cameAs.Truncated
	}
	w.reassembled, w.truncated = w.completed != nil || w.inStream && w.cameAs.Reassembled, truncated
	w.analyze(h)
	if w.observer != nil {
		w.observeNames(h)
	}
	w.assess(h, truncated)
	settled := w.settle()
	if w.silent {
		w.endRecord(start)
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
	if w.engine.cfg.FDC != 0 {
		w.fdc.Reset(0)
		if w.writeFDC(h, w.engine.cfg.FDC) {
			r.FDC = w.fdc.Bytes()
		}
	}
	switch {
	case p.Reassembled:
		w.cameAs = stream.Joined{Reassembled: true, Truncated: truncated}
		r.Reassembly = &w.cameAs
	case w.inStream:
		if w.cameAs.Reassembled || truncated {
			r.Reassembly = &w.cameAs
		}
	case w.completed != nil:
		r.Reassembly = w.completed
	case truncated && !w.pending:
		r.Reassembly = reassembly.Missing{}
	}
	if w.engine.cfg.Metadata {
		r.WithIP = true
	}
	if w.matcher != nil {
		r.Indicators = (*matches)(w)
	}
	r.Members = w.addMembers(h, &p.Key)
	w.writeRecord()
	if !settled {
		w.deferred[len(w.deferred)-1].At = r.AnalysisAt
	}
	w.endRecord(start)
}

// matches writes the indicators that match a Worker's present record.
type matches Worker

// WriteMatches implements envelope.Matcher.
func (m *matches) WriteMatches(w *record.Writer, fingerprints, message []byte) {
	var fp []byte
	if m.fp.Type() != npf.None {
		fp = m.fp.Bytes()
	}
	m.matcher.Write(w, &m.pkt.Key, m.context.ServerName, m.context.UserAgent, fp, fingerprints, message)
}

// writeRecord writes the record, within its limit and in its form.
func (w *Worker) writeRecord() {
	r := &w.record
	r.Limit, r.Shortener = w.engine.cfg.RecordLimit, &w.shortener
	r.Normalizer = w.normalizer
	r.Write(&w.out)
	if r.LeftOut > 0 {
		w.stats.Shortened++
	}
}

// addMembers returns what writes the members on demand, nil where there are
// none. k is nil where the packet has no flow.
func (w *Worker) addMembers(h *handler, k *flow.Key) *members.Set {
	if w.members == nil {
		return nil
	}
	m := &w.members.Packet
	m.Message, m.Kind = h.msg, h.kind
	m.Headers, m.Bytes, m.Flow, m.Time = w.pkt.Headers, w.pkt.Bytes, k, w.pkt.Time
	m.Origin = w.origin()
	return w.members
}

// WantsOrigin reports whether records tell where their packets come from, so
// that SetOrigin should be called.
func (w *Worker) WantsOrigin() bool { return w.members != nil }

// SetOrigin tells where the packet comes from that is processed next: it is
// number i of a batch. What o says is asked when there is a record. o may be
// nil.
func (w *Worker) SetOrigin(o members.Origins, i int) { w.batch, w.index = o, i }

// origin is where the present packet comes from.
func (w *Worker) origin() members.Origin {
	if w.batch == nil {
		return w.members.Origin
	}
	return w.batch.Origin(w.index)
}
