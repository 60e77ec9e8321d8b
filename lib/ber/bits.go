package ber

import (
	"math/bits"

	"merctools/lib/wire"
)

// Octets returns t, a BIT STRING, as a string of octets: without the first
// one, which counts the unused bits of the last (X.690, section 8.6.2). Where
// bits are unused, the result has no contents.
func (t TLV) Octets() TLV {
	if !t.Valid() {
		return t
	}
	if t.Value.Uint8() != 0 {
		t.Value.Fail()
	} else if t.Length > 0 {
		t.Length--
	}
	return t
}

// Flags32 is the first 32 bits of the contents of a BIT STRING, bit 0 being
// the most significant one. Bits that are missing are 0; the count of unused
// bits is ignored.
func Flags32(contents wire.Cursor) uint32 {
	contents.Uint8()
	var v uint32
	for i := range 4 {
		b, _ := contents.At(i)
		v = v<<8 | uint32(b)
	}
	return v
}

// BitLen is the number of bits of contents taken as an unsigned number.
func BitLen(contents wire.Cursor) uint {
	for i, b := range contents {
		if b != 0 {
			return uint(len(contents)-i-1)*8 + uint(bits.Len8(b))
		}
	}
	return 0
}

// bitString walks the bits of the contents of a BIT STRING.
type bitString struct {
	octets wire.Cursor
	bits   int // number of bits
}

func bitsOf(contents wire.Cursor) bitString {
	unused := int(contents.Uint8())
	if !contents.More() {
		return bitString{}
	}
	// A count beyond 8 is invalid; modulo 32, it leaves all bits or few.
	last := min((8-unused)&31, 8)
	return bitString{contents, (len(contents)-1)*8 + last}
}

func (s bitString) at(i int) bool {
	b, _ := s.octets.At(i / 8)
	return b>>(7-i%8)&1 != 0
}
