package main

import (
	"slices"

	"merctools/lib/fingerprintdb"
	"merctools/lib/geoip"
	"merctools/lib/hoststats"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/subject"
)

// An annotator rewrites records. It is for one goroutine.
type annotator struct {
	analyzer  *fingerprintdb.Analyzer
	places    geoip.Places         // nil: records don't tell of places
	observer  *hoststats.Collector // nil: nothing is counted
	objectID  func(oid []byte)     // tells the observer
	model     *fingerprintdb.Model
	reader    subject.Reader
	converter npf.Converter
	rec       subject.Record
	name      []byte
	agent     []byte
	out       record.Writer
	edits     []edit
	counts    counts
}

type counts struct {
	lines       uint64
	analyzed    uint64
	foreign     uint64 // lines that are no records
	otherFormat uint64 // fingerprints whose format can't be made the archive's
}

func (c *counts) add(o counts) {
	c.lines += o.lines
	c.analyzed += o.analyzed
	c.foreign += o.foreign
	c.otherFormat += o.otherFormat
}

func newAnnotator(m *fingerprintdb.Model, places geoip.Places, observer *hoststats.Collector) *annotator {
	a := &annotator{model: m, analyzer: fingerprintdb.NewAnalyzer(m), places: places, observer: observer}
	a.reader.Keys = places != nil || observer != nil
	if observer != nil {
		a.objectID = func(oid []byte) { observer.ObjectID(&a.rec.Key, oid) }
	}
	return a
}

// A mark is an analysis that depends on earlier lines, and is still to be put
// into the output.
type mark struct {
	at     int // offset in the output at which it belongs; -1: there is none
	result fingerprintdb.Result
}

// append appends a line to dst, with its analysis unless that goes to out,
// without the member context, and with the fingerprint in the archive's
// format. number is the line's, for statistics. ok is false where the line is
// no record; it is appended as it is then.
func (a *annotator) append(dst, line []byte, number uint64, out *mark) (text []byte, ok bool) {
	a.counts.lines++
	out.at = -1
	r := &a.rec
	if !a.reader.Read(line, r) {
		a.counts.foreign++
		return append(dst, line...), false
	}
	if r.Type == npf.None && r.Analysis.Empty() && !a.reader.Keys {
		return append(dst, line...), true
	}
	fp := a.convert(r)
	out.result.Reset()
	a.adopt(line, &out.result)
	a.name = record.AppendUnescaped(a.name[:0], r.ServerName)
	a.agent = record.AppendUnescaped(a.agent[:0], r.UserAgent)
	analyzed := a.analyzer.Analyze(&fingerprintdb.Observation{
		Type:        r.Type,
		Fingerprint: fp,
		Key:         &r.Key,
		ServerName:  a.name,
		UserAgent:   a.agent,
	}, &out.result)
	if analyzed {
		a.counts.analyzed++
	}
	if a.observer != nil {
		a.observe(number, fp)
	}
	return a.rebuild(dst, line, fp, out), true
}

// observe counts what the record tells of hosts.
func (a *annotator) observe(number uint64, fp []byte) {
	r := &a.rec
	a.observer.Packet(number)
	if r.Type != npf.None {
		a.observer.Client(r.Type, fp, &r.Key, a.name, a.agent)
	}
	if name, ok := a.reader.CertificateName(r); ok {
		a.observer.CertificateName(&r.Key, name)
	}
	a.reader.EachObjectID(r, a.objectID)
}

// convert returns the fingerprint in the archive's format.
func (a *annotator) convert(r *subject.Record) []byte {
	format := 0
	if r.OneFormat {
		return r.Fingerprint
	}
	switch r.Type {
	case npf.TLS, npf.DTLS:
		format, _ = a.model.Formats()
	case npf.QUIC:
		_, format = a.model.Formats()
	default:
		return r.Fingerprint
	}
	fp, ok := a.converter.Convert(r.Type, r.Fingerprint, format)
	if !ok || len(fp) == 0 {
		a.counts.otherFormat++
		return r.Fingerprint
	}
	return fp
}

// adopt takes over the attributes of an analysis that is in the record
// already, such as that it exposes credentials.
func (a *annotator) adopt(line []byte, result *fingerprintdb.Result) {
	if a.rec.Analysis.Empty() {
		return
	}
	span := line[a.rec.Analysis.From:a.rec.Analysis.To]
	if span[0] == ',' {
		span = span[1:]
	}
	list := record.Find(span[len(`"analysis":`):], "attributes")
	var m record.Member
	for len(list) > 1 && (list[0] == '[' || list[0] == ',') {
		list = list[1:]
		s := record.Scan(list)
		for s.Next(&m) {
			if string(m.Name) == "name" {
				if attribute, ok := fingerprintdb.AttributeByName(record.Quoted(m.Value)); ok {
					result.Set(attribute)
				}
			}
		}
		if !s.Complete() {
			break
		}
		list = list[s.End():]
	}
}

// An edit says what comes in place of a part of a line.
type edit struct {
	subject.Span
	kind
}

type kind uint8

const (
	nothing kind = iota
	fingerprint
	result
	places
)

// rebuild appends the line with what was changed.
func (a *annotator) rebuild(dst, line, fp []byte, out *mark) []byte {
	r := &a.rec
	a.edits = a.edits[:0]
	if r.Type != npf.None {
		a.edit(fingerprint, subject.Span{From: r.FingerprintAt, To: r.FingerprintAt + len(r.Fingerprint)})
	}
	if !r.Context.Empty() {
		a.edit(nothing, r.Context)
	}
	switch {
	case !r.Analysis.Empty():
		a.edit(result, r.Analysis)
	case r.Type != npf.None && r.InsertAt >= 0:
		a.edit(result, subject.Span{From: r.InsertAt, To: r.InsertAt})
	}
	if a.places != nil {
		for _, s := range [...]subject.Span{r.SrcPlace, r.DstPlace} {
			if !s.Empty() {
				a.edit(nothing, s)
			}
		}
		if r.PlaceAt >= 0 {
			a.edit(places, subject.Span{From: r.PlaceAt, To: r.PlaceAt})
		}
	}
	from := 0
	for _, e := range a.edits {
		if e.From > from {
			dst = append(dst, line[from:e.From]...)
		}
		from = max(from, e.To)
		switch e.kind {
		case fingerprint:
			dst = append(dst, fp...)
		case result:
			if out.result.Pending() {
				out.at = len(dst)
			} else if out.result.Present() {
				a.out.SetBuffer(dst)
				writeResult(&a.out, &out.result, line[from:])
				dst = a.out.Bytes()
			}
		case places:
			a.out.SetBuffer(dst)
			geoip.WritePlaces(&a.out, a.places, &r.Key)
			dst = a.out.Bytes()
		}
	}
	return append(dst, line[from:]...)
}

// writeResult writes the member analysis, with a comma where it is the first
// of several.
func writeResult(w *record.Writer, r *fingerprintdb.Result, rest []byte) {
	written := w.Bytes()
	first := len(written) > 0 && written[len(written)-1] == '{'
	r.Write(w)
	if first && len(rest) > 0 && rest[0] != '}' {
		w.Raw([]byte{','})
	}
}

// edit notes an edit; those of a line are kept in the order of where they
// begin.
func (a *annotator) edit(k kind, s subject.Span) {
	i := len(a.edits)
	for i > 0 && a.edits[i-1].From > s.From {
		i--
	}
	a.edits = slices.Insert(a.edits, i, edit{s, k})
}
