package record

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// Text writes a string that comes from a packet. Quotes, backslashes and
// control characters are escaped (RFC 8259, section 7), other characters
// beyond ASCII are written as \u escapes. Bytes that are not UTF-8 and code
// points for private use become U+FFFD.
func (w *Writer) Text(s []byte) {
	b := append(w.buf, '"')
	b = AppendText(b, s)
	w.buf = append(b, '"')
}

// AppendText appends what Text writes between the quotes.
func AppendText(b, s []byte) []byte {
	mixed := leastMixed
	for {
		n := plainLen(s)
		b = append(b, s[:n]...)
		if s = s[n:]; len(s) == 0 {
			return b
		}
		if n >= leastMixed {
			mixed = leastMixed
		}
		b, s = appendMixed(b, s, mixed)
		mixed = min(2*mixed, mostMixed)
	}
}

// How many bytes, of which the first needs escaping, are taken for ones that
// all may. It doubles where they do.
const (
	leastMixed = 16
	mostMixed  = 256
)

// The least and the most significant bits of the bytes of a word.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// appendMixed appends the first most bytes of s, and those that complete a
// character, and returns what is left.
func appendMixed(b, s []byte, most int) (text, rest []byte) {
	m := min(len(s), most)
	b = slices.Grow(b, m*escapeLen+2*escapeLen+8)
	n := len(b)
	b = b[:cap(b)]
	if isASCII(s[:m]) {
		return appendASCII(b, n, s[:m]), s[m:]
	}
	i := 0
	for i < m && i < len(s)-2 {
		c, next := s[i], uint16(s[i+1])|uint16(s[i+2])<<8
		e := &escapes[c]
		// One condition instead of three, of which processors guess the first one
		// wrong in every fifth byte that is random.
		if next&e.mask != e.follow {
			binary.LittleEndian.PutUint64(b[n:n+8], e.text)
			n += int(e.size)
			i++
			continue
		}
		if c < 0xe0 { // of two bytes; all of these are characters
			binary.LittleEndian.PutUint64(b[n:n+8], escapeOf(uint16(c&0x1f)<<6|next&0x3f))
			n += escapeLen
			i += 2
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		n = len(appendRune(b[:n], r))
		i += size
	}
	for i < m { // the last two bytes
		r, size := utf8.DecodeRune(s[i:])
		if size > 1 {
			n = len(appendRune(b[:n], r))
		} else {
			e := &escapes[s[i]]
			binary.LittleEndian.PutUint64(b[n:n+8], e.text)
			n += int(e.size)
		}
		i += size
	}
	return b[:n], s[i:]
}

// appendASCII is appendMixed where no byte begins a character of several. n bytes of
// b are used, and there is room for the others.
func appendASCII(b []byte, n int, s []byte) []byte {
	for _, c := range s {
		e := &escapes[c]
		binary.LittleEndian.PutUint64(b[n:n+8], e.text)
		n += int(e.size)
	}
	return b[:n]
}

// isASCII reports whether s has no bytes beyond ASCII.
func isASCII(s []byte) bool {
	for ; len(s) >= 8; s = s[8:] {
		if binary.LittleEndian.Uint64(s)&highs != 0 {
			return false
		}
	}
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// escape is how Text writes a byte that is no part of a character of several: some
// bytes of text, the first in the least significant byte. It begins one only where the
// next two bytes, the first in the least significant one, have the bits follow in mask.
type escape struct {
	text         uint64
	size         uint8
	mask, follow uint16
}

var escapes = func() (t [256]escape) {
	for c := range t {
		e := &t[c]
		e.follow = 1 // which no mask has: the byte begins none
		switch {
		case c == '"' || c == '\\':
			e.text, e.size = '\\'|uint64(c)<<8, 2
		case c < 0x20 || c == 0x7f:
			e.text, e.size = escapeOf(uint16(c)), uint8(escapeLen)
		case c < utf8.RuneSelf:
			e.text, e.size = uint64(c), 1
		default:
			e.text, e.size = escapeOf(utf8.RuneError), uint8(escapeLen)
		}
		switch {
		case c >= 0xe0 && c <= 0xf4: // of three bytes or four
			e.mask, e.follow = 0xc0c0, 0x8080
		case c >= 0xc2 && c < 0xe0:
			e.mask, e.follow = 0xc0, 0x80
		}
	}
	return t
}()

// plainLen is the number of bytes at the start of s that need no escaping.
// It looks at eight at a time.
func plainLen(s []byte) int {
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		v := binary.LittleEndian.Uint64(s[n:])
		quote := v ^ '"'*ones
		backslash := v ^ '\\'*ones
		// The subtractions borrow from the next byte only where this one
		// sets its bit already, and one bit is enough to stop.
		special := v | (v - 0x20*ones) | (quote - ones) | (backslash - ones) | (v + ones)
		if special&highs != 0 {
			break
		}
	}
	for n < len(s) && escapes[s[n]].size == 1 {
		n++
	}
	return n
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

// escapeLen is the length of an escape in bytes.
const escapeLen = len(`\u0000`)

// appendEscape needs room for eight bytes in b.
func appendEscape(b []byte, v uint16) []byte {
	n := len(b)
	binary.LittleEndian.PutUint64(b[n:n+8], escapeOf(v))
	return b[:n+escapeLen]
}

// escapeOf is the text of an escape, its first character in the least
// significant byte.
func escapeOf(v uint16) uint64 {
	const prefix = uint64('\\') | 'u'<<8
	return prefix | uint64(hexPairs[v>>8])<<16 | uint64(hexPairs[v&255])<<32
}
