package cli

import (
	"io"
	"strings"

	"merctools/lib/capture"
	"merctools/lib/capture/ring"
	"merctools/lib/engine"
	"merctools/lib/pipeline"
	"merctools/lib/summary"
)

// A CaptureSummary sums up captures while they are read. A nil pointer does
// nothing.
type CaptureSummary struct {
	Interface string   // that is captured from; empty for files
	Added     []string // members on demand that records have

	sum        summary.Summary
	current    *summary.Capture // the one that is being read
	file       string           // its name
	rest       summary.Capture  // captures beyond those that have a place in the list
	unreadable unreadable
}

// source returns a source that counts the packets of another one.
func (s *CaptureSummary) source(src pipeline.Source) pipeline.Source {
	if s == nil {
		return src
	}
	return &summarized{src, s}
}

type summarized struct {
	pipeline.Source
	to *CaptureSummary
}

// Reserve implements pipeline.Loader.
func (s *summarized) Reserve(b *capture.Batch, ahead int) {
	if l, ok := s.Source.(pipeline.Loader); ok {
		l.Reserve(b, ahead)
	}
}

// ReadBatch implements pipeline.Source.
func (s *summarized) ReadBatch(b *capture.Batch) error {
	err := s.Source.ReadBatch(b)
	switch {
	case err == nil:
		s.to.count(b)
	case err != io.EOF:
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if len(s.to.sum.Errors) < summary.MaxErrors {
				s.to.sum.Errors = append(s.to.sum.Errors, line)
			}
		}
	}
	return err
}

func (s *CaptureSummary) count(b *capture.Batch) {
	if s.current == nil || b.File != s.file {
		s.begin(b.File)
	}
	for i := range b.Packets {
		p := &b.Packets[i]
		s.current.See(p.OrigLen, p.CapLen, p.Time)
		if s.unreadable.is(p.Link) {
			s.current.Unreadable++
		}
	}
}

// begin begins with a capture.
func (s *CaptureSummary) begin(file string) {
	s.sum.Files++
	s.file = file
	if len(s.sum.Captures) == summary.MaxCaptures {
		s.current = &s.rest
		return
	}
	if s.sum.Captures == nil {
		s.sum.Captures = make([]summary.Capture, 0, summary.MaxCaptures) // pointers to elements stay
	}
	if file == "" {
		file = called("-")
	}
	s.sum.Captures = append(s.sum.Captures, summary.Capture{Name: file})
	s.current = &s.sum.Captures[len(s.sum.Captures)-1]
}

// write writes the line, with what workers counted.
func (s *CaptureSummary) write(records func([]byte) error, counted engine.Stats) error {
	if s == nil || records == nil {
		return nil
	}
	s.sum.Total = s.rest
	for i := range s.sum.Captures {
		s.sum.Total.Add(&s.sum.Captures[i])
	}
	s.sum.Added = s.Added
	return writeSummary(&s.sum, records, counted)
}

// writeSummary writes a summary, with what records lack because of limits.
func writeSummary(s *summary.Summary, records func([]byte) error, counted engine.Stats) error {
	s.Shortened = counted.Shortened
	for k := range counted.States {
		if n := counted.States[k].Evicted; n > 0 {
			if s.Evicted == nil {
				s.Evicted = map[string]uint64{}
			}
			s.Evicted[engine.StateKind(k).Label()] = n
		}
	}
	line, err := s.Append(nil)
	if err != nil {
		return err
	}
	return records(line)
}

// Live sums up a live capture so far.
func (s *CaptureSummary) Live(group *ring.Group) *summary.Summary {
	var all ring.Stats
	for _, r := range group.Stats() {
		all.Add(r)
	}
	c := summary.Capture{Name: s.Interface, Packets: all.Packets, Bytes: all.Bytes, Dropped: all.Dropped}
	return &summary.Summary{Captures: []summary.Capture{c}, Files: 1, Total: c, Live: true, Added: s.Added}
}

// writeLive writes the line for a live capture.
func (s *CaptureSummary) writeLive(group *ring.Group, records func([]byte) error, counted engine.Stats) error {
	if s == nil || records == nil {
		return nil
	}
	return writeSummary(s.Live(group), records, counted)
}
