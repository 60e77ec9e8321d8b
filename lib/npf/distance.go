package npf

import "slices"

// A Target is a fingerprint that others are compared with. It is for one
// goroutine.
//
// A fingerprint is compared as the sequence of its elements. The distance of
// two fingerprints is the least number of elements that must be inserted,
// deleted or replaced to turn one into the other (edit distance).
type Target struct {
	typ      Type
	elements []Element
	number   map[Element]int32
	codes    []int32 // of the elements

	other    []int32 // codes of the other fingerprint; -1 for elements of its own
	present  []int32 // how often each code is in the target and not yet matched
	previous []int   // rows of the table
	current  []int
}

// NewTarget returns a Target, or ErrFingerprint.
func NewTarget(fp string) (*Target, error) {
	typ, _, elements, err := Elements(fp)
	if err != nil {
		return nil, err
	}
	t := &Target{typ: typ, elements: elements, number: make(map[Element]int32)}
	for _, e := range elements {
		n, ok := t.number[e]
		if !ok {
			n = int32(len(t.number))
			t.number[e] = n
		}
		t.codes = append(t.codes, n)
	}
	t.present = make([]int32, len(t.number))
	return t, nil
}

// Distance returns the distance between two fingerprints of one type, or
// ErrFingerprint.
func Distance(a, b string) (int, error) {
	t, err := NewTarget(a)
	if err != nil {
		return 0, err
	}
	typ, _, elements, err := Elements(b)
	if err != nil || typ != t.typ {
		return 0, ErrFingerprint
	}
	d, _ := t.Distance(elements, len(t.elements)+len(elements))
	return d, nil
}

// Len is how many elements the fingerprint has.
func (t *Target) Len() int { return len(t.elements) }

// Distance returns the distance to a fingerprint with the given elements. ok is
// false if it is larger than limit.
func (t *Target) Distance(elements []Element, limit int) (d int, ok bool) {
	t.other = t.other[:0]
	for _, e := range elements {
		n, ok := t.number[e]
		if !ok {
			n = -1
		}
		t.other = append(t.other, n)
	}
	if t.atLeast() > limit {
		return 0, false
	}
	d = t.distance(limit)
	return d, d <= limit
}

// Difference returns the elements that the other fingerprint lacks, and those
// that it has beside the target's, whatever their order.
func (t *Target) Difference(elements []Element) (missing, extra []Element) {
	return difference(t.elements, elements)
}

// atLeast is a number that the distance can't be smaller than: elements that
// aren't in both can't stay.
func (t *Target) atLeast() int {
	clear(t.present)
	for _, c := range t.codes {
		t.present[c]++
	}
	common := 0
	for _, c := range t.other {
		if c >= 0 && t.present[c] > 0 {
			t.present[c]--
			common++
		}
	}
	return max(len(t.codes), len(t.other)) - common
}

// distance is the edit distance, or any larger number than limit if it is
// larger than that. Only cells of the usual table that are no further than
// limit from its diagonal can matter.
func (t *Target) distance(limit int) int {
	a, b := t.codes, t.other
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	far := limit + 1
	t.previous = slices.Grow(t.previous[:0], len(b)+1)[:len(b)+1]
	t.current = slices.Grow(t.current[:0], len(b)+1)[:len(b)+1]
	prev, cur := t.previous, t.current
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
