package http

import (
	"merctools/lib/npf"
	"merctools/lib/wire"
)

// maxName is the length of the longest name of a header field that is known.
const maxName = 32

// A share is how much of a header field is in the fingerprint.
type share uint8

const (
	nothing share = iota
	nameOnly
	wholeLine
)

// maxShares is how many fields no fingerprint has room for: the shortest name of
// one that is in it has three bytes.
const maxShares = npf.MaxLen/len("(646e74)") + 1

// keep keeps the value of a field that is known, of the first of a name even where
// it is empty, and what the field adds to the fingerprint.
func (h *header) keep(value *wire.Cursor, s share, data wire.Cursor, at span) {
	if value != nil && value.Failed() {
		*value = data[at.value:at.end]
	}
	switch {
	case s == nothing || len(h.shares) == maxShares:
	case s == nameOnly:
		h.shares = append(h.shares, data[at.start:at.colon])
	default:
		h.shares = append(h.shares, data[at.start:at.end])
	}
}

// addShares adds to a fingerprint what keep kept of the fields.
func (h *header) addShares(b *npf.Builder) {
	for _, s := range h.shares {
		b.String(s)
	}
}
