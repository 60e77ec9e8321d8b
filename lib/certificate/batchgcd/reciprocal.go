package batchgcd

import (
	"math/big"
	"math/bits"

	"github.com/remyoudompheng/bigfft"
)

const wordBits = bits.UintSize

// divide returns a/b, which is less than 1 or not by far more, as a fraction of a
// number of words, without its integral part. The error is one unit in the last
// place at most.
func divide(a, b *big.Int, words int) *big.Int {
	// With two words more than that, the reciprocal's own error, of a few units,
	// is far behind.
	n := max((words+2)*wordBits, b.BitLen())
	shift := uint(n - b.BitLen())
	r := reciprocal(new(big.Int).Lsh(b, shift), n) // 2^(2n-shift)/b
	q := bigfft.Mul(a, r)
	q.Rsh(q, uint(2*n)-shift-uint(words*wordBits))
	if q.BitLen() > words*wordBits {
		q.SetBits(q.Bits()[:words])
	}
	return q
}

// Below so many bits, division as math/big does it is faster than Newton's
// iteration. It is a variable for tests.
var directBits = 200_000

// guardBits are more than what the iteration loses.
const guardBits = 32

// reciprocal returns 2^2n/b, where b has n bits. The error is a few units.
func reciprocal(b *big.Int, n int) *big.Int {
	if n < directBits {
		r := new(big.Int).Lsh(one, uint(2*n))
		return r.Quo(r, b)
	}
	h := n/2 + guardBits
	r := reciprocal(new(big.Int).Rsh(b, uint(n-h)), h)
	r.Lsh(r, uint(n-h))
	error := bigfft.Mul(bigfft.Mul(r, r), b)
	error.Rsh(error, uint(2*n))
	r.Lsh(r, 1)
	return r.Sub(r, error)
}
