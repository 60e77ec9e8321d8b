package hoststats

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// rank is a row with the numbers that it is sorted by.
type rank struct {
	*row
	host, fingerprint, agent, last uint32
}

// ranked returns rows, which are in the order in which they were first seen,
// in the order of a report.
func ranked(rows []row) []rank {
	host, fingerprint, agent, last := numbering{}, numbering{}, numbering{}, numbering{}
	all := make([]rank, len(rows))
	var b []byte
	for i := range rows {
		e := &rows[i]
		b = e.appendHost(b[:0])
		all[i] = rank{row: e, host: host.of(string(b)), fingerprint: fingerprint.of(e.key.fingerprint), agent: agent.of(e.key.agent)}
		b = e.appendLast(b[:0])
		all[i].last = last.of(string(b))
	}
	slices.SortFunc(all, func(x, y rank) int {
		return cmp.Or(
			compareHex(x.host, y.host),
			cmp.Compare(x.kind, y.kind),
			compareHex(x.fingerprint, y.fingerprint),
			compareHex(x.agent, y.agent),
			compareHex(x.last, y.last))
	})
	return all
}

// numbering numbers strings from 0 on.
type numbering map[string]uint32

func (n numbering) of(s string) uint32 {
	i, ok := n[s]
	if !ok {
		i = uint32(len(n))
		n[s] = i
	}
	return i
}

// compareHex compares numbers by the text of their hexadecimal digits.
//
// Quirk Q132: 1, 10, 11, 2.
func compareHex(x, y uint32) int {
	return cmp.Or(cmp.Compare(leftAligned(x), leftAligned(y)), cmp.Compare(x, y))
}

// leftAligned moves the first hexadecimal digit that is not 0 to the left end.
func leftAligned(x uint32) uint32 { return x << (bits.LeadingZeros32(x) &^ 3) }

// groups yields the parts of rows that hold neighbours which are the same in
// some respect.
func groups(rows []rank, same func(x, y *rank) bool) iter.Seq[[]rank] {
	return func(yield func([]rank) bool) {
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && same(&rows[0], &rows[n]) {
				n++
			}
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}
