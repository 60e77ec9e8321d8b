package pcap

import (
	"math"
	"math/bits"
)

// clock turns an interface's 64-bit timestamps into nanoseconds since 1970.
// It is made by newClock.
type clock struct {
	offset int64 // seconds to add (if_tsoffset)
	binary bool  // units are 2^-exp seconds, otherwise 10^-exp
	exp    uint8
	nano   bool // units are shorter than a microsecond

	// Below fast, a timestamp is converted by multiplying with mul.
	fast, mul uint64
}

// pow10 has the powers of ten that fit 64 bits.
var pow10 = [20]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// newClock makes a clock from the value of an if_tsresol option (a power of 2
// where the most significant bit is set, otherwise of 10, negated) and of an
// if_tsoffset option.
func newClock(resolution uint8, offset int64) clock {
	c := clock{offset: offset, binary: resolution&0x80 != 0, exp: resolution & 0x7f}
	c.nano = c.exp > 6 && (!c.binary || c.exp >= 20) // 2^-20 s is less than 1 µs
	if !c.binary && c.exp <= 9 && offset == 0 {
		c.mul = pow10[9-c.exp]
		c.fast = math.MaxInt64 / c.mul
	}
	return c
}

// nanoseconds converts a timestamp. What is less than a nanosecond is cut off;
// times beyond what 64 bits hold are the first or the last that they do.
func (c *clock) nanoseconds(ts uint64) int64 {
	if ts < c.fast {
		return int64(ts * c.mul)
	}
	var sec, nano uint64
	switch {
	case c.binary && c.exp < 64:
		sec = ts >> c.exp
		hi, lo := bits.Mul64(ts&(1<<c.exp-1), 1e9)
		nano = lo>>c.exp | hi<<(64-c.exp)
	case c.binary:
		hi, _ := bits.Mul64(ts, 1e9)
		nano = hi >> (c.exp - 64)
	case c.exp <= 9:
		sec = ts / pow10[c.exp]
		nano = ts % pow10[c.exp] * pow10[9-c.exp]
	case c.exp <= 19:
		sec = ts / pow10[c.exp]
		nano = ts % pow10[c.exp] / pow10[c.exp-9]
	case c.exp <= 28:
		nano = ts / pow10[c.exp-9]
	}
	return saturated(sec, c.offset, int64(nano))
}

// saturated returns sec + offset seconds and nano nanoseconds, of which there
// is less than a second, in nanoseconds.
func saturated(sec uint64, offset, nano int64) int64 {
	const limit = math.MaxInt64/int64(1e9) - 1 // seconds that surely fit
	sum := int64(sec) + offset
	switch {
	case sec <= math.MaxInt64 && offset > 0 && sum < 0, // overflow
		sec > math.MaxInt64 && (offset >= 0 || sum < 0): // the true sum is 2^64 more
		return math.MaxInt64
	case sum > limit:
		return math.MaxInt64
	case sum < -limit:
		return math.MinInt64
	}
	return sum*1e9 + nano
}
