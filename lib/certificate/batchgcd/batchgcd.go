// Package batchgcd finds the numbers among many that have a factor in common
// with others: moduli of RSA that were made with too little randomness, and can
// be factored (N. Heninger and others, "Mining Your Ps and Qs", USENIX Security
// 2012, section 3).
//
// The product P of all numbers divided by one of them, n, leaves the same
// remainder by n as the sum D of P/n over all numbers: n divides the other terms.
// D is computed together with P, up a tree. D/P goes down the tree as a binary
// fraction (D. Bernstein, "Scaled remainder trees", 2004): from D/(BC), the
// fraction D/B comes by a multiplication with C, of which the integral part is
// not needed. So nothing is divided but once, at the root.
package batchgcd

import (
	"math/big"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/remyoudompheng/bigfft"
)

// chunk is how many numbers have a tree of their own, which is computed twice
// rather than kept. It is a variable for tests.
var chunk = 1024

// Find returns for each number its greatest common divisor with the product of
// all others, or nil where that is 1. Equal numbers have all of themselves in
// common. Numbers must be positive.
//
// For n numbers of the same size it takes about n log² n steps. Memory is for
// all numbers log n/1024 + 8 times.
func Find(numbers []*big.Int) []*big.Int {
	found := make([]*big.Int, len(numbers))
	if len(numbers) < 2 {
		return found
	}
	// Products are as large as all numbers. Twice as many of them is too much.
	if n := len(numbers); n > 16*chunk {
		defer debug.SetGCPercent(debug.SetGCPercent(10))
	}
	level := make([]node, (len(numbers)+chunk-1)/chunk)
	part := func(i int) []*big.Int { return numbers[i*chunk : min((i+1)*chunk, len(numbers))] }
	each(len(level), func(i int) { level[i] = sum(part(i)) })
	tree := [][]node{level}
	for len(level) > 1 {
		level = combine(level)
		tree = append(tree, level)
	}
	top := &level[0]
	fractions := []*big.Int{divide(top.derivative, top.product, top.words)}
	top.derivative = nil
	for i := len(tree) - 2; i >= 0; i-- {
		fractions = descend(fractions, tree[i+1], tree[i])
		tree[i+1] = nil // no longer needed
	}
	each(len(fractions), func(i int) {
		numbers := part(i)
		for k, r := range remainders(fractions[i], numbers) {
			if r.Sign() == 0 {
				r.Set(numbers[k])
			} else {
				r.GCD(nil, nil, r, numbers[k])
			}
			if r.Cmp(one) != 0 {
				found[i*chunk+k] = r
			}
		}
		fractions[i] = nil
	})
	return found
}

var one = big.NewInt(1)

// A node of the tree stands for some of the numbers.
type node struct {
	product    *big.Int
	derivative *big.Int // the sum of the product by each of the numbers; nil once it is used
	words      int      // length of the fraction by the product, in words of big.Int
}

func leaf(n *big.Int) node { return node{n, one, len(n.Bits()) + 1} }

// width returns the words of the fraction by the product of two nodes. Each
// multiplication loses as many of them as the other factor has. So the error of a
// fraction grows by one unit in its last place on each level, and at the leaves
// there is a word between that and what is asked for.
func width(b, c *node) int {
	return max(b.words+len(c.product.Bits()), c.words+len(b.product.Bits()))
}

// sum returns the node for some numbers.
func sum(numbers []*big.Int) node {
	level := make([]node, len(numbers))
	for i, n := range numbers {
		level[i] = leaf(n)
	}
	for len(level) > 1 {
		for i := 0; i < len(level); i += 2 {
			if i+1 == len(level) {
				level[i/2] = level[i]
				continue
			}
			b, c := &level[i], &level[i+1]
			d := bigfft.Mul(b.derivative, c.product)
			d.Add(d, bigfft.Mul(c.derivative, b.product))
			level[i/2] = node{bigfft.Mul(b.product, c.product), d, width(b, c)}
		}
		level = level[:(len(level)+1)/2]
	}
	return level[0]
}

// combine returns the level above one, whose derivatives are not kept.
func combine(level []node) []node {
	up := make([]node, (len(level)+1)/2)
	pairs := len(level) / 2
	terms := make([]*big.Int, 3*pairs)
	each(len(terms), func(i int) {
		b, c := &level[i/3*2], &level[i/3*2+1]
		switch i % 3 {
		case 0:
			terms[i] = bigfft.Mul(b.derivative, c.product)
		case 1:
			terms[i] = bigfft.Mul(c.derivative, b.product)
		case 2:
			terms[i] = bigfft.Mul(b.product, c.product)
		}
	})
	for i := range pairs {
		b, c := &level[2*i], &level[2*i+1]
		t := terms[3*i:]
		up[i] = node{t[2], t[0].Add(t[0], t[1]), width(b, c)}
		b.derivative, c.derivative = nil, nil
	}
	if 2*pairs < len(level) {
		up[pairs] = level[2*pairs]
		level[2*pairs].derivative = nil
	}
	return up
}

// descend returns the fractions of a level from those of the one above.
func descend(above []*big.Int, parents, level []node) []*big.Int {
	fractions := make([]*big.Int, len(level))
	each(len(level), func(i int) {
		if i^1 < len(level) {
			fractions[i] = multiply(above[i/2], parents[i/2].words, level[i^1].product, level[i].words)
		} else {
			fractions[i] = above[i/2]
		}
	})
	return fractions
}

// multiply returns the fractional part of a fraction of a number of words times
// a number, of which it keeps some words. What is cut off, and what the fraction
// lacked, is an error of at most one unit more than before.
func multiply(fraction *big.Int, words int, by *big.Int, keep int) *big.Int {
	p := bigfft.Mul(fraction, by).Bits()
	if len(p) > words {
		p = p[:words]
	}
	p = p[min(words-keep, len(p)):]
	return new(big.Int).SetBits(append([]big.Word(nil), p...)) // the product is not kept
}

// remainders returns those of the sum by each of the numbers, from the fraction
// by their product.
func remainders(fraction *big.Int, numbers []*big.Int) []*big.Int {
	level := make([]node, len(numbers))
	for i, n := range numbers {
		level[i] = leaf(n)
	}
	tree := [][]node{level}
	for len(level) > 1 {
		up := make([]node, (len(level)+1)/2)
		for i := range up {
			if up[i] = level[2*i]; 2*i+1 < len(level) {
				b, c := &level[2*i], &level[2*i+1]
				up[i] = node{bigfft.Mul(b.product, c.product), nil, width(b, c)}
			}
		}
		tree = append(tree, up)
		level = up
	}
	fractions := []*big.Int{fraction}
	for t := len(tree) - 2; t >= 0; t-- {
		level, above := tree[t], fractions
		fractions = make([]*big.Int, len(level))
		for i := range level {
			if fractions[i] = above[i/2]; i^1 < len(level) {
				fractions[i] = multiply(above[i/2], tree[t+1][i/2].words, level[i^1].product, level[i].words)
			}
		}
		tree[t+1] = nil
	}
	half := new(big.Int)
	for i, n := range numbers {
		// To the nearest number, which may be n itself for 0.
		r, bits := fractions[i], uint(tree[0][i].words)*wordBits
		r.Mul(r, n)
		r.Add(r, half.Lsh(one, bits-1))
		if r.Rsh(r, bits); r.Cmp(n) >= 0 {
			r.Sub(r, n)
		}
	}
	return fractions
}

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
