package ber

import "merctools/lib/wire"

// Uint64 is the value of the contents of an INTEGER that is not negative. It
// is 0 for contents that are empty, negative, not minimal (X.690, section
// 8.3.2) or beyond 64 bits.
func Uint64(contents wire.Cursor) uint64 {
	if len(contents) == 0 || contents[0]&0x80 != 0 || !minimal(contents) {
		return 0
	}
	if contents[0] == 0 {
		contents = contents[1:] // the sign
	}
	if len(contents) > 8 {
		return 0
	}
	var v uint64
	for _, b := range contents {
		v = v<<8 | uint64(b)
	}
	return v
}

// Int64 is the value of the contents of an INTEGER. It is 0 for contents that
// are empty, not minimal (X.690, section 8.3.2) or beyond 64 bits.
func Int64(contents wire.Cursor) int64 {
	if len(contents) == 0 || len(contents) > 8 || !minimal(contents) {
		return 0
	}
	v := int64(int8(contents[0])) // extends the sign
	for _, b := range contents[1:] {
		v = v<<8 | int64(b)
	}
	return v
}

// minimal reports whether the first nine bits are not all the same.
func minimal(contents wire.Cursor) bool {
	if len(contents) < 2 {
		return true
	}
	sign := contents[0]
	return sign != 0 && sign != 0xff || (sign^contents[1])&0x80 != 0
}
