package envelope

import "merctools/lib/record"

// MinLimit is the smallest limit of a record: the longest fingerprint fits in
// its share.
const MinLimit = 64 << 10

// Shares of a record's limit, in 16ths. What is left is for the flow and the
// like, which are short.
const (
	messageShare     = 6
	fingerprintShare = 3
	assessmentShare  = 1
	contextShare     = 3
	membersShare     = 2
	allShares        = 16
)

// MessageBound is how many bytes of a record with a limit a message need write at
// most: the rest is cut off. The normal form is shorter than what it is made from.
func MessageBound(limit int, normal bool) int {
	bound := limit / allShares * messageShare
	if normal {
		bound *= 2
	}
	return bound
}

var limitFields = []record.Field{
	record.O("left_out", "what was left out of a record that was too long",
		record.F("bytes", record.Uint, "how many bytes of text, at least: long lists are not written to their end"),
		record.L("members", record.Text, "the members, the first few, that are shorter than they were, or are not there")).If("--record-limit"),
}

// maxCut is how many members left_out names.
const maxCut = 8

// A Shortener cuts records to their limits, one after the other.
type Shortener struct {
	record.Shortener
	cut  [maxCut]member // what was shortened of the present record
	cuts int
}

// A member is a copy of a name.
type member struct {
	text [48]byte // its beginning
	n    int
}

// bound shortens the members that were written since the output had start
// bytes, where they take more than their share. It reports whether it did.
func (r *Record) bound(w *record.Writer, start, share int) bool {
	budget := r.Limit / allShares * share
	if r.Limit == 0 || w.Len()-start <= budget {
		return false
	}
	// They become an object: with the brace before them, or in place of the
	// comma.
	w.EndObject()
	text := w.Bytes()[start-1:]
	comma := text[0] != '{'
	if comma {
		text = text[1:]
		text[0] = '{'
	}
	if r.LeftOut == 0 {
		r.Shortener.cuts = 0
	}
	n := r.Shortener.Shorten(text, budget)
	if comma {
		text[0] = ','
	}
	end := w.Len() - len(text) + n - len("}")
	if n == len("{}") {
		end = start
	}
	w.Reset(end)
	r.LeftOut += r.Shortener.Bytes
	r.Shortener.Members(r.Shortener.note)
	return true
}

// note notes a member of which something was left out.
func (s *Shortener) note(name []byte) {
	if s.cuts < maxCut {
		m := &s.cut[s.cuts]
		m.n = copy(m.text[:], name)
		s.cuts++
	}
}

// writeLeftOut says what was left out.
func (r *Record) writeLeftOut(w *record.Writer) {
	if r.LeftOut == 0 {
		return
	}
	w.Key("left_out").Object()
	w.Key("bytes").Uint(uint64(r.LeftOut))
	w.Key("members").Array()
	s := r.Shortener
	for i := range s.cut[:s.cuts] {
		w.Elem().StrBytes(s.cut[i].text[:s.cut[i].n])
	}
	w.EndArray()
	w.EndObject()
}
