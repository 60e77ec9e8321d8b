package envelope

import "math/bits"

// Has reports whether the record has members at a position.
func (v *View) Has(p Position) bool { return v.present&inRow[p] != 0 }

// Spans appends where the members at a position are, each with the comma
// before it, or else the one behind it.
func (v *View) Spans(dst []Span, p Position) []Span {
	for set := v.present & inRow[p]; set != 0; set &= set - 1 {
		dst = append(dst, v.withComma(v.spans[bits.TrailingZeros64(set)]))
	}
	return dst
}

// InsertAt returns the offset at which members at a position belong: before
// those that come next in the order of records, or else behind those that come
// last before them.
func (v *View) InsertAt(p Position) int {
	before, behind := -1, -1
	lower := v.present & (inRow[p]&-inRow[p] - 1)
	if higher := v.present &^ inRow[p] &^ lower; higher != 0 {
		next := names[bits.TrailingZeros64(higher)].row
		for set := v.present & inRow[next]; set != 0; set &= set - 1 {
			if at := v.spans[bits.TrailingZeros64(set)].From; before < 0 || at < before {
				before = at
			}
		}
	} else if lower != 0 {
		last := names[bits.Len64(lower)-1].row
		for set := v.present & inRow[last]; set != 0; set &= set - 1 {
			behind = max(behind, v.spans[bits.TrailingZeros64(set)].To)
		}
	}
	if before < 0 {
		return behind
	}
	if comma, ok := v.commaBefore(before); ok {
		return comma
	}
	return before
}

func (v *View) withComma(s Span) Span {
	if at, ok := v.commaBefore(s.From); ok {
		s.From = at
		return s
	}
	for i := s.To; i < len(v.line); i++ {
		if v.line[i] == ',' {
			s.To = i + 1
		}
		if !isSpace(v.line[i]) {
			break
		}
	}
	return s
}

// commaBefore finds the comma that stands before an offset, with nothing but
// space between.
func (v *View) commaBefore(at int) (int, bool) {
	for at--; at >= 0 && isSpace(v.line[at]); at-- {
	}
	return at, at >= 0 && v.line[at] == ','
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
