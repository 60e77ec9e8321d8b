package fingerprintdb

import (
	"io"
	"slices"
	"time"

	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/npf"
	"merctools/lib/record"
)

// A Query asks an archive for a fingerprint.
type Query struct {
	Fingerprint string
	Nearest     int           // how many similar fingerprints to find
	Time        time.Duration // limit; 0 for none
	Key         []byte        // of an encrypted archive
	Limits      archive.Limits
}

// An Answer is what an archive says of a fingerprint.
type Answer struct {
	// Fingerprint is the one that was asked for, in the archive's format.
	Fingerprint string
	// Entry is nil if the archive has no process for the fingerprint.
	Entry *Entry
	// Prevalent reports whether the fingerprint of a TLS client is common: it
	// is listed as such, or has an entry.
	Prevalent bool
	// Nearest are the most similar fingerprints, the nearest one first; those
	// at the same distance are in the archive's order.
	Nearest []Match
	// Compared is how many fingerprints were compared. Partial reports that
	// the time was up before the end of the archive.
	Compared int
	Partial  bool
}

// A Match is a similar fingerprint.
type Match struct {
	Entry      *Entry
	Distance   int     // see npf.Distance
	Similarity float64 // share of the elements that are the same, 0 to 1
	Missing    []npf.Element
	Extra      []npf.Element
}

// checkEvery is how many fingerprints are read between two looks at the clock.
const checkEvery = 16

// Search reads an archive for what it says of a fingerprint and of similar
// ones.
func Search(r io.Reader, q Query) (*Answer, error) {
	a, err := archive.NewReader(r, q.Key, q.Limits)
	if err != nil {
		return nil, err
	}
	typ, _, _, err := npf.Elements(q.Fingerprint)
	if err != nil {
		return nil, err
	}
	s := &search{
		query:  &q,
		typ:    typ,
		answer: &Answer{Fingerprint: q.Fingerprint},
		forms:  make(map[int]string),
	}
	if q.Time > 0 {
		s.deadline = time.Now().Add(q.Time)
	}
	err = a.Each(func(name string, line []byte) error {
		switch name {
		case FileDatabase:
			s.entry(line)
		case FilePrevalence:
			s.prevalent(line)
			s.look()
		}
		if s.answer.Partial {
			return archive.ErrStop
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.answer, nil
}

type search struct {
	query     *Query
	typ       npf.Type
	answer    *Answer
	deadline  time.Time
	forms     map[int]string // the fingerprint in each format
	converter npf.Converter
	target    *npf.Target
	reader    EntryReader
	looked    int // fingerprints
}

// look counts a fingerprint, and looks at the clock now and then.
func (s *search) look() {
	if s.looked++; s.looked%checkEvery == 0 && !s.deadline.IsZero() && time.Now().After(s.deadline) {
		s.answer.Partial = true
	}
}

// form is the fingerprint in a format, or as it was given if it can't be
// converted.
func (s *search) form(format int) string {
	fp, ok := s.forms[format]
	if !ok {
		fp = s.query.Fingerprint
		if converted, ok := s.converter.Convert(s.typ, []byte(fp), format); ok {
			fp = string(converted)
		}
		s.forms[format] = fp
	}
	return fp
}

func (s *search) prevalent(line []byte) {
	if s.typ != npf.TLS {
		return
	}
	fp := Qualified(string(line))
	if _, format, ok := splitFingerprint(fp); ok && fp == s.form(format) {
		s.answer.Prevalent = true
	}
}

func (s *search) entry(line []byte) {
	fingerprints := lineFingerprints(line)
	for i, fp := range fingerprints {
		if s.look(); s.answer.Partial {
			return
		}
		s.candidate(fp, func() *Entry {
			e := &Entry{}
			if s.reader.Read(line, e) != nil {
				*e = Entry{}
			}
			e.Fingerprint = fp
			e.Others = slices.Delete(slices.Clone(fingerprints), i, i+1)
			return e
		})
	}
}

// lineFingerprints are those that a line of FileDatabase names. It reads no
// more than it must: most lines are not looked at further.
func lineFingerprints(line []byte) (list []string) {
	text := func(value []byte) string {
		return Qualified(string(record.AppendUnescaped(nil, record.Quoted(value))))
	}
	var m record.Member
	for s := record.Scan(line); s.Next(&m); {
		switch string(m.Name) {
		case memberFingerprint:
			if fp := text(m.Value); fp != "" {
				list = append(list, fp)
			}
		case memberFingerprints:
			var d document
			if d.parse(m.Value) == nil && d.isArray(root) {
				for f := range d.elements(root) {
					if d.isString(f) {
						list = append(list, Qualified(string(d.str(f))))
					}
				}
			}
		}
	}
	return list
}

// candidate compares a fingerprint of the archive. read returns its entry.
func (s *search) candidate(fp string, read func() *Entry) {
	name, format, ok := splitFingerprint(fp)
	if !ok || name != s.typ.String() {
		return
	}
	wanted := s.form(format)
	if s.target == nil {
		s.answer.Fingerprint = wanted
		t, err := npf.NewTarget(wanted)
		if err != nil {
			return
		}
		s.target = t
	}
	if fp == wanted {
		if s.answer.Entry == nil {
			s.answer.Entry = read()
			s.answer.Prevalent = s.answer.Prevalent || s.typ == npf.TLS
		}
		return
	}
	s.compare(fp, read)
}

// compare keeps a fingerprint if it is among the nearest ones.
func (s *search) compare(fp string, read func() *Entry) {
	_, _, elements, err := npf.Elements(fp)
	keep := s.query.Nearest
	if err != nil || keep < 1 {
		return
	}
	a := s.answer
	a.Compared++
	limit := s.target.Len() + len(elements)
	if len(a.Nearest) == keep {
		limit = a.Nearest[keep-1].Distance - 1
	}
	d, ok := s.target.Distance(elements, limit)
	if !ok {
		return
	}
	m := Match{Entry: read(), Distance: d, Similarity: 1}
	if longest := max(s.target.Len(), len(elements)); longest > 0 {
		m.Similarity = 1 - float64(d)/float64(longest)
	}
	m.Missing, m.Extra = s.target.Difference(elements)
	at := slices.IndexFunc(a.Nearest, func(x Match) bool { return x.Distance > d })
	if at < 0 {
		at = len(a.Nearest)
	}
	if len(a.Nearest) == keep {
		a.Nearest = a.Nearest[:keep-1]
	}
	a.Nearest = slices.Insert(a.Nearest, at, m)
}
