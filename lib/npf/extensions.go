package npf

import (
	"bytes"
	"cmp"
	"slices"
)

// A Format says how the extensions of a ClientHello appear in a fingerprint.
type Format uint8

// The formats. In all of them the values of extensions that an implementation
// always fills alike are part of the fingerprint, and values reserved for
// GREASE (RFC 8701) are replaced by one of them.
const (
	// InOrder has the extensions in the order in which they came.
	InOrder Format = iota
	// Sorted has them by type, as some clients shuffle them.
	Sorted
	// Registered has them by type, leaves out those that depend on the
	// session, lets one type stand for all private ones and another for all
	// unassigned ones, and has no more than three of a type.
	Registered
)

// FormatOf returns what a format number means for a type of fingerprint.
func FormatOf(t Type, number int) Format {
	if t == QUIC { // has no format that keeps the order
		return Sorted + Format(number)
	}
	return Format(number)
}

// An extension is one extension in an open list.
type extension struct {
	code  uint16
	shown uint16 // the type that stands for it
	begin int    // offset of its text in the list; it ends where the next one begins
	end   int
	value []byte // what orders extensions of the same type
}

// An ExtensionList is the list of extensions that ends a fingerprint. Between
// OpenExtensions and Close, call Next and append the text that the extension
// has in the format InOrder, for each of them.
type ExtensionList struct {
	b      *Builder
	format Format
	start  int    // where the first extension begins
	seen   uint64 // types so far, modulo 64
}

// OpenExtensions begins the list of extensions.
func (b *Builder) OpenExtensions(f Format) ExtensionList {
	open := byte('[')
	if f == InOrder {
		open = '('
	}
	b.buf = append(b.buf, open)
	b.extensions = b.extensions[:0]
	b.unbounded = f != InOrder
	return ExtensionList{b: b, format: f, start: len(b.buf)}
}

// Next begins an extension of the given type. Extensions of the same type are
// ordered by length and content of the value, which is not kept beyond Close.
func (x *ExtensionList) Next(code uint16, value []byte) {
	b := x.b
	if bit := uint64(1) << (code % 64); x.seen&bit != 0 && !looksLikeGREASE(code) {
		b.repeats = true
	} else {
		x.seen |= bit
	}
	if x.format != InOrder {
		b.extensions = append(b.extensions, extension{code: code, begin: len(b.buf) - x.start, value: value})
	}
}

// Close puts the extensions into the order of the format, and ends the list.
func (x *ExtensionList) Close() {
	b := x.b
	if x.format == InOrder {
		b.buf = append(b.buf, ')')
		return
	}
	b.unbounded = false
	b.unsorted = append(b.unsorted[:0], b.buf[x.start:]...)
	b.buf = b.buf[:x.start]
	b.writeExtensions(x.format)
	b.buf = append(b.buf, ']')
	clear(b.extensions) // drops the values
}

func (b *Builder) writeExtensions(f Format) {
	list := b.extensions
	b.order = b.order[:0]
	for i := range list {
		e := &list[i]
		e.end = len(b.unsorted)
		if i+1 < len(list) {
			e.end = list[i+1].begin
		}
		ok := true
		switch {
		case f == Registered:
			e.shown, ok = registeredCode(e.code)
		case looksLikeGREASE(e.code):
			e.shown = greaseCode
		default:
			e.shown = e.code
		}
		if ok {
			b.order = append(b.order, uint64(e.shown)<<32|uint64(i))
		}
	}
	sortKeys(b.order)
	for rest := b.order; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n]>>32 == rest[0]>>32 {
			n++
		}
		same := rest[:n]
		if f == Registered {
			same = rest[:min(n, maxRepeated)]
		}
		if len(same) > 1 && rest[0]>>32 != greaseCode { // those for GREASE are all the same
			slices.SortStableFunc(same, func(x, y uint64) int { return compareValues(list[uint32(x)].value, list[uint32(y)].value) })
		}
		for _, k := range same {
			b.writeExtension(&list[uint32(k)])
		}
		rest = rest[n:]
	}
}

