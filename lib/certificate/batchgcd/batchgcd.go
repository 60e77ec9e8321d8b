// Package batchgcd finds the numbers among many that have a factor in common
// with others: moduli of RSA that were made with too little randomness, and can
// be factored (N. Heninger and others, "Mining Your Ps and Qs", USENIX Security
// 2012, section 3).
package batchgcd

import (
	"math/big"
	"runtime"
	"sync"

	"github.com/remyoudompheng/bigfft"
)

// Find returns for each number its greatest common divisor with the product of
// all others, or nil where that is 1. Equal numbers have all of themselves in
// common. Numbers must be positive.
//
// For n numbers of the same size it takes about n log² n steps, and memory for
// 2 log n times all numbers: the product of all, and of halves, and so on down.
func Find(numbers []*big.Int) []*big.Int {
	if len(numbers) == 0 {
		return nil
	}
	tree := [][]*big.Int{numbers}
	for level := numbers; len(level) > 1; {
		up := make([]*big.Int, (len(level)+1)/2)
		each(len(up), func(i int) {
			if 2*i+1 == len(level) {
				up[i] = level[2*i]
			} else {
				up[i] = bigfft.Mul(level[2*i], level[2*i+1])
			}
		})
		tree = append(tree, up)
		level = up
	}
	// From the product of all down: the remainders by the squares of the
	// numbers below.
	rest := tree[len(tree)-1]
	for i := len(tree) - 2; i >= 0; i-- {
		level := tree[i]
		above := rest
		rest = make([]*big.Int, len(level))
		each(len(level), func(k int) { rest[k] = reduce(above[k/2], bigfft.Mul(level[k], level[k])) })
		tree[i+1] = nil // no longer needed
	}
	found := make([]*big.Int, len(numbers))
	if len(numbers) == 1 {
		return found
	}
	each(len(numbers), func(i int) {
		g := new(big.Int).Quo(rest[i], numbers[i])
		if g.GCD(nil, nil, g, numbers[i]); g.Cmp(one) != 0 {
			found[i] = g
		}
	})
	return found
}

var one = big.NewInt(1)

// each calls f with 0 to n-1, on all processors.
func each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var group sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range workers {
		group.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	group.Wait()
}

// Below so many bits, division as math/big does it is faster than multiplying
// with a reciprocal. It is a variable for tests.
var directBits = 200_000

// reduce returns a modulo b. Both are positive.
func reduce(a, b *big.Int) *big.Int {
	n := b.BitLen()
	m := a.BitLen()
	if m < n {
		return a
	}
	if n < directBits || m > 2*n || m-n < directBits {
		return new(big.Int).Rem(a, b)
	}
	// The quotient, nearly: what is lost is made good below.
	q := new(big.Int).Rsh(a, uint(n-1))
	q = bigfft.Mul(q, reciprocal(b, n))
	q.Rsh(q, uint(n+1))
	r := new(big.Int).Sub(a, bigfft.Mul(q, b))
	for range 8 {
		switch {
		case r.Sign() < 0:
			r.Add(r, b)
		case r.Cmp(b) >= 0:
			r.Sub(r, b)
		default:
			return r
		}
	}
	return new(big.Int).Rem(a, b)
}

// guardBits are more than what the iteration loses.
const guardBits = 32

// reciprocal returns 2^2n/b, nearly, where b has n bits, by Newton's iteration.
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
