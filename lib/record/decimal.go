package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

// AppendUint appends a decimal number, those of up to eight digits in half the
// time of strconv.
func AppendUint(b []byte, v uint64) []byte {
	switch {
	case v < 10:
		return append(b, '0'+byte(v))
	case v < 1e8:
		n, size := len(b), decimalSize(uint32(v))
		b = slices.Grow(b, 8)[:n+8]
		binary.LittleEndian.PutUint64(b[n:], eightDigits(uint32(v))>>(64-8*size))
		return b[:n+size]
	}
	return strconv.AppendUint(b, v, 10)
}

// sizes tells the number of decimal digits by the length in bits: the upper half of the
// sum of a number and the entry for its length. Where a power of ten has that length,
// the lower half of the entry is what makes its sum overflow.
var sizes = func() (t [33]uint64) {
	power, digits := uint64(10), uint64(1)
	for n := 1; n < len(t); n++ {
		t[n] = digits << 32
		if power < 1<<n {
			digits++
			t[n] = digits<<32 - power
			power *= 10
		}
	}
	return t
}()

// decimalSize is the number of decimal digits of a number above 0. It is known long
// before the digits are, so that what stands behind them can be written.
func decimalSize(v uint32) int { return int((uint64(v) + sizes[bits.Len32(v)]) >> 32) }

// eightDigits returns the last eight digits of a number below 1e8, with
// leading zeros, the first one in the least significant byte. It halves groups
// of digits, all at a time: multiplications and shifts stand for divisions by
// 100 and 10.
func eightDigits(v uint32) uint64 {
	x := uint64(v/1e4) | uint64(v%1e4)<<32
	high := x * 5243 >> 19 & 0x7f_0000_007f
	x = high | (x-100*high)<<16
	high = x * 103 >> 10 & 0xf_000f_000f_000f
	return high | (x-10*high)<<8 | eightZeros
}

// octets holds the digits of each byte with a point behind them, the first one in the
// least significant byte, and how many bytes that is.
var octets = func() (t [256]struct{ text, size uint32 }) {
	for i := range t {
		var text [4]byte
		t[i].size = uint32(copy(text[:], strconv.Itoa(i)+"."))
		t[i].text = binary.LittleEndian.Uint32(text[:])
	}
	return t
}()

// AppendIPv4 appends a dotted quad.
func AppendIPv4(b []byte, a [4]byte) []byte {
	const longest = len("255.255.255.255.")
	n := len(b)
	b = slices.Grow(b, longest)[:n+longest]
	text, size := twoOctets(a[0], a[1])
	binary.LittleEndian.PutUint64(b[n:], text)
	n += size
	text, size = twoOctets(a[2], a[3])
	binary.LittleEndian.PutUint64(b[n:], text)
	return b[:n+size-1]
}

// twoOctets returns the digits of two bytes with a point behind each.
func twoOctets(a, b byte) (text uint64, size int) {
	x, y := &octets[a], &octets[b]
	return uint64(x.text) | uint64(y.text)<<(8*x.size), int(x.size + y.size)
}

// Time writes a time in nanoseconds since 1970 as seconds with six decimals;
// what is beyond them is cut off.
func (w *Writer) Time(ns int64) {
	micro := ns / 1e3
	if micro < 0 {
		w.buf = append(w.buf, '-')
		micro = -micro
	}
	seconds, decimals := uint64(micro)/1e6, uint32(uint64(micro)%1e6)
	const point = '0' ^ '.' // seven digits, the first of which is one that becomes the point
	fraction := eightDigits(decimals)>>8 ^ point
	n, b := len(w.buf), w.buf
	if seconds >= 1e9 && seconds < 1e10 { // from 2001 to 2286
		b = slices.Grow(b, 8+2+8)[:n+8+2]
		high := uint32(seconds / 100)
		binary.LittleEndian.PutUint64(b[n:], eightDigits(high))
		low := uint16(seconds - 100*uint64(high))
		tens := low * 103 >> 10
		b[n+8], b[n+9] = '0'+byte(tens), '0'+byte(low-10*tens)
	} else {
		b = AppendUint(b, seconds)
	}
	b = binary.LittleEndian.AppendUint64(b, fraction)
	w.buf = b[:len(b)-1]
}

// PutDecimals writes the nine decimals of nanoseconds over what stands in b.
func PutDecimals(b []byte, ns uint32) {
	d := (*[9]byte)(b)
	binary.LittleEndian.PutUint64(d[:], eightDigits(ns/10))
	d[8] = '0' + byte(ns%10)
}
