package record

import "strconv"

// A decimal is a number of up to three digits: its length, and the digits in
// the first bytes.
type decimal struct {
	digits [3]byte
	len    uint8
}

var decimals = func() (t [256]decimal) {
	for i := range t {
		t[i].len = uint8(copy(t[i].digits[:], strconv.Itoa(i)))
	}
	return t
}()

// AppendIPv4 appends a dotted quad.
func AppendIPv4(b []byte, a [4]byte) []byte {
	for _, c := range a {
		d := &decimals[c]
		b = append(b, d.digits[0], d.digits[1], d.digits[2], '.')
		n := len(b) - 4 + int(d.len)
		b[n] = '.'
		b = b[:n+1]
	}
	return b[:len(b)-1]
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
	// Seven digits, so that zeros stay; the point takes the place of the first.
	n := len(w.buf)
	w.buf = strconv.AppendUint(w.buf, uint64(micro%1e6)+1e6, 10)
	w.buf[n] = '.'
}
