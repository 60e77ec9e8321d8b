// Package annotate adds analyses to records that are lines of JSON.
package annotate

import (
	"slices"

	"merctools/lib/fingerprintdb"
	"merctools/lib/geoip"
	"merctools/lib/hoststats"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/record/envelope"
	"merctools/lib/summary"
)

// Members that an Annotator writes or leaves out.
var (
	fingerprints = envelope.PositionOf("fingerprints")
	context      = envelope.PositionOf("context")
	analysis     = envelope.PositionOf("analysis")
	matches      = envelope.PositionOf("indicators")
	places       = envelope.PositionOf("src_geo")
)

// An Annotator rewrites records. It is for one goroutine.
type Annotator struct {
	Counts Counts

	analyzer    *fingerprintdb.Analyzer
	places      geoip.Places         // nil: records don't tell of places
	observer    *hoststats.Collector // nil: nothing is counted
	objectID    func(oid []byte)     // tells the observer
	model       *fingerprintdb.Model
	converter   npf.Converter
	view        envelope.View
	name        []byte
	agent       []byte
	out         record.Writer
	edits       []edit
	spans       []envelope.Span
	keepContext bool
	matcher     *matcher // nil: no indicators are looked for
}

// Counts says what an Annotator did.
type Counts struct {
	Lines       uint64
	Analyzed    uint64
	Foreign     uint64 // lines that are no records
	OtherFormat uint64 // fingerprints whose format can't be made the archive's
}

// Add adds the counts of another Annotator.
func (c *Counts) Add(o Counts) {
	c.Lines += o.Lines
	c.Analyzed += o.Analyzed
	c.Foreign += o.Foreign
	c.OtherFormat += o.OtherFormat
}

// New returns an Annotator for a model. It writes places unless they are nil,
// and tells the observer, unless it is nil, of what records say of hosts.
func New(m *fingerprintdb.Model, places geoip.Places, observer *hoststats.Collector) *Annotator {
	a := &Annotator{model: m, analyzer: fingerprintdb.NewAnalyzer(m), places: places, observer: observer}
	a.view.Keys = places != nil || observer != nil
	a.view.FingerprintsOnly = !a.view.Keys
	if observer != nil {
		a.objectID = func(oid []byte) { observer.ObjectID(&a.view.Key, oid) }
	}
	return a
}

// Explain says whether analyses tell what they rest on.
func (a *Annotator) Explain(yes bool) { a.analyzer.Explain = yes }

// KeepContext says to leave the member context in records, for those who read
// them next.
func (a *Annotator) KeepContext() { a.keepContext = true }

// A Deferred is an analysis that depends on earlier lines. It belongs into the
// output once a History has resolved it.
type Deferred struct {
	At     int // offset in the output at which it belongs; -1: there is none
	Result fingerprintdb.Result
}

// Append appends a line to dst, with its analysis unless that is deferred,
// without the member context, and with the fingerprint in the archive's
// format. number is the line's, for statistics. ok is false where the line is
// no record; it is appended as it is then.
func (a *Annotator) Append(dst, line []byte, number uint64, d *Deferred) (text []byte, ok bool) {
	a.Counts.Lines++
	d.At = -1
	v := &a.view
	if !v.Read(line) {
		if summary.Is(line) {
			return append(dst, line...), true
		}
		a.Counts.Foreign++
		return append(dst, line...), false
	}
	if v.Final || v.Type == npf.None && v.Analysis == nil && !v.Keys && (a.matcher == nil || a.unmatched()) {
		return append(dst, line...), true
	}
	fp := a.convert()
	d.Result.Reset()
	a.adopt(&d.Result)
	a.name = v.AppendServerName(a.name[:0])
	a.agent = v.AppendUserAgent(a.agent[:0])
	analyzed := a.analyzer.Analyze(&fingerprintdb.Observation{
		Type:        v.Type,
		Fingerprint: fp,
		Key:         &v.Key,
		ServerName:  a.name,
		UserAgent:   a.agent,
	}, &d.Result)
	if analyzed {
		a.Counts.Analyzed++
	}
	if a.observer != nil {
		a.observe(number, fp)
	}
	if a.matcher != nil {
		a.matcher.match(a.name, a.agent, fp)
	}
	return a.rebuild(dst, line, fp, d), true
}

// unmatched looks for indicators in a record without a fingerprint, and reports
// whether it stays as it is.
func (a *Annotator) unmatched() bool {
	if a.view.Has(matches) || a.view.Has(context) {
		return false
	}
	a.matcher.match(nil, nil, nil)
	return a.matcher.hits.Len() == 0
}

// observe counts what the record tells of hosts.
func (a *Annotator) observe(number uint64, fp []byte) {
	v := &a.view
	a.observer.Packet(number)
	if v.Type != npf.None && len(fp) > 0 {
		a.observer.Client(v.Type, fp, &v.Key, a.name, a.agent)
	}
	if name, ok := v.CertificateName(); ok {
		a.observer.CertificateName(&v.Key, name)
	}
	v.EachObjectID(a.objectID)
}