// sortKeys sorts numbers. A few, which is the usual case, are inserted one by
// one.
func sortKeys(keys []uint64) {
	const few = 32
	if len(keys) > few {
		slices.Sort(keys)
		return
	}
	for i := 1; i < len(keys); i++ {
		k, at := keys[i], i
		for at > 0 && keys[at-1] > k {
			keys[at] = keys[at-1]
			at--
		}
		keys[at] = k
	}
}

// maxRepeated is how many extensions of a type a Registered fingerprint has.
const maxRepeated = 3

// compareValues orders extensions that are shown under the same type.
func compareValues(a, b []byte) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return bytes.Compare(a, b)
}

const greaseCode = 0x0a0a

// looksLikeGREASE reports whether a type looks like one that is reserved for
// GREASE (RFC 8701). It is not as strict as the RFC: both bytes end in 0xa,
// but may differ otherwise.
//
// Quirk Q28: the two bytes may differ.
func looksLikeGREASE(code uint16) bool { return code&0x0f0f == 0x0a0a }

// registeredCode is the type under which a Registered fingerprint has an
// extension; ok is false where it depends on the session: padding,
// session_ticket, pre_shared_key, early_data.
func registeredCode(code uint16) (shown uint16, ok bool) {
	const (
		unassigned = 62 // the first of them
		private    = 0xff00
	)
	switch {
	case code == 21 || code == 35 || code == 41 || code == 42:
		return 0, false
	case looksLikeGREASE(code):
		return greaseCode, true
	// Quirk Q29: what IANA has assigned since is not known.
	case code <= unassigned:
		return code, true
	}
	switch code {
	case 0x3374, // next protocol negotiation
		0x5500,         // token binding
		0x754f, 0x7550, // channel ID
		0xfd00, // ECH outer extensions
		0xfe0d, // encrypted ClientHello
		0xff01, // renegotiation info (RFC 5746)
		0xff03,
		0xffa5, // QUIC transport parameters, in drafts
		0xffce: // encrypted server name
		return code, true
	}
	if code < private {
		return unassigned, true
	}
	return private, true
}

// writeExtension appends an extension under the type that stands for it.
func (b *Builder) writeExtension(e *extension) {
	text := b.unsorted[e.begin:e.end]
	at := codeOffset(text)
	b.buf = append(b.buf, text[:at]...)
	b.buf = appendHex16(b.buf, e.shown)
	text = text[at+4:]
	// The type of transport parameters is a string of its own, and the
	// identifiers are a list.
	if at < 2 || !bytes.HasPrefix(text, []byte(")(")) {
		b.buf = append(b.buf, text...)
		return
	}
	b.parameters = b.parameters[:0]
	for list := text[2 : len(text)-2]; len(list) > 0; {
		n := bytes.IndexByte(list, ')') + 1
		if n == 0 {
			break
		}
		b.parameters = append(b.parameters, list[:n])
		list = list[n:]
	}
	sortParameters(b.parameters)
	b.buf = append(b.buf, ")["...)
	for _, id := range b.parameters {
		b.buf = append(b.buf, id...)
	}
	b.buf = append(b.buf, "])"...)
}

// codeOffset is where the type stands in an extension's text: behind one
// parenthesis, or more where it is a string of its own.
func codeOffset(text []byte) int {
	at := 0
	for at < len(text) && text[at] == '(' {
		at++
	}
	return at
}

func appendHex16(b []byte, v uint16) []byte {
	const digits = "0123456789abcdef"
	return append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
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

// greaseParameter stands for all identifiers that are reserved for GREASE
// (RFC 9000, section 18.1).
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

// Repeats reports whether the fingerprint may have several extensions of the
// same type. Then a Converter may give another order than the message does,
// since not all that counts is in the text.
func (b *Builder) Repeats() bool { return b.repeats }

// TooLong reports whether there is no fingerprint because it would be longer
// than MaxLen.
func (b *Builder) TooLong() bool { return b.typ != None && b.Type() == None }
