// Package record writes JSON records by appending to a byte slice.
//
// A Writer keeps no state beside the bytes: it puts a comma where the last
// byte shows that one is due. Cutting a record off is therefore setting a
// length (Len, Reset), and a nested value can be written by a function that
// knows nothing of what surrounds it.
//
//	w.Object()
//	w.Key("tls").Object()
//	w.Key("version").Hex(v)
//	w.Key("alpn").Array()
//	w.Elem().Text(name)
//	w.EndArray()
//	w.EndObject()
//	w.EndObject()
package record

import (
	"math"
	"strconv"
)

// MaxLen is the length in bytes of the longest record, with the newline that
// ends it. A message whose record would be longer has none.
const MaxLen = 1<<20 - 1

// A Writer appends JSON to a buffer that it owns. The zero Writer is ready.
type Writer struct {
	buf   []byte
	bound int   // of a record; 0: MaxLen
	mask  *Mask // of secrets; nil where they are written as they are
}

// NewWriter returns a Writer that appends to buf.
func NewWriter(buf []byte) *Writer { return &Writer{buf: buf} }

// Bytes is what was written so far; it is valid until the next write.
func (w *Writer) Bytes() []byte { return w.buf }

// SetBuffer makes w append to buf.
func (w *Writer) SetBuffer(buf []byte) { w.buf = buf }

// Len is the number of bytes written so far.
func (w *Writer) Len() int { return len(w.buf) }

// Reset cuts the output back to its first n bytes.
func (w *Writer) Reset(n int) { w.buf = w.buf[:n] }

// Key begins a member of an object; the value's method follows. The name must
// need no escaping.
func (w *Writer) Key(name string) *Writer {
	b := w.buf
	if n := len(b); n > 0 && b[n-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	w.buf = append(b, '"', ':')
	return w
}

// TextKey begins a member whose name comes from a packet.
func (w *Writer) TextKey(name []byte) *Writer {
	w.comma('{')
	w.Text(name)
	w.buf = append(w.buf, ':')
	return w
}

// OptionalText writes a member whose value comes from a packet, unless it is
// empty.
func (w *Writer) OptionalText(name string, s []byte) {
	if len(s) > 0 {
		w.Key(name).Text(s)
	}
}

// Elem begins an element of an array; the value's method follows.
func (w *Writer) Elem() *Writer {
	w.comma('[')
	return w
}

func (w *Writer) comma(open byte) {
	if n := len(w.buf); n > 0 && w.buf[n-1] != open {
		w.buf = append(w.buf, ',')
	}
}

// Object opens an object, and EndObject closes it.
func (w *Writer) Object() { w.buf = append(w.buf, '{') }

// EndObject closes the innermost open object.
func (w *Writer) EndObject() { w.buf = append(w.buf, '}') }

// Array opens an array, and EndArray closes it.
func (w *Writer) Array() { w.buf = append(w.buf, '[') }

// EndArray closes the innermost open array.
func (w *Writer) EndArray() { w.buf = append(w.buf, ']') }

// Newline ends a record.
func (w *Writer) Newline() { w.buf = append(w.buf, '\n') }

// Raw appends bytes that are JSON already.
func (w *Writer) Raw(json []byte) { w.buf = append(w.buf, json...) }

// RawMember appends a member that is JSON already: its name and value.
func (w *Writer) RawMember(json []byte) {
	w.comma('{')
	w.Raw(json)
}

// Null writes null.
func (w *Writer) Null() { w.buf = append(w.buf, "null"...) }

// Bool writes true or false.
func (w *Writer) Bool(v bool) { w.buf = strconv.AppendBool(w.buf, v) }

// Uint writes a decimal integer.
func (w *Writer) Uint(v uint64) { w.buf = AppendUint(w.buf, v) }

// Int writes a decimal integer.
func (w *Writer) Int(v int64) {
	if v < 0 {
		w.buf = strconv.AppendInt(w.buf, v, 10)
		return
	}
	w.buf = AppendUint(w.buf, uint64(v))
}

// Float writes a number with six decimals. What JSON has no number for (NaN,
// infinities) is written as null.
func (w *Writer) Float(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		w.Null()
		return
	}
	w.buf = strconv.AppendFloat(w.buf, v, 'f', 6, 64)
}

// Str writes a string that needs no escaping, such as a name of the
// program's own.
func (w *Writer) Str(s string) {
	b := append(w.buf, '"')
	b = append(b, s...)
	w.buf = append(b, '"')
}

// StrBytes is Str for a byte slice.
func (w *Writer) StrBytes(s []byte) {
	b := append(w.buf, '"')
	b = append(b, s...)
	w.buf = append(b, '"')
}

// NameOrCode writes the name of a code, or "UNKNOWN (…)" with the code in decimal
// where the name is empty.
func (w *Writer) NameOrCode(name string, code int64) {
	if name != "" {
		w.Str(name)
		return
	}
	w.buf = append(w.buf, `"UNKNOWN (`...)
	w.buf = strconv.AppendInt(w.buf, code, 10)
	w.buf = append(w.buf, `)"`...)
}

// NameOrHex is NameOrCode with the code in so many hexadecimal digits.
func (w *Writer) NameOrHex(name string, code uint64, digits int) {
	if name != "" {
		w.Str(name)
		return
	}
	w.UnknownHex(code, digits)
}

// UnknownHex writes "UNKNOWN (…)" with v in hexadecimal.
func (w *Writer) UnknownHex(v uint64, digits int) {
	w.buf = append(w.buf, `"UNKNOWN (`...)
	w.buf = AppendHexUint(w.buf, v, digits)
	w.buf = append(w.buf, `)"`...)
}

// IPv4 writes an address given as four bytes in network order.
func (w *Writer) IPv4(a [4]byte) {
	w.buf = append(w.buf, '"')
	w.buf = AppendIPv4(w.buf, a)
	w.buf = append(w.buf, '"')
}

// IPv6 writes an address given as 16 bytes in network order, as RFC 5952
// says. Addresses that hold an IPv4 address have no form of their own.
func (w *Writer) IPv6(a [16]byte) {
	w.buf = append(w.buf, '"')
	w.buf = AppendIPv6(w.buf, a)
	w.buf = append(w.buf, '"')
}

// IP writes an address of 4 or 16 bytes; any other length is "malformed".
func (w *Writer) IP(a []byte) {
	switch len(a) {
	case 4:
		w.IPv4([4]byte(a))
	case 16:
		w.IPv6([16]byte(a))
	default:
		w.Str("malformed")
	}
}

// SetBound says that what a record has beyond n bytes is left out, or that it is
// lost.
func (w *Writer) SetBound(n int) { w.bound = n }

// Full reports whether so much was written since the output had start bytes that a
// message need not go on.
func (w *Writer) Full(start int) bool { return w.Len()-start > w.Bound() }

// Bound is how many bytes a message may write before it can stop: a record that
// is longer is cut, or lost.
func (w *Writer) Bound() int {
	if w.bound > 0 {
		return w.bound
	}
	return MaxLen
}
