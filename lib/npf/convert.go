package npf

import (
	"bytes"
	"encoding/binary"
)

// A Converter derives a fingerprint in another format from one in format 0. It
// may be used again, by one goroutine at a time.
//
// What it gives is what the message does, but for messages with several
// extensions of the same type, whose order depends on more than what the text
// shows; see Builder.Repeats.
type Converter struct {
	b Builder
}

// Convert returns the fingerprint of a TLS, DTLS or QUIC client hello in the
// wanted format, valid until the next call; it is empty where it would be
// longer than MaxLen. A fingerprint that is in that format already is returned
// as it is. ok is false where fp is no such fingerprint, or is in another
// format than 0.
func (c *Converter) Convert(t Type, fp []byte, format int) (converted []byte, ok bool) {
	if t != TLS && t != DTLS && t != QUIC {
		return nil, false
	}
	rest, found := bytes.CutPrefix(fp, []byte(t.String()))
	if !found || len(rest) < 2 || rest[0] != '/' {
		return nil, false
	}
	rest = rest[1:]
	if rest[0] != '(' {
		return fp, len(rest) > 1 && rest[0] == byte('0'+format) && rest[1] == '/'
	}
	if format == 0 {
		return fp, true
	}
	groups := 2 // before the extensions: version, cipher suites
	if t == QUIC {
		groups = 3
	}
	head := rest
	for range groups {
		g, ok := group(rest)
		if !ok {
			return nil, false
		}
		rest = rest[len(g):]
	}
	head = head[:len(head)-len(rest)]
	list, ok := group(rest)
	if !ok || len(list) != len(rest) {
		return nil, false
	}
	b := &c.b
	b.Begin(t, format)
	b.buf = append(b.buf, head...)
	if !b.copyExtensions(list, FormatOf(t, format)) {
		return nil, false
	}
	return b.Bytes(), true
}

// copyExtensions appends the extensions of a list in text. Those of the same
// type stay as they are where the list is sorted already.
func (b *Builder) copyExtensions(list []byte, f Format) bool {
	x := b.OpenExtensions(f)
	x.stable = list[0] == '['
	for list = list[1 : len(list)-1]; len(list) > 0; {
		g, ok := group(list)
		if !ok {
			return false
		}
		code, ok := extensionCode(g)
		if !ok {
			return false
		}
		x.Add(code, g)
		list = list[len(g):]
	}
	for i := range x.Arrange() {
		b.copyExtension(x.At(i))
	}
	x.Close()
	return true
}

// group returns the list or string that s begins with.
func group(s []byte) (g []byte, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[':
			depth++
			i += digitsLen(s[i+1:])
		case ')', ']':
			depth--
			if depth == 0 {
				return s[:i+1], true
			}
		default:
			if depth == 0 {
				return nil, false
			}
		}
	}
	return nil, false
}

// digitsLen is a number of bytes at the start of s, a multiple of eight, that
// are hexadecimal digits, or at least no parentheses or brackets: of the two
// bits that digits and letters differ in, those have none or both.
func digitsLen(s []byte) (n int) {
	const one = 0x1010101010101010
	for ; len(s)-n >= 8; n += 8 {
		if v := binary.LittleEndian.Uint64(s[n:]); (v^v>>2)&one != one {
			break
		}
	}
	return n
}

// extensionCode reads the type that an extension begins with.
func extensionCode(g []byte) (code uint16, ok bool) {
	digits := g[codeOffset(g):]
	if len(digits) < 4 {
		return 0, false
	}
	for _, b := range digits[:4] {
		code <<= 4
		switch {
		case b >= '0' && b <= '9':
			code |= uint16(b - '0')
		case b >= 'a' && b <= 'f':
			code |= uint16(b - 'a' + 10)
		default:
			return 0, false
		}
	}
	return code, true
}
