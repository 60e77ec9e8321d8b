package npf

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// GREASEParameter stands for all identifiers of QUIC transport parameters that
// are reserved for GREASE (RFC 9000, section 18.1), as AddParameter takes them.
const GREASEParameter = 0x1b << 56

// AddParameter adds the identifier of a QUIC transport parameter to the list
// that WriteParameters writes. It is given as it is encoded, in the most
// significant bytes: the integer has a variable length (RFC 9000, section 16),
// which its first two bits tell.
func (x *ExtensionList) AddParameter(id uint64) { x.b.ids = append(x.b.ids, id) }

// WriteParameters appends the extension for QUIC transport parameters, with
// those that were added since the last one.
func (x *ExtensionList) WriteParameters(shown uint16) {
	b := x.b
	b.Open()
	b.Open()
	b.Uint16(shown)
	b.Close()
	switch {
	case x.format == InOrder:
		b.Open()
		b.writeIDs()
		b.Close()
	case haveOrder(b.ids):
		b.buf = append(b.buf, '[')
		sortKeys(b.ids)
		b.writeIDs()
		b.buf = append(b.buf, ']')
	default:
		b.buf = append(b.buf, '[')
		start := len(b.buf)
		b.writeIDs()
		b.scratch = append(b.scratch[:0], b.buf[start:]...)
		b.buf = b.buf[:start]
		b.sortParameters(b.scratch)
		b.buf = append(b.buf, ']')
	}
	b.Close()
	b.ids = b.ids[:0]
}

func (b *Builder) writeIDs() {
	var encoded [8]byte
	for _, id := range b.ids {
		binary.BigEndian.PutUint64(encoded[:], id)
		b.String(encoded[:1<<(id>>62)])
	}
}

// haveOrder reports whether the order of identifiers that sortParameters
// describes is that of their encodings as numbers: those for GREASE come before
// all that take several bytes.
func haveOrder(ids []uint64) bool {
	for _, id := range ids {
		size := uint64(1) << (id >> 62)
		if size > 1 && id<<2>>2>>(64-8*size) <= GREASEParameter>>56 {
			return false
		}
	}
	return true
}

// sortParameters appends the identifiers in a text, each with its parentheses,
// in their order.
func (b *Builder) sortParameters(text []byte) {
	b.parameters = b.parameters[:0]
	for len(text) > 0 {
		n := bytes.IndexByte(text, ')') + 1
		if n == 0 {
			break
		}
		b.parameters = append(b.parameters, text[:n])
		text = text[n:]
	}
	sortParameters(b.parameters)
	for _, id := range b.parameters {
		b.buf = append(b.buf, id...)
	}
}

// sortParameters orders the identifiers of QUIC transport parameters, each
// with its parentheses, by the bytes that encode them, those for GREASE as if
// they were 27.
//
// Where an identifier is encoded in more bytes than it needs, that order may
// contradict itself, and the way of sorting decides. A few parameters, which
// is the usual case, are inserted one by one: at the front if they come before
// the first, or else behind the last that they do not come before.
func sortParameters(ids [][]byte) {
	const few = 16
	if len(ids) > few {
		slices.SortStableFunc(ids, compareParameters)
		return
	}
	for i := range ids {
		id, at := ids[i], i
		if compareParameters(id, ids[0]) < 0 {
			at = 0
		}
		for at > 0 && compareParameters(id, ids[at-1]) < 0 {
			at--
		}
		copy(ids[at+1:i+1], ids[at:i])
		ids[at] = id
	}
}

// greaseParameter is the text of GREASEParameter.
const greaseParameter = "(1b)"

// Quirk Q30: an order that contradicts itself.
func compareParameters(p, q []byte) int {
	pg, qg := string(p) == greaseParameter, string(q) == greaseParameter
	if pg != qg { // as numbers
		return cmp.Compare(parameterNumber(p), parameterNumber(q))
	}
	return bytes.Compare(p, q)
}

// parameterNumber decodes an identifier: a variable-length integer (RFC 9000,
// section 16) of up to eight bytes.
func parameterNumber(id []byte) uint64 {
	var n uint64
	digits := id[1 : len(id)-1]
	for _, d := range digits {
		n = n<<4 | uint64(d&15)
		if d >= 'a' {
			n += 9
		}
	}
	if len(digits) > 0 {
		n &^= 3 << (4*len(digits) - 2)
	}
	return n
}
