package report

import (
	"cmp"
	"slices"
	"time"
)

// A timeline counts messages by time and protocol. The time is divided into at
// most maxBins of equal width: one of widths, the least that serves.
type timeline struct {
	width  int           // index in widths
	counts map[int64]bin // by the bin's number: its time divided by the width
}

// A bin has the number of messages by protocol, as an index.
type bin map[int]uint64

const maxBins = 120

// widths are those that people can read off a scale. Each divides the next, so
// that it makes no difference when bins become wider.
var widths = []time.Duration{
	time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	7 * 24 * time.Hour, 28 * 24 * time.Hour, 364 * 24 * time.Hour, 3640 * 24 * time.Hour,
}

func floor(t, width int64) int64 {
	n := t / width
	if t%width < 0 {
		n--
	}
	return n
}

func (l *timeline) add(protocol int, t int64) {
	if l.counts == nil {
		l.counts = map[int64]bin{}
	}
	n := floor(t, int64(widths[l.width]))
	b, ok := l.counts[n]
	if !ok {
		b = bin{}
		l.counts[n] = b
		if l.fit() {
			b = l.counts[floor(t, int64(widths[l.width]))]
		}
	}
	b[protocol]++
}

// fit makes bins wider until there are not too many from the first to the last.
// It reports whether it had to.
func (l *timeline) fit() (wider bool) {
	for {
		first, last := l.span()
		if last-first < maxBins || l.width+1 == len(widths) {
			return wider
		}
		wider = true
		old := int64(widths[l.width])
		l.width++
		wide := map[int64]bin{}
		for n, b := range l.counts {
			k := floor(n*old, int64(widths[l.width]))
			if wide[k] == nil {
				wide[k] = bin{}
			}
			for p, count := range b {
				wide[k][p] += count
			}
		}
		l.counts = wide
	}
}

func (l *timeline) span() (first, last int64) {
	begin := true
	for n := range l.counts {
		if begin {
			first, last, begin = n, n, false
		}
		first, last = min(first, n), max(last, n)
	}
	return first, last
}

// A Timeline shows when messages came.
type Timeline struct {
	Start time.Time     // of the first bin
	Width time.Duration // of a bin
	Bins  int
	// Series are the protocols with the most messages, and others together.
	Series []Series
}

// A Series has the number of messages in each bin.
type Series struct {
	Name   string
	Total  uint64
	Counts []uint64
}

// maxSeries is how many protocols have a colour of their own.
const maxSeries = 6

// series returns the timeline by the names of protocols.
func (l *timeline) series(names []string, totals []uint64) *Timeline {
	if len(l.counts) == 0 {
		return nil
	}
	first, last := l.span()
	width := widths[l.width]
	t := &Timeline{Start: time.Unix(0, first*int64(width)).UTC(), Width: width, Bins: int(last-first) + 1}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(totals[b], totals[a]) })
	place := make([]int, len(names))
	for i, p := range order {
		place[p] = min(i, maxSeries)
		if i <= maxSeries {
			t.Series = append(t.Series, Series{Name: names[p], Counts: make([]uint64, t.Bins)})
		}
	}
	if len(order) > maxSeries+1 {
		t.Series[maxSeries].Name = "other"
	}
	for n, b := range l.counts {
		for p, count := range b {
			s := &t.Series[place[p]]
			s.Counts[n-first] += count
			s.Total += count
		}
	}
	return t
}
