package engine

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/internal/stream"
	"merctools/lib/members"
	"merctools/lib/npf"
	"merctools/lib/proto"
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
	w.context = proto.Context{}
	start := w.out.Len()
	if !w.silent {
		r := &w.frameRecord
		r.Message, r.Time = h.msg, w.pkt.Time
		w.beginMembers(h)
		w.writeRecord(r)
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
	r.Further, r.Message, r.Assessment = h.also, h.msg, w.assessment.Bytes()
	r.Headers, r.Packet, r.Time = p.Headers, p.Bytes, p.Time
	if w.engine.cfg.Context {
		r.Formats = w.formats.list
	}
	if w.engine.cfg.FDC != 0 {
		r.FDC = nil
		w.fdc.Reset(0)
		if w.writeFDC(h, w.engine.cfg.FDC) {
			r.FDC = w.fdc.Bytes()
		}
	}
	r.Reassembly = w.howItCame(truncated)
	w.beginMembers(h)
	w.writeRecord(r)
	if !settled {
		w.deferred[len(w.deferred)-1].At = r.AnalysisAt
	}
	w.endRecord(start)
}

// howItCame returns what tells of the packets that the present message came in; nil
// where it came in one.
func (w *Worker) howItCame(truncated bool) envelope.Section {
	switch {
	case w.pkt.Reassembled:
		w.cameAs = stream.Joined{Reassembled: true, Truncated: truncated}
		return &w.cameAs
	case w.inStream && (w.cameAs.Reassembled || truncated):
		return &w.cameAs
	case w.inStream:
		return nil
	case w.completed != nil:
		return w.completed
	case truncated && !w.pending:
		return reassembly.Missing{}
	}
	return nil
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

// prepareRecords sets what all records have in common.
func (w *Worker) prepareRecords() {
	cfg := &w.engine.cfg
	w.frameRecord = envelope.Record{
		Limit:      cfg.RecordLimit,
		Shortener:  &w.shortener,
		Normalizer: w.normalizer,
		Members:    w.members,
	}
	w.record = w.frameRecord
	r := &w.record
	r.Fingerprint, r.Analysis, r.Flow = &w.fp, &w.result, &w.pkt.Key
	r.Places = cfg.Places
	r.WithIP, r.WithFDC = cfg.Metadata, cfg.FDC != 0
	if cfg.Context {
		r.Context = &w.context
	}
	if w.matcher != nil {
		r.Indicators = (*matches)(w)
	}
	w.frameRecord.Prepare()
	r.Prepare()
}

// writeRecord writes a record, within its limit and in its form.
func (w *Worker) writeRecord(r *envelope.Record) {
	r.LeftOut = 0
	r.Write(&w.out)
	if r.LeftOut > 0 {
		w.stats.Shortened++
	}
}

// beginMembers begins with the members on demand of a message.
func (w *Worker) beginMembers(h *handler) {
	if w.members != nil {
		w.members.Begin(h.members)
	}
}

// WantsOrigin reports whether records tell where their packets come from, so
// that SetSource should be called.
func (w *Worker) WantsOrigin() bool { return w.members != nil }

// SetSource tells where the next packets come from.
func (w *Worker) SetSource(s members.Source) {
	if w.members != nil {
		w.members.SetSource(s)
	}
}
