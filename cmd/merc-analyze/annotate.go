package main

import (
	"merctools/lib/analysis"
	"merctools/lib/npf"
	"merctools/lib/record"
	"merctools/lib/subject"
)

// An annotator rewrites records. It is for one goroutine.
type annotator struct {
	analyzer  *analysis.Analyzer
	tls, quic int // formats of the archive's fingerprints
	reader    subject.Reader
	converter npf.Converter
	rec       subject.Record
	name      []byte
	agent     []byte
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

func newAnnotator(m *analysis.Model) *annotator {
	a := &annotator{analyzer: analysis.NewAnalyzer(m)}
	a.tls, a.quic = m.Formats()
	return a
}

// A mark is an analysis that is still to be put into the output.
type mark struct {
	at     int // offset in the output at which it belongs; -1: there is none
	result analysis.Result
}

// append appends a line to dst, without the members context and analysis and
// with the fingerprint in the archive's format. ok is false where the line is
// no record; it is appended as it is then.
func (a *annotator) append(dst, line []byte, out *mark) (text []byte, ok bool) {
	a.counts.lines++
	out.at = -1
	r := &a.rec
	if !a.reader.Read(line, r) {
		a.counts.foreign++
		return append(dst, line...), false
	}
	if r.Type == npf.None && r.Analysis.Empty() {
		return append(dst, line...), true
	}
	fp := a.convert(r)
	out.result.Reset()
	a.adopt(line, &out.result)
	a.name = record.AppendUnescaped(a.name[:0], r.ServerName)
	a.agent = record.AppendUnescaped(a.agent[:0], r.UserAgent)
	analyzed := a.analyzer.Analyze(&analysis.Subject{
		Type:        r.Type,
		Fingerprint: fp,
		Key:         &r.Key,
		ServerName:  a.name,
		UserAgent:   a.agent,
	}, &out.result)
	if analyzed {
		a.counts.analyzed++
	}

	dst, at := a.rebuild(dst, line, fp, analyzed)
	if analyzed || !r.Analysis.Empty() && out.result.Present() {
		out.at = at
	}
	return dst, true
}

// convert returns the fingerprint in the archive's format.
func (a *annotator) convert(r *subject.Record) []byte {
	format := 0
	switch r.Type {
	case npf.TLS, npf.DTLS:
		format = a.tls
	case npf.QUIC:
		format = a.quic
	default:
		return r.Fingerprint
	}
	fp, ok := a.converter.Convert(r.Type, r.Fingerprint, format)
	if !ok {
		a.counts.otherFormat++
		return r.Fingerprint
	}
	return fp
}

// adopt takes over the attributes of an analysis that is in the record
// already, such as that it exposes credentials.
func (a *annotator) adopt(line []byte, result *analysis.Result) {
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
				if attribute, ok := analysis.AttributeByName(record.Quoted(m.Value)); ok {
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

// rebuild appends the line with what was changed, and returns the offset at
// which an analysis goes.
func (a *annotator) rebuild(dst, line, fp []byte, analyzed bool) (text []byte, at int) {
	r := &a.rec
	from := 0
	at = -1
	// upTo copies the line up to an offset, and goes on behind another.
	upTo := func(end, next int) {
		if end >= from {
			dst = append(dst, line[from:end]...)
			from = next
		}
	}
	if r.Type != npf.None {
		upTo(r.FingerprintAt, r.FingerprintAt+len(r.Fingerprint))
		dst = append(dst, fp...)
	}
	replaceAnalysis := !r.Analysis.Empty()
	first, second := r.Context, r.Analysis
	if second.From < first.From || first.Empty() {
		first, second = second, first
	}
	for _, s := range [...]subject.Span{first, second} {
		if s.Empty() {
			continue
		}
		if s.From > r.InsertAt && at < 0 && r.InsertAt >= 0 {
			upTo(r.InsertAt, r.InsertAt)
			at = len(dst)
		}
		upTo(s.From, s.To)
		if s == r.Analysis && replaceAnalysis {
			at = len(dst)
		}
	}
	if at < 0 && r.InsertAt >= 0 {
		upTo(r.InsertAt, r.InsertAt)
		at = len(dst)
	}
	upTo(len(line), len(line))
	return dst, at
}