// convert returns the fingerprint in the archive's format. It is empty where
// the message has none in that format.
func (a *Annotator) convert() []byte {
	v := &a.view
	if v.OneFormat {
		return v.Fingerprint
	}
	var tls, quic int
	switch v.Type {
	case npf.TLS, npf.DTLS, npf.QUIC: // else it need not be loaded for that
		tls, quic = a.model.Formats()
	}
	fp, ok := v.InFormat(&a.converter, tls, quic)
	if !ok {
		a.Counts.OtherFormat++
		return v.Fingerprint
	}
	return fp
}

// adopt takes over the attributes of an analysis that is in the record
// already, such as that it exposes credentials.
func (a *Annotator) adopt(result *fingerprintdb.Result) {
	for list := record.ScanArray(record.Find(a.view.Analysis, "attributes")); list.Next(); {
		if attribute, ok := fingerprintdb.AttributeByName(record.Quoted(record.Find(list.Value, "name"))); ok {
			result.Set(attribute)
		}
	}
}

// An edit says what comes in place of a part of a line.
type edit struct {
	envelope.Span
	kind
}

type kind uint8

const (
	nothing         kind = iota
	fingerprintText      // what stands between its quotes
	fingerprintMember
	fingerprintAmong // others
	analysisMember
	indicatorsMember
	placesMembers
)

// rebuild appends the line with what was changed.
func (a *Annotator) rebuild(dst, line, fp []byte, d *Deferred) []byte {
	v := &a.view
	a.edits = a.edits[:0]
	switch {
	case v.Type == npf.None:
	case len(fp) == 0:
		if s, ok := v.FingerprintMember(); ok {
			a.edit(nothing, s)
		} else if v.FurtherAt() < 0 {
			a.remove(fingerprints)
		}
	case v.FingerprintAt < 0 && v.FurtherAt() >= 0:
		a.edit(fingerprintAmong, envelope.Span{From: v.FurtherAt(), To: v.FurtherAt()})
	case v.FingerprintAt < 0:
		a.insert(fingerprintMember, fingerprints)
	default:
		a.edit(fingerprintText, envelope.Span{From: v.FingerprintAt, To: v.FingerprintAt + len(v.Fingerprint)})
	}
	if !a.keepContext {
		a.remove(context)
	}
	if v.Analysis != nil || v.Type != npf.None {
		a.remove(analysis)
		a.insert(analysisMember, analysis)
	}
	if a.matcher != nil {
		a.remove(matches)
		if a.matcher.hits.Len() > 0 {
			a.insert(indicatorsMember, matches)
		}
	}
	if a.places != nil {
		a.remove(places)
		a.insert(placesMembers, places)
	}
	from := 0
	for _, e := range a.edits {
		if e.From > from {
			dst = append(dst, line[from:e.From]...)
		}
		from = max(from, e.To)
		switch e.kind {
		case fingerprintText:
			dst = append(dst, fp...)
		case fingerprintMember:
			a.out.SetBuffer(dst)
			first := a.out.Len()
			envelope.WriteFingerprint(&a.out, v.Type, fp)
			dst = closed(&a.out, first, line[from:])
		case fingerprintAmong:
			a.out.SetBuffer(dst)
			a.out.Key(v.Type.String()).StrBytes(fp)
			a.out.Raw([]byte{','})
			dst = a.out.Bytes()
		case analysisMember:
			if d.Result.Pending() {
				d.At = len(dst)
				continue
			}
			a.out.SetBuffer(dst)
			WriteAnalysis(&a.out, &d.Result, line[from:])
			dst = a.out.Bytes()
		case indicatorsMember:
			a.out.SetBuffer(dst)
			first := a.out.Len()
			a.matcher.set.Write(&a.out, &a.matcher.hits)
			dst = closed(&a.out, first, line[from:])
		case placesMembers:
			a.out.SetBuffer(dst)
			first := a.out.Len()
			geoip.WritePlaces(&a.out, a.places, &v.Key)
			dst = closed(&a.out, first, line[from:])
		}
	}
	return append(dst, line[from:]...)
}

// WriteAnalysis writes the member analysis, if there is something to write,
// behind what w has of an object and before the rest of it.
func WriteAnalysis(w *record.Writer, r *fingerprintdb.Result, rest []byte) {
	if !r.Present() {
		return
	}
	at := w.Len()
	r.Write(w)
	closed(w, at, rest)
}

// closed appends a comma behind what was written from an offset on, where it
// begins an object that goes on. It returns all that w has.
func closed(w *record.Writer, at int, rest []byte) []byte {
	b := w.Bytes()
	if len(b) > at && at > 0 && b[at-1] == '{' && len(rest) > 0 && rest[0] != '}' {
		w.Raw([]byte{','})
	}
	return w.Bytes()
}

// remove leaves out the members at a position.
func (a *Annotator) remove(p envelope.Position) {
	a.spans = a.view.Spans(a.spans[:0], p)
	for _, s := range a.spans {
		a.edit(nothing, s)
	}
}

// insert puts members where those at a position belong.
func (a *Annotator) insert(k kind, p envelope.Position) {
	if at := a.view.InsertAt(p); at >= 0 {
		a.edit(k, envelope.Span{From: at, To: at})
	}
}

// edit notes an edit; those of a line are kept in the order of where they
// begin.
func (a *Annotator) edit(k kind, s envelope.Span) {
	i := len(a.edits)
	for i > 0 && a.edits[i-1].From > s.From {
		i--
	}
	a.edits = slices.Insert(a.edits, i, edit{s, k})
}
