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
	"encoding/base64"
	"encoding/hex"
	"math"
	"net/netip"
	"strconv"
	"unicode/utf8"
)

// MaxLen is the length in bytes of the longest record, with the newline that
// ends it. A message whose record would be longer has none.
const MaxLen = 1<<20 - 1

const hexDigits = "0123456789abcdef"

// A Writer appends JSON to a buffer that it owns. The zero Writer is ready.
type Writer struct {
	buf []byte
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
func (w *Writer) Uint(v uint64) { w.buf = strconv.AppendUint(w.buf, v, 10) }

// Int writes a decimal integer.
func (w *Writer) Int(v int64) { w.buf = strconv.AppendInt(w.buf, v, 10) }

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
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, '"')
}

// StrBytes is Str for a byte slice.
func (w *Writer) StrBytes(s []byte) {
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, '"')
}

// Text writes a string that comes from a packet. Quotes, backslashes and
// control characters are escaped (RFC 8259, section 7), other characters
// beyond ASCII are written as \u escapes. Bytes that are not UTF-8 and code
// points for private use become U+FFFD.
func (w *Writer) Text(s []byte) {
	w.buf = append(w.buf, '"')
	w.buf = AppendText(w.buf, s)
	w.buf = append(w.buf, '"')
}

// AppendText appends what Text writes between the quotes.
func AppendText(b, s []byte) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < utf8.RuneSelf:
			b = appendEscape(b, uint16(c))
			i++
		default:
			r, size := utf8.DecodeRune(s[i:])
			b = appendRune(b, r)
			i += size
		}
		start = i
	}
	return append(b, s[start:]...)
}

// TextLen is the number of bytes that Text's string has when it is read again:
// that of s, unless characters are replaced.
func TextLen(s []byte) int {
	n := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		s = s[size:]
		if isPrivate(r) {
			r = utf8.RuneError
		}
		n += utf8.RuneLen(r)
	}
	return n
}

// IsExact reports whether Text's string is s when it is read again: s is UTF-8
// without code points for private use.
func IsExact(s []byte) bool {
	for len(s) > 0 {
		if s[0] < utf8.RuneSelf {
			s = s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 || isPrivate(r) {
			return false
		}
		s = s[size:]
	}
	return true
}

// isPrivate reports whether a code point is for private use.
func isPrivate(r rune) bool {
	// Quirk Q135: they are characters, too.
	return r >= 0xe000 && r <= 0xf8ff || r >= 0xf0000 && r <= 0xffffd || r >= 0x100000 && r <= 0x10fffd
}

func appendRune(b []byte, r rune) []byte {
	switch {
	case isPrivate(r):
		r = utf8.RuneError
	case r > 0xffff:
		r -= 0x10000
		b = appendEscape(b, uint16(0xd800+r>>10))
		return appendEscape(b, uint16(0xdc00+r&0x3ff))
	}
	return appendEscape(b, uint16(r))
}

func appendEscape(b []byte, v uint16) []byte {
	return append(b, '\\', 'u', hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}

// Hex writes bytes as a string of lower-case hexadecimal digits.
func (w *Writer) Hex(s []byte) {
	w.buf = append(w.buf, '"')
	w.buf = AppendHex(w.buf, s)
	w.buf = append(w.buf, '"')
}

// AppendHex appends two lower-case digits for every byte of s.
func AppendHex(b, s []byte) []byte { return hex.AppendEncode(b, s) }

// HexUint writes the low digits*4 bits of v as a string of that many
// hexadecimal digits.
func (w *Writer) HexUint(v uint64, digits int) {
	w.buf = append(w.buf, '"')
	w.buf = AppendHexUint(w.buf, v, digits)
	w.buf = append(w.buf, '"')
}

// AppendHexUint appends the last digits hexadecimal digits of v.
func AppendHexUint(b []byte, v uint64, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, hexDigits[v>>(4*i)&15])
	}
	return b
}

// UnknownHex writes "UNKNOWN (…)" with v in hexadecimal, for a code without a
// name.
func (w *Writer) UnknownHex(v uint64, digits int) {
	w.buf = append(w.buf, `"UNKNOWN (`...)
	w.buf = AppendHexUint(w.buf, v, digits)
	w.buf = append(w.buf, `)"`...)
}

// UnknownUint writes "UNKNOWN (…)" with v in decimal, for a code without a
// name.
func (w *Writer) UnknownUint(v uint64) {
	w.buf = append(w.buf, `"UNKNOWN (`...)
	w.buf = strconv.AppendUint(w.buf, v, 10)
	w.buf = append(w.buf, `)"`...)
}

// UnknownInt is UnknownUint for a code that may be negative.
func (w *Writer) UnknownInt(v int64) {
	w.buf = append(w.buf, `"UNKNOWN (`...)
	w.buf = strconv.AppendInt(w.buf, v, 10)
	w.buf = append(w.buf, `)"`...)
}

// Base64 writes bytes as a string in standard base64 with padding (RFC 4648,
// section 4).
func (w *Writer) Base64(s []byte) {
	w.buf = append(w.buf, '"')
	w.buf = base64.StdEncoding.AppendEncode(w.buf, s)
	w.buf = append(w.buf, '"')
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

// AppendIPv4 appends a dotted quad.
func AppendIPv4(b []byte, a [4]byte) []byte {
	for i, c := range a {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(c), 10)
	}
	return b
}

// AppendIPv6 appends an address in the form of RFC 5952, section 4.
func AppendIPv6(b []byte, a [16]byte) []byte {
	ip := netip.AddrFrom16(a)
	// Quirk Q136: RFC 5952 recommends a dotted quad.
	if !ip.Is4In6() {
		return ip.AppendTo(b)
	}
	b = append(b, "::ffff:"...)
	b = strconv.AppendUint(b, uint64(a[12])<<8|uint64(a[13]), 16)
	b = append(b, ':')
	return strconv.AppendUint(b, uint64(a[14])<<8|uint64(a[15]), 16)
}

// MAC writes an address as pairs of digits with colons between them.
func (w *Writer) MAC(a []byte) {
	w.buf = append(w.buf, '"')
	for i, c := range a {
		if i > 0 {
			w.buf = append(w.buf, ':')
		}
		w.buf = append(w.buf, hexDigits[c>>4], hexDigits[c&15])
	}
	w.buf = append(w.buf, '"')
}

// Time writes a time in nanoseconds since 1970 as seconds with six decimals;
// what is beyond them is cut off.
func (w *Writer) Time(ns int64) {
	micro := ns / 1e3
	if micro < 0 {
		w.buf = append(w.buf, '-')
		micro = -micro
	}
	w.buf = strconv.AppendInt(w.buf, micro/1e6, 10)
	micro %= 1e6
	w.buf = append(w.buf, '.')
	for div := int64(100000); div > 0; div /= 10 {
		w.buf = append(w.buf, byte('0'+micro/div%10))
	}
}
