package report

import (
	"bytes"
	"slices"

	"merctools/lib/record"
	"merctools/lib/summary"
)

// A Tap stands between those who write records and where they go: it shows each
// to a Collector, and leaves out what is in it for the report only. It is for
// one goroutine.
type Tap struct {
	// Drop are members that are left out.
	Drop []string
	// DropExplanation and DropSummary say to leave out what analyses rest on,
	// and the line that sums up captures.
	DropExplanation, DropSummary bool

	collector *Collector
	next      func([]byte) error
	m         message
	rest      []byte // the beginning of a line
	long      bool   // the rest of a line that is too long passes through
	out       []byte
	cuts      []cut
}

// A cut is a part of a line that is left out.
type cut struct{ from, to int }

// maxLine is the length of the longest line that is looked at, in bytes.
const maxLine = 16 << 20

// NewTap returns a Tap that hands lines on to next, whole ones if they come so.
func NewTap(c *Collector, next func([]byte) error) *Tap {
	return &Tap{collector: c, next: next}
}

// Write takes text: lines, of which the last may come in parts.
func (t *Tap) Write(text []byte) error {
	t.out = t.out[:0]
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		switch {
		case t.long:
			if n == 0 {
				n = len(text)
			} else {
				t.long = false
			}
			t.out = append(t.out, text[:n]...)
		case n == 0:
			t.rest = append(t.rest, text...)
			n = len(text)
			if len(t.rest) > maxLine {
				t.out = append(t.out, t.rest...)
				t.rest, t.long = t.rest[:0], true
			}
		case len(t.rest) > 0:
			t.rest = append(t.rest, text[:n]...)
			t.line(t.rest)
			t.rest = t.rest[:0]
		default:
			t.line(text[:n])
		}
		text = text[n:]
	}
	return t.flush()
}

// Close takes the last line, if it has no end.
func (t *Tap) Close() error {
	t.out = t.out[:0]
	if len(t.rest) > 0 {
		t.line(t.rest)
		t.rest = t.rest[:0]
	}
	return t.flush()
}

func (t *Tap) flush() error {
	if len(t.out) == 0 {
		return nil
	}
	return t.next(t.out)
}

// line shows a line to the Collector, and appends what is left of it to t.out.
func (t *Tap) line(line []byte) {
	if summary.Is(line) {
		t.collector.Add(line)
		if !t.DropSummary {
			t.out = append(t.out, line...)
		}
		return
	}
	ok := t.m.read(line)
	t.collector.take(&t.m, ok, len(line))
	if !ok || len(t.Drop) == 0 && !t.DropExplanation {
		t.out = append(t.out, line...)
		return
	}
	t.cuts = t.cuts[:0]
	for i := range t.m.optional {
		o := &t.m.optional[i]
		if slices.Contains(t.Drop, string(o.Name)) {
			t.cut(line, o.Start, o.End)
		} else if t.DropExplanation && string(o.Name) == "analysis" {
			t.cutExplanation(line, o)
		}
	}
	from := 0
	for _, c := range t.cuts {
		t.out = append(t.out, line[from:max(from, c.from)]...)
		from = max(from, c.to)
	}
	t.out = append(t.out, line[from:]...)
}

// cut notes a member to leave out, with the comma before it, or, where it is
// the first, the one behind it.
func (t *Tap) cut(line []byte, from, to int) {
	if from > 0 && line[from-1] == ',' {
		from--
	} else if to < len(line) && line[to] == ',' {
		to++
	}
	t.cuts = append(t.cuts, cut{from, to})
}

func (t *Tap) cutExplanation(line []byte, analysis *record.Member) {
	var x record.Member
	for s := record.Scan(analysis.Value); s.Next(&x); {
		if string(x.Name) == "explanation" {
			begin := analysis.End - len(analysis.Value)
			t.cut(line, begin+x.Start, begin+x.End)
		}
	}
}
