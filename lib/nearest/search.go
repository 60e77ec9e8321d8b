package nearest

import (
	"slices"

	"merctools/lib/npf"
)

// A Match is a fingerprint that was found.
type Match struct {
	Fingerprint string
	Distance    int     // elements to insert, delete, or replace
	Alike       float64 // from 0 to 1: how large a part of the elements remains
	Missing     []Element
	Extra       []Element
	// Value is what the caller knows of the fingerprint.
	Value any
}

// A Search looks for the fingerprints nearest to one.
type Search struct {
	typ      npf.Type
	target   []Element
	number   map[Element]int32
	codes    []int32 // of the target
	keep     int
	matches  []Match // the nearest first
	seen     int
	other    []int32
	present  []int32 // how often each number is in the target and not yet matched
	previous []int
	current  []int
}

// NewSearch returns a search for the given number of fingerprints.
func NewSearch(fp string, keep int) (*Search, error) {
	t, _, elements, err := Elements(fp)
	if err != nil {
		return nil, err
	}
	s := &Search{typ: t, target: elements, number: make(map[Element]int32), keep: keep}
	for _, e := range elements {
		n, ok := s.number[e]
		if !ok {
			n = int32(len(s.number))
			s.number[e] = n
		}
		s.codes = append(s.codes, n)
	}
	s.present = make([]int32, len(s.number))
	return s, nil
}

// Type is the type of the fingerprint that is searched for.
func (s *Search) Type() npf.Type { return s.typ }

// Compared is how many fingerprints of the right type were offered.
func (s *Search) Compared() int { return s.seen }

// Matches are the nearest fingerprints so far, the nearest one first; those
// that are equally near are in the order in which they were offered.
func (s *Search) Matches() []Match { return s.matches }

// Offer compares a fingerprint. If it is among the nearest ones, value is
// called for what is known of it.
func (s *Search) Offer(fp string, value func() any) {
	t, _, elements, err := Elements(fp)
	if err != nil || t != s.typ || s.keep < 1 {
		return
	}
	s.seen++
	limit := len(s.target) + len(elements)
	if len(s.matches) == s.keep {
		limit = s.matches[s.keep-1].Distance - 1
	}
	s.other = s.other[:0]
	for _, e := range elements {
		n, ok := s.number[e]
		if !ok {
			n = -1
		}
		s.other = append(s.other, n)
	}
	if s.atLeast() > limit {
		return
	}
	d := s.distance(limit)
	if d > limit {
		return
	}
	m := Match{Fingerprint: fp, Distance: d, Alike: 1, Value: value()}
	if longest := max(len(s.target), len(elements)); longest > 0 {
		m.Alike = 1 - float64(d)/float64(longest)
	}
	m.Missing, m.Extra = difference(s.target, elements)
	at := slices.IndexFunc(s.matches, func(x Match) bool { return x.Distance > d })
	if at < 0 {
		at = len(s.matches)
	}
	if len(s.matches) == s.keep {
		s.matches = s.matches[:s.keep-1]
	}
	s.matches = slices.Insert(s.matches, at, m)
}

// atLeast is a number that the distance can't be smaller than: elements that
// aren't in both can't stay.
func (s *Search) atLeast() int {
	clear(s.present)
	for _, c := range s.codes {
		s.present[c]++
	}
	common := 0
	for _, c := range s.other {
		if c >= 0 && s.present[c] > 0 {
			s.present[c]--
			common++
		}
	}
	return max(len(s.codes), len(s.other)) - common
}

// distance is the edit distance, or any larger number than limit if it is
// larger than that. Only cells of the usual table that are no further than
// limit from its diagonal can matter.
func (s *Search) distance(limit int) int {
	a, b := s.codes, s.other
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	far := limit + 1
	s.previous = slices.Grow(s.previous[:0], len(b)+1)[:len(b)+1]
	s.current = slices.Grow(s.current[:0], len(b)+1)[:len(b)+1]
	prev, cur := s.previous, s.current
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		from, to := max(1, i-limit), min(len(b), i+limit)
		cur[from-1] = far
		if from == 1 {
			cur[0] = i
		}
		if to < len(b) {
			cur[to+1] = far
		}
		least := cur[from-1]
		for j := from; j <= to; j++ {
			d := prev[j-1]
			if a[i-1] != b[j-1] {
				d = 1 + min(d, cur[j-1])
				if j < i+limit { // else prev[j] lies outside
					d = min(d, 1+prev[j])
				}
			}
			cur[j] = d
			least = min(least, d)
		}
		if least > limit {
			return far
		}
		prev, cur = cur, prev
	}
	return prev[len(b)]
}

// difference returns the elements that are in only one of two sequences,
// whatever their order.
func difference(a, b []Element) (onlyA, onlyB []Element) {
	count := make(map[Element]int)
	for _, e := range a {
		count[e]++
	}
	for _, e := range b {
		if count[e] > 0 {
			count[e]--
		} else {
			onlyB = append(onlyB, e)
		}
	}
	for _, e := range a {
		if count[e] > 0 {
			count[e]--
			onlyA = append(onlyA, e)
		}
	}
	return onlyA, onlyB
}
