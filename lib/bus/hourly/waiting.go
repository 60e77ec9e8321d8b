package hourly

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
)

// Bounds of what hours make of a batch.
const (
	mostSmall = 100      // hours that have files of their own with few rows
	smallHour = 16 << 10 // bytes of rows that are few
	mostRuns  = 1 << 18  // of rows that wait; each takes 24 bytes of memory
)

// waiting is rows of hours that have no open file. They are in a file of their
// own, as they came, so that each hour makes one file, in whatever order its rows
// come.
type waiting struct {
	f    *os.File // nil where there are none
	w    *bufio.Writer
	size int64
	runs []run
	new  bool // the next row begins a run
}

// A run is rows of a message and an hour that follow each other.
type run struct {
	hour   hour
	at     int64
	length int
}

// begin begins a message. A run has rows of one, so that it fits into memory.
func (w *waiting) begin() { w.new = true }

func (w *waiting) close() {
	if w.f != nil {
		w.f.Close()
		os.Remove(w.f.Name())
	}
	w.f, w.size, w.runs = nil, 0, w.runs[:0]
}

// wait keeps a row until Commit, or until there are too many.
func (s *Store) wait(h hour, row []byte) error {
	w := &s.waiting
	last := len(w.runs) - 1
	switch {
	case !w.new && w.runs[last].hour == h:
		w.runs[last].length += len(row)
	case len(w.runs) == mostRuns:
		if err := s.finishAll(); err != nil {
			return err
		}
		fallthrough
	default:
		w.runs = append(w.runs, run{hour: h, at: w.size, length: len(row)})
		w.new = false
	}
	if w.f == nil {
		f, err := s.part()
		if err != nil {
			return err
		}
		w.f, w.w = f, bufio.NewWriterSize(f, 64<<10)
	}
	w.size += int64(len(row))
	if _, err := w.w.Write(row); err != nil {
		return fmt.Errorf("%s: %w", w.f.Name(), err)
	}
	return nil
}

// place writes the files of the rows that wait.
func (s *Store) place() error {
	w := &s.waiting
	if w.f == nil {
		return nil
	}
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("%s: %w", w.f.Name(), err)
	}
	hours := byHour(w.runs)
	own := 0 // hours that have files of their own
	for own < len(hours) && (own < mostSmall || hours[own].size >= smallHour) {
		own++
	}
	for _, h := range hours[:own] {
		if _, err := s.write(h.runs[0].hour, h.runs); err != nil {
			return err
		}
	}
	if shared := hours[own:]; len(shared) > 0 {
		var runs []run
		for _, h := range shared {
			runs = append(runs, h.runs...)
		}
		n, err := s.write(noHour, runs)
		if err != nil {
			return err
		}
		s.count.Mixed.Add(uint64(n))
		s.notice(fmt.Sprintf("%s: %d records of %d hours share a file in %s: their batch has too many hours", s.config.dir, n, len(shared), noHour.partition()))
	}
	w.close()
	return nil
}

// write writes a file of rows that wait, and returns how many they are.
func (s *Store) write(h hour, runs []run) (rows int, err error) {
	f, err := s.create(h)
	if err != nil {
		return 0, err
	}
	var text []byte
	for _, r := range runs {
		text = slices.Grow(text[:0], r.length)[:r.length]
		if _, err := s.waiting.f.ReadAt(text, r.at); err != nil {
			return 0, err
		}
		for row := range bytes.Lines(text) {
			if err := f.append(row); err != nil {
				return 0, err
			}
			rows++
		}
	}
	return rows, s.finish(f)
}

// An hourRuns is all rows of an hour that wait.
type hourRuns struct {
	runs []run
	size int64
}

// byHour sorts runs, and returns them by their hours, the largest first.
func byHour(runs []run) (hours []hourRuns) {
	slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(a.hour, b.hour) })
	for len(runs) > 0 {
		n, size := 0, int64(0)
		for n < len(runs) && runs[n].hour == runs[0].hour {
			size += int64(runs[n].length)
			n++
		}
		hours = append(hours, hourRuns{runs[:n], size})
		runs = runs[n:]
	}
	slices.SortStableFunc(hours, func(a, b hourRuns) int { return cmp.Compare(b.size, a.size) })
	return hours
}
