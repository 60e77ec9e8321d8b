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

// An Extension is one extension of a message.
type Extension struct {
	Code  uint16
	Shown uint16 // the type that stands for it
	Value []byte
}

// An ExtensionList is the list of extensions that ends a fingerprint. It gets
// all of the message's by Add; Arrange says how many of them the format has, and
// At which. The caller appends their text, and ends the list with Close.
type ExtensionList struct {
	b      *Builder
	format Format
	seen   uint64 // types so far, modulo 64
	stable bool   // those of the same type stay in their order
}

// OpenExtensions begins the list of extensions.
func (b *Builder) OpenExtensions(f Format) ExtensionList {
	open := byte('[')
	if f == InOrder {
		open = '('
	}
	b.buf = append(b.buf, open)
	b.extensions, b.order = b.extensions[:0], b.order[:0]
	return ExtensionList{b: b, format: f}
}

// Add adds an extension. Those of the same type are ordered by length and
// content of the value, which is not kept beyond Close.
func (x *ExtensionList) Add(code uint16, value []byte) {
	b := x.b
	shown, ok := code, true
	if looksLikeGREASE(code) {
		if x.format != InOrder {
			shown = greaseCode
		}
	} else {
		if bit := uint64(1) << (code % 64); x.seen&bit != 0 {
			b.repeats = true
		} else {
			x.seen |= bit
		}
		if x.format == Registered {
			shown, ok = registeredCode(code)
		}
	}
	if ok {
		b.order = append(b.order, uint64(shown)<<32|uint64(len(b.extensions)))
		b.extensions = append(b.extensions, Extension{code, shown, value})
	}
}

// Arrange puts the extensions into the order of the format, and returns how
// many there are.
func (x *ExtensionList) Arrange() int {
	b := x.b
	if x.format == InOrder {
		return len(b.order)
	}
	sortKeys(b.order)
	kept := b.order[:0]
	for rest := b.order; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n]>>32 == rest[0]>>32 {
			n++
		}
		same := rest[:n]
		if x.format == Registered {
			same = rest[:min(n, maxRepeated)]
		}
		if len(same) > 1 && !x.stable && rest[0]>>32 != greaseCode { // those for GREASE are all the same
			slices.SortStableFunc(same, func(i, j uint64) int {
				return compareValues(b.extensions[uint32(i)].Value, b.extensions[uint32(j)].Value)
			})
		}
		kept = append(kept, same...)
		rest = rest[n:]
	}
	b.order = kept
	return len(kept)
}

// At returns an extension by its place in the arranged list.
func (x *ExtensionList) At(i int) *Extension { return &x.b.extensions[uint32(x.b.order[i])] }

// Close ends the list.
func (x *ExtensionList) Close() {
	end := byte(']')
	if x.format == InOrder {
		end = ')'
	}
	x.b.buf = append(x.b.buf, end)
	clear(x.b.extensions) // drops the values
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

// copyExtension appends an extension whose value is its text in format 0, under
// the type that stands for it.
func (b *Builder) copyExtension(e *Extension) {
	text := e.Value
	at := codeOffset(text)
	b.buf = append(b.buf, text[:at]...)
	b.buf = appendHex16(b.buf, e.Shown)
	text = text[at+4:]
	// The type of transport parameters is a string of its own, and the
	// identifiers are a list.
	if at < 2 || !bytes.HasPrefix(text, []byte(")(")) {
		b.buf = append(b.buf, text...)
		return
	}
	b.buf = append(b.buf, ")["...)
	b.sortParameters(text[2 : len(text)-2])
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

// Repeats reports whether the fingerprint may have several extensions of the
// same type. Then a Converter may give another order than the message does,
// since not all that counts is in the text.
func (b *Builder) Repeats() bool { return b.repeats }

// TooLong reports whether there is no fingerprint because it would be longer
// than MaxLen.
func (b *Builder) TooLong() bool { return b.typ != None && b.Type() == None }
