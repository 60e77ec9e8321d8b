// Package envelope says which members a record has, and in which order: those
// of the message, and those around it. A [Record] is written by that table,
// and a [View] finds by it where members of a line of JSON are, or belong.
//
// A member that all records have is one row in the table.
package envelope

import (
	"slices"

	"merctools/lib/cryptopolicy"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprints"
	"merctools/lib/flow"
	"merctools/lib/geoip"
	"merctools/lib/indicators"
	"merctools/lib/internal/reassembly"
	"merctools/lib/members"
	"merctools/lib/npf"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
	"merctools/lib/record"
)

// table has a row for each member, or for several that stand together, in the
// order of a record.
var table = []row{
	{fields: []record.Field{record.O("fingerprints", "the message's fingerprint, by its type", append(registry.Fingerprints(), fingerprints.Fields()...)...)}, write: (*Record).writeFingerprint},
	{write: (*Record).writeMessage}, // has the names that are in no other row
	{fields: cryptopolicy.Fields, write: (*Record).writeAssessment},
	{fields: contextFields, write: (*Record).writeContext, absent: func(r *Record) bool { return r.Context == nil }},
	{fields: fdcFields, write: (*Record).writeFDC, absent: func(r *Record) bool { return !r.WithFDC }},
	{fields: fingerprintdb.Fields, write: (*Record).writeAnalysis},
	{fields: indicators.Fields, write: (*Record).writeIndicators, absent: func(r *Record) bool { return r.Indicators == nil }},
	{fields: reassembly.Fields, write: (*Record).writeReassembly},
	{fields: packet.IPFields, write: (*Record).writeIP, absent: func(r *Record) bool { return !r.WithIP }},
	{names: []string{"encapsulations"}, write: (*Record).writeTunnels}, // protocols declare it
	{fields: flow.Fields, write: (*Record).writeFlow},
	{fields: geoip.Fields, write: (*Record).writePlaces, absent: func(r *Record) bool { return r.Places == nil }},
	{fields: members.Fields(), write: (*Record).writeMembers, absent: func(r *Record) bool { return r.Members == nil }},
	{fields: limitFields, write: (*Record).writeLeftOut, absent: func(r *Record) bool { return r.Limit == 0 }},
	{fields: []record.Field{record.F("event_start", record.Float, "time of the packet in seconds since 1970, with six decimals").To(record.Moment).Saying("time of the packet, with six decimals of a second")}, write: (*Record).writeTime},
}

type row struct {
	names  []string // where they are not those of fields
	fields []record.Field
	write  func(*Record, *record.Writer)
	// absent reports whether the options of a record leave the row out. It may
	// be nil: then they don't.
	absent func(*Record) bool
}

// Fields returns the members of records that no protocol declares, in their
// order.
func Fields() []record.Field {
	var fields []record.Field
	for i := range table {
		fields = append(fields, table[i].fields...)
	}
	return fields
}

// A Section writes members of a record.
type Section interface {
	WriteRecord(w *record.Writer)
}

// A Matcher writes what matches a record. It gets the text that is written of
// it: the beginning, with fingerprints if there are any, and the message.
type Matcher interface {
	WriteMatches(w *record.Writer, fingerprints, message []byte)
}

// A Record is what the members of a record are written from. What is nil or
// empty is left out.
type Record struct {
	Fingerprint *npf.Builder
	Further     *fingerprints.Set // of the message's kind
	Message     Section
	Assessment  []byte         // the member as text
	Context     *proto.Context // what the message tells, if a later analysis needs it
	Formats     [][]byte       // fingerprints that can't be derived from Fingerprint
	FDC         []byte         // a fingerprint and destination context, WithFDC
	WithFDC     bool
	Analysis    *fingerprintdb.Result
	Indicators  Matcher // of what is written already
	Reassembly  Section
	Headers     *packet.Headers
	Packet      []byte // that Headers are of
	WithIP      bool   // the innermost IP header is wanted
	Flow        *flow.Key
	Places      geoip.Places
	Members     *members.Set // with the packet that they are written from
	Time        int64        // nanoseconds since 1970

	// Normalizer, where it isn't nil, gives the message's members and the time
	// their normal form.
	Normalizer *record.Normalizer

	// Limit is how many bytes the record may have, less its analysis; 0 for any
	// number. At least MinLimit. Shortener cuts it then.
	Limit     int
	Shortener *Shortener
	// LeftOut is how many bytes were left out, after Write. It is 0 before.
	LeftOut int

	// AnalysisAt is the offset in the output at which the analysis stands, or
	// belongs, after Write.
	AnalysisAt int

	rows    []func(*Record, *record.Writer) // those of the table that options allow
	start   int                             // offset of the record in the output
	message Span                            // the message's members
}

