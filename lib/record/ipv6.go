package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// AppendIPv6 appends an address in the form of RFC 5952, section 4, in half
// the time of net/netip.
//
// Quirk Q136: RFC 5952 recommends a dotted quad where the address holds an IPv4
// address.
func AppendIPv6(b []byte, a [16]byte) []byte {
	const (
		groups    = 8
		longest   = len("0000:") * groups
		fourZeros = eightZeros & 0xffffffff
	)
	from, to := zeroGroups(&a)
	n := len(b)
	b = slices.Grow(b, longest)[:n+longest]
	for i := 0; i < groups; i++ {
		if i == from {
			b[n] = ':'
			if n++; i == 0 {
				b[n] = ':'
				n++
			}
			if i = to; i == groups {
				return b[:n]
			}
		}
		// Leading zeros are the low bytes of the digits' word.
		digits := uint32(hexPairs[a[2*i]]) | uint32(hexPairs[a[2*i+1]])<<16
		zeros := min(bits.TrailingZeros32(digits^fourZeros)/8, 3)
		binary.LittleEndian.PutUint32(b[n:], digits>>(8*zeros))
		n += 4 - zeros
		b[n] = ':'
		n++
	}
	return b[:n-1]
}

// zeroGroups returns where the groups begin and end that are written as two
// colons: the first of the longest runs of zero groups of which there is more
// than one. from is -1 where there is none.
func zeroGroups(a *[16]byte) (from, to int) {
	from, to = -1, -1
	longest, run := 1, 0
	for i := 0; i < len(a); i += 2 {
		if a[i]|a[i+1] != 0 {
			run = 0
			continue
		}
		if run++; run > longest {
			longest = run
			from, to = i/2-run+1, i/2+1
		}
	}
	return from, to
}
