package indicators

import (
	"encoding/binary"
	"net/netip"
)

// A filter says of most addresses that no indicator is for them, by one bit.
// That is faster than looking them up, in tables that don't fit into caches.
type filter struct {
	v4   []uint64 // a bit for each /24
	v6   []uint64 // a bit for each hash of a /32
	all6 bool     // there are networks of IPv6 that are larger than that
}

const (
	blocks4 = 1 << 24
	blocks6 = 1 << 20
)

func block4(a [4]byte) uint32 { return binary.BigEndian.Uint32(a[:]) >> 8 }

func block6(a *[16]byte) uint32 {
	return binary.BigEndian.Uint32(a[:]) * 0x9e3779b1 >> 12 // the upper 20 bits
}

// may reports whether there may be an indicator for an address.
func (f *filter) may(a netip.Addr) bool {
	var bits []uint64
	var i uint32
	if a.Is4() {
		bits, i = f.v4, block4(a.As4())
	} else {
		b := a.As16()
		bits, i = f.v6, block6(&b)
		if f.all6 {
			return true
		}
	}
	return bits != nil && bits[i/64]>>(i%64)&1 != 0
}

// add notes that there are indicators for addresses in a network.
func (f *filter) add(p netip.Prefix) {
	if p.Addr().Is4() {
		if f.v4 == nil {
			f.v4 = make([]uint64, blocks4/64)
		}
		first, n := block4(p.Addr().As4()), uint32(1)
		if p.Bits() < 24 {
			n <<= 24 - p.Bits()
		}
		for i := first; i < first+n; i++ {
			f.v4[i/64] |= 1 << (i % 64)
		}
		return
	}
	if p.Bits() < 32 {
		f.all6 = true
		return
	}
	if f.v6 == nil {
		f.v6 = make([]uint64, blocks6/64)
	}
	b := p.Addr().As16()
	i := block6(&b)
	f.v6[i/64] |= 1 << (i % 64)
}

// tails says of most names that no indicator is for them, by a bit for each
// hash of the last two labels of a domain.
type tails struct {
	bits []uint64
	mask uint64 // of the number of a bit
	all  bool   // there are domains of one label
}

// tailBits is how many bits there are for an indicator, at least.
const tailBits = 8

// newTails returns tails for n domains.
func newTails(n int) tails {
	size := 64
	for size < tailBits*n {
		size *= 2
	}
	return tails{bits: make([]uint64, size/64), mask: uint64(size - 1)}
}

func (t *tails) add(hash uint64) {
	i := hash & t.mask
	t.bits[i/64] |= 1 << (i % 64)
}

func (t *tails) may(hash uint64) bool {
	i := hash & t.mask
	return t.all || t.bits[i/64]>>(i%64)&1 != 0
}
