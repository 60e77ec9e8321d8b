package http

import (
	"merctools/lib/npf"
	"merctools/lib/wire"
)

// Lengths of the names of header fields that are known.
const (
	minName = 2
	maxName = 32
)

// lower writes a name in lower case into buf. A name that is too long or too
// short to be known becomes the empty one.
func lower(buf *[maxName]byte, name []byte) []byte {
	if len(name) > maxName || len(name) < minName {
		return nil
	}
	for i, b := range name {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		buf[i] = b
	}
	return buf[:len(name)]
}

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

// addShares adds to a fingerprint what share kept.
func (h *header) addShares(b *npf.Builder) {
	for _, s := range h.shares {
		b.String(s)
	}
}
