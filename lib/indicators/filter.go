package indicators

import (
	"encoding/binary"
	"net/netip"
)

// A filter says of most addresses that no indicator is for them, by blocks of
// addresses: /24 of IPv4, /32 of IPv6. That is faster than looking them up in
// tables that don't fit into caches.
type filter struct {
	blocks sieve
	keys   []uint64 // of the blocks, until there is the sieve
	wide4  []uint64 // a bit for each /16 of IPv4 in which there is a network larger than a block
	wide6  bool     // there are networks of IPv6 larger than a block
}

// block is the key of the block that an address is in.
func block(a netip.Addr) uint64 {
	const odd4, odd6 = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f
	if a.Is4() {
		b := a.As4()
		return mixed(uint64(binary.BigEndian.Uint32(b[:])>>8) * odd4)
	}
	b := a.As16()
	return mixed(uint64(binary.BigEndian.Uint32(b[:])) * odd6)
}

// mixed spreads the upper bits of a product over all.
func mixed(h uint64) uint64 { return h ^ h>>32 }

func wide(a [4]byte) (word int, bit uint64) {
	i := int(a[0])<<8 | int(a[1])
	return i / 64, 1 << (i % 64)
}

// may reports whether there may be an indicator for an address.
func (f *filter) may(a netip.Addr) bool {
	switch {
	case !a.Is4():
		if f.wide6 {
			return true
		}
	case f.wide4 != nil:
		if word, bit := wide(a.As4()); f.wide4[word]&bit != 0 {
			return true
		}
	}
	return f.blocks.may(block(a))
}

// add notes that there are indicators for addresses in a network.
func (f *filter) add(p netip.Prefix) {
	const block4, block6, wideBits = 24, 32, 16
	switch a := p.Addr(); {
	case a.Is4() && p.Bits() < block4:
		if f.wide4 == nil {
			f.wide4 = make([]uint64, 1<<wideBits/64)
		}
		b := a.As4()
		first := int(binary.BigEndian.Uint16(b[:]))
		for i := range 1 << max(0, wideBits-p.Bits()) {
			f.wide4[(first+i)/64] |= 1 << ((first + i) % 64)
		}
	case !a.Is4() && p.Bits() < block6:
		f.wide6 = true
	default:
		f.keys = append(f.keys, block(a))
	}
}

// finish makes the sieve of all blocks.
func (f *filter) finish() {
	f.blocks = newSieve(len(f.keys))
	for _, k := range f.keys {
		f.blocks.add(k)
	}
	f.keys = nil
}

// A sieve says of most keys that they are not among those that were added, by
// two bits of a hash in one word: it is small enough to stay in caches where the
// table of entries is not.
type sieve struct {
	words []uint64
	mask  uint64 // of the number of a word
}

// sieveBits is how many bits there are for a key, at least. With half of that in
// use at most, about 2 % of other keys pass.
const sieveBits = 8

// newSieve returns a sieve for n keys.
func newSieve(n int) sieve {
	words := 1
	for words*64 < sieveBits*n {
		words *= 2
	}
	return sieve{make([]uint64, words), uint64(words - 1)}
}

// place returns the word of a hash, and its bits there. They are of parts of the
// hash that the table does not begin with.
func (s *sieve) place(hash uint64) (word, bits uint64) {
	return hash >> 24 & s.mask, 1<<(hash>>12&63) | 1<<(hash>>18&63)
}

func (s *sieve) add(hash uint64) {
	word, bits := s.place(hash)
	s.words[word] |= bits
}

func (s *sieve) may(hash uint64) bool {
	if s.words == nil {
		return false
	}
	word, bits := s.place(hash)
	return s.words[word]&bits == bits
}

// tails says of most names that no indicator is for them, by the last two labels
// of domains.
type tails struct {
	sieve
	all bool // there are domains of one label
}

func (t *tails) may(hash uint64) bool { return t.all || t.sieve.may(hash) }
