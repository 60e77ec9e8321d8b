// Package wire reads binary messages in place, through a cursor that cannot
// run past the end of the bytes it was given.
//
// A Cursor fails once and for good: the first read that finds too few bytes
// returns zero and leaves the cursor failed, and every later read returns
// zero as well. A parser can therefore read a whole header and ask Ok once.
package wire

import (
	"bytes"
	"encoding/binary"
)

// A Cursor is the unread rest of a message. The nil Cursor is a failed one;
// a Cursor that was read to its end is empty but not nil. Cursors returned by
// its methods are views into the same memory.
type Cursor []byte

// Of returns a Cursor over b. It has not failed, even where b is nil.
func Of(b []byte) Cursor {
	if b == nil {
		return Cursor{}
	}
	return b
}

// Ok reports whether every read so far found the bytes it asked for.
func (c Cursor) Ok() bool { return c != nil }

// Failed reports whether a read asked for more bytes than there were.
func (c Cursor) Failed() bool { return c == nil }

// More reports whether unread bytes are left.
func (c Cursor) More() bool { return len(c) > 0 }

// Len is the number of unread bytes; 0 for a failed cursor.
func (c Cursor) Len() int { return len(c) }

// Fail marks c as failed.
func (c *Cursor) Fail() { *c = nil }

// Uint8 reads one byte.
func (c *Cursor) Uint8() uint8 {
	b := *c
	if len(b) < 1 {
		*c = nil
		return 0
	}
	*c = b[1:]
	return b[0]
}

// Uint16 reads two bytes, most significant first.
func (c *Cursor) Uint16() uint16 {
	b := *c
	if len(b) < 2 {
		*c = nil
		return 0
	}
	*c = b[2:]
	return binary.BigEndian.Uint16(b)
}

// Uint24 reads three bytes, most significant first.
func (c *Cursor) Uint24() uint32 {
	b := *c
	if len(b) < 3 {
		*c = nil
		return 0
	}
	*c = b[3:]
	return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
}

// Uint32 reads four bytes, most significant first.
func (c *Cursor) Uint32() uint32 {
	b := *c
	if len(b) < 4 {
		*c = nil
		return 0
	}
	*c = b[4:]
	return binary.BigEndian.Uint32(b)
}

// Uint64 reads eight bytes, most significant first.
func (c *Cursor) Uint64() uint64 {
	b := *c
	if len(b) < 8 {
		*c = nil
		return 0
	}
	*c = b[8:]
	return binary.BigEndian.Uint64(b)
}

// Uint16LE reads two bytes, least significant first.
func (c *Cursor) Uint16LE() uint16 {
	b := *c
	if len(b) < 2 {
		*c = nil
		return 0
	}
	*c = b[2:]
	return binary.LittleEndian.Uint16(b)
}

// Uint24LE reads three bytes, least significant first.
func (c *Cursor) Uint24LE() uint32 {
	b := *c
	if len(b) < 3 {
		*c = nil
		return 0
	}
	*c = b[3:]
	return uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
}

// Uint32LE reads four bytes, least significant first.
func (c *Cursor) Uint32LE() uint32 {
	b := *c
	if len(b) < 4 {
		*c = nil
		return 0
	}
	*c = b[4:]
	return binary.LittleEndian.Uint32(b)
}

// Uint64LE reads eight bytes, least significant first.
func (c *Cursor) Uint64LE() uint64 {
	b := *c
	if len(b) < 8 {
		*c = nil
		return 0
	}
	*c = b[8:]
	return binary.LittleEndian.Uint64(b)
}

// Uint reads n bytes, most significant first; n is at most 8.
func (c *Cursor) Uint(n int) uint64 {
	b := *c
	if n < 0 || n > 8 || len(b) < n || b == nil {
		*c = nil
		return 0
	}
	var v uint64
	for _, x := range b[:n] {
		v = v<<8 | uint64(x)
	}
	*c = b[n:]
	return v
}

// Bytes reads exactly n bytes. Where there are fewer, or n is negative, both
// c and the result are failed cursors.
func (c *Cursor) Bytes(n int) Cursor {
	b := *c
	if b == nil || n < 0 || len(b) < n {
		*c = nil
		return nil
	}
	*c = b[n:]
	return b[:n:n]
}

// UpTo reads n bytes, or all that are left where there are fewer. It never
// makes c fail.
func (c *Cursor) UpTo(n int) Cursor {
	b := *c
	n = max(min(n, len(b)), 0)
	*c = b[n:]
	return b[:n:n]
}

// Rest reads all that is left.
func (c *Cursor) Rest() Cursor { return c.UpTo(len(*c)) }

// Skip passes over exactly n bytes.
func (c *Cursor) Skip(n int) { c.Bytes(n) }

// SkipUpTo passes over n bytes, or all that are left where there are fewer,
// and reports whether there were n. It never makes c fail.
func (c *Cursor) SkipUpTo(n int) bool { return len(c.UpTo(n)) == n }

// Peek returns the next byte without reading it; ok is false at the end.
func (c Cursor) Peek() (b uint8, ok bool) {
	if len(c) == 0 {
		return 0, false
	}
	return c[0], true
}

// At returns the byte i bytes ahead, and whether there is one.
func (c Cursor) At(i int) (b uint8, ok bool) {
	if i < 0 || i >= len(c) {
		return 0, false
	}
	return c[i], true
}

// Accept reads the bytes of lit, or fails where others come next.
func (c *Cursor) Accept(lit string) bool {
	b := *c
	if b == nil || len(b) < len(lit) || string(b[:len(lit)]) != lit {
		*c = nil
		return false
	}
	*c = b[len(lit):]
	return true
}

// HasPrefix reports whether the bytes of lit come next; it reads nothing.
func (c Cursor) HasPrefix(lit string) bool {
	return len(c) >= len(lit) && string(c[:len(lit)]) == lit
}

// Until reads up to the first delim, which stays unread, or to the end where
// there is none.
func (c *Cursor) Until(delim byte) Cursor {
	i := bytes.IndexByte(*c, delim)
	if i < 0 {
		i = len(*c)
	}
	return c.UpTo(i)
}

// Truncate shortens c to its first n bytes; it does nothing where c is no
// longer than that.
func (c *Cursor) Truncate(n int) {
	if n >= 0 && n < len(*c) {
		*c = (*c)[:n:n]
	}
}