// Prepare looks which members the record can have by what options say of it:
// Context, WithFDC, Indicators, WithIP, Places, Members and Limit, which stay set
// for all that Write writes from now on.
func (r *Record) Prepare() {
	r.rows = nil
	for i := range table {
		if absent := table[i].absent; absent == nil || !absent(r) {
			r.rows = append(r.rows, table[i].write)
		}
	}
}

// Write appends the record as a line of JSON.
func (r *Record) Write(w *record.Writer) {
	r.start = w.Len()
	w.Object()
	for _, write := range r.rows {
		write(r, w)
	}
	w.EndObject()
	w.Newline()
}

func (r *Record) writeFingerprint(w *record.Writer) {
	start := w.Len()
	r.writeFingerprints(w)
	r.bound(w, start, fingerprintShare)
}

func (r *Record) writeFingerprints(w *record.Writer) {
	own := r.Fingerprint != nil && r.Fingerprint.Type() != npf.None
	if !own && r.Further == nil {
		return
	}
	start := w.Len()
	w.Key("fingerprints").Object()
	empty := w.Len()
	if own {
		w.Key(r.Fingerprint.Type().String()).StrBytes(r.Fingerprint.Bytes())
	}
	if r.Further != nil {
		r.Further.Write(w)
	}
	if w.Len() == empty {
		w.Reset(start)
		return
	}
	w.EndObject()
}

// WriteFingerprint writes the member fingerprints with one that is NPF's.
func WriteFingerprint(w *record.Writer, t npf.Type, fingerprint []byte) {
	w.Key("fingerprints").Object()
	w.Key(t.String()).StrBytes(fingerprint)
	w.EndObject()
}

func (r *Record) writeMessage(w *record.Writer) {
	start := w.Len()
	r.Message.WriteRecord(w)
	if r.Normalizer != nil {
		r.Normalizer.Normalize(w, start)
	}
	if r.bound(w, start, messageShare) && r.Context != nil {
		// A later analysis must not look for them in what is left.
		r.Context.ServerNameShown = r.Context.ServerNameShown && len(r.Context.ServerName) == 0
		r.Context.UserAgentShown = r.Context.UserAgentShown && len(r.Context.UserAgent) == 0
	}
	r.message = Span{start, w.Len()}
}

func (r *Record) writeAssessment(w *record.Writer) {
	if len(r.Assessment) > 0 {
		start := w.Len()
		w.RawMember(r.Assessment)
		r.bound(w, start, assessmentShare)
	}
}

// writeAnalysis writes a result that is known by now.
func (r *Record) writeAnalysis(w *record.Writer) {
	r.AnalysisAt = w.Len()
	if r.Analysis != nil && !r.Analysis.Pending() && r.Analysis.Present() {
		r.Analysis.Write(w)
	}
}

func (r *Record) writeIndicators(w *record.Writer) {
	if r.Indicators != nil {
		text := w.Bytes()
		r.Indicators.WriteMatches(w, text[r.start:r.message.From], text[r.message.From:r.message.To])
	}
}

func (r *Record) writeReassembly(w *record.Writer) {
	if r.Reassembly != nil {
		r.Reassembly.WriteRecord(w)
	}
}

func (r *Record) writeIP(w *record.Writer) {
	if r.WithIP && r.Headers != nil {
		ip := r.Headers.IP(r.Packet)
		ip.WriteRecord(w)
	}
}

func (r *Record) writeTunnels(w *record.Writer) {
	if r.Headers != nil {
		r.Headers.WriteTunnels(w, r.Packet)
	}
}

func (r *Record) writeFlow(w *record.Writer) {
	switch {
	case r.Flow == nil:
	case r.Members != nil:
		r.Members.WriteFlow(w) // the same
	default:
		r.Flow.Write(w)
	}
}

func (r *Record) writePlaces(w *record.Writer) {
	if r.Places != nil && r.Flow != nil {
		geoip.WritePlaces(w, r.Places, r.Flow)
	}
}

func (r *Record) writeMembers(w *record.Writer) {
	if r.Members != nil {
		start := w.Len()
		r.Members.WriteRecord(w)
		r.bound(w, start, membersShare)
	}
}

func (r *Record) writeTime(w *record.Writer) {
	w.Key("event_start")
	if r.Normalizer != nil {
		r.Normalizer.DateTime(w, r.Time)
		return
	}
	w.Time(r.Time)
}

// A Position is the place of a member in records.
type Position int

// PositionOf returns the position of a member, or -1 for one that belongs to
// the message.
func PositionOf(name string) Position {
	for p := range table {
		if slices.Contains(namesOf(&table[p]), name) {
			return Position(p)
		}
	}
	return -1
}

func namesOf(r *row) []string {
	if len(r.names) > 0 {
		return r.names
	}
	var names []string
	for i := range r.fields {
		names = append(names, r.fields[i].Name)
	}
	return names
}
