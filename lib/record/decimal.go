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
		digits := eightDigits(uint32(v))
		zeros := bits.TrailingZeros64(digits&^eightZeros) / 8
		n := len(b)
		b = slices.Grow(b, 8)[:n+8]
		binary.LittleEndian.PutUint64(b[n:], digits>>(8*zeros))
		return b[:n+8-zeros]
	}
	return strconv.AppendUint(b, v, 10)
}

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
	b := w.buf
	if seconds >= 1e8 {
		b = AppendUint(b, seconds/1e8)
		b = binary.LittleEndian.AppendUint64(b, eightDigits(uint32(seconds%1e8)))
	} else {
		b = AppendUint(b, seconds)
	}
	const point = '0' ^ '.' // seven digits, the first of which is one that becomes the point
	b = binary.LittleEndian.AppendUint64(b, eightDigits(decimals)>>8^point)
	w.buf = b[:len(b)-1]
}

// PutDecimals writes the nine decimals of nanoseconds over what stands in b.
func PutDecimals(b []byte, ns uint32) {
	d := (*[9]byte)(b)
	binary.LittleEndian.PutUint64(d[:], eightDigits(ns/10))
	d[8] = '0' + byte(ns%10)
}
