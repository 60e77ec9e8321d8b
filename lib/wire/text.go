package wire

import "bytes"

// Line reads a line that ends with CR LF, and returns it without these. It
// fails where the first CR is not followed by LF, and where there is none.
func (c *Cursor) Line() Cursor {
	b := *c
	i := bytes.IndexByte(b, '\r')
	if i < 0 || i+1 == len(b) || b[i+1] != '\n' {
		*c = nil
		return nil
	}
	*c = b[i+2:]
	return b[:i:i]
}

// Decimal reads decimal digits, at least one, as a number. It fails where the
// number is larger than max.
func (c *Cursor) Decimal(max uint32) uint32 {
	b := *c
	var v uint64
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		if v <= uint64(max) {
			v = 10*v + uint64(b[i]-'0')
		}
		i++
	}
	if i == 0 || v > uint64(max) {
		*c = nil
		return 0
	}
	*c = b[i:]
	return uint32(v)
}

// Word reads up to the next delim, which stays unread. Where there is none it
// returns all that is left, and reads nothing. It fails where nothing is left.
func (c *Cursor) Word(delim byte) Cursor {
	if !c.More() {
		c.Fail()
		return nil
	}
	if i := bytes.IndexByte(*c, delim); i >= 0 {
		return c.UpTo(i)
	}
	return *c
}

// While reads the next bytes that are of a class, of which there may be none.
func (c *Cursor) While(class func(byte) bool) Cursor {
	n := 0
	for n < len(*c) && class((*c)[n]) {
		n++
	}
	return c.UpTo(n)
}

// IsDigit reports whether b is a decimal digit in ASCII.
func IsDigit(b byte) bool { return b >= '0' && b <= '9' }

// IsLetter reports whether b is a letter in ASCII.
func IsLetter(b byte) bool {
	b |= 0x20
	return b >= 'a' && b <= 'z'
}

// IsAlphanumeric reports whether b is a letter or a digit in ASCII.
func IsAlphanumeric(b byte) bool { return IsDigit(b) || IsLetter(b) }

// EqualFold reports whether s is a word, given in lower case, without regard to
// the case of ASCII letters.
func EqualFold(s []byte, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i, b := range s {
		if lower(b) != word[i] {
			return false
		}
	}
	return true
}

// Lower writes s into buf with ASCII letters in lower case, and returns what it
// wrote: nothing where s is longer than buf.
func Lower(buf, s []byte) []byte {
	if len(s) > len(buf) {
		return nil
	}
	buf = buf[:len(s)]
	for i, b := range s {
		buf[i] = lower(b)
	}
	return buf
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		b |= 0x20
	}
	return b
}
