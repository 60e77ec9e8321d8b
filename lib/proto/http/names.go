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

// share keeps what a field adds to the fingerprint.
func (h *header) share(s share, data wire.Cursor, at span) {
	switch {
	case s == nothing || len(h.shares) == maxShares:
	case s == nameOnly:
		h.shares = append(h.shares, data[at.start:at.colon])
	default:
		h.shares = append(h.shares, data[at.start:at.end])
	}
}

// collect reads the fields. Of those that are known, it keeps the value, of the
// first of a name even where it is empty, and the share in the fingerprint.
func (h *header) collect(known func(name []byte) (value *wire.Cursor, s share)) {
	r := h.fields()
	for at, ok := r.next(); ok; at, ok = r.next() {
		value, share := known(r.name(at))
		if value != nil && value.Failed() {
			*value = r.value(at)
		}
		h.share(share, r.data, at)
	}
}

// addShares adds to a fingerprint what share kept.
func (h *header) addShares(b *npf.Builder) {
	for _, s := range h.shares {
		b.String(s)
	}
}
