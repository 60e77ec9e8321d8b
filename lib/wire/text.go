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
