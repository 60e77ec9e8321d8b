package batchgcd

import (
	"fmt"
	"math/big"
	"math/rand"
	"testing"
)

func TestFind(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	prime := func() *big.Int {
		for {
			p := new(big.Int).Rand(rng, new(big.Int).Lsh(one, 128))
			if p.SetBit(p, 127, 1).SetBit(p, 0, 1).ProbablyPrime(10) {
				return p
			}
		}
	}
	shared := prime()
	for _, n := range []int{0, 1, 2, 3, 5, 64, 101} {
		var numbers []*big.Int
		for i := range n {
			p := prime()
			if i%7 == 1 {
				p = shared
			}
			numbers = append(numbers, new(big.Int).Mul(p, prime()))
		}
		if n > 10 {
			numbers[3] = numbers[9]
		}
		for i, got := range Find(numbers) {
			want := big.NewInt(1)
			for k, m := range numbers {
				if k != i {
					want.Mul(want, m)
				}
			}
			want.GCD(nil, nil, want, numbers[i])
			if want.Cmp(one) == 0 && got != nil || want.Cmp(one) != 0 && (got == nil || got.Cmp(want) != 0) {
				t.Errorf("%d of %d: %v, want %v", i, n, got, want)
			}
		}
	}
}

// Whatever the sizes of numbers and of trees, the answers are those of the
// definition.
func TestSizes(t *testing.T) {
	defer func(n, bits int) { chunk, directBits = n, bits }(chunk, directBits)
	directBits = 256
	rng := rand.New(rand.NewSource(2))
	for round := range 300 {
		chunk = 1 + rng.Intn(9)
		numbers := make([]*big.Int, 2+rng.Intn(40))
		for i := range numbers {
			n := new(big.Int).Rand(rng, new(big.Int).Lsh(one, uint(1+rng.Intn(1+rng.Intn(700)))))
			switch rng.Intn(6) {
			case 0:
				n.Sub(new(big.Int).Lsh(one, uint(1+rng.Intn(700))), one)
			case 1:
				n.Lsh(one, uint(rng.Intn(300)))
			}
			numbers[i] = n.Add(n, one)
		}
		for i, got := range Find(numbers) {
			rest := big.NewInt(1)
			for k, m := range numbers {
				if k != i {
					rest.Mul(rest, m)
				}
			}
			want := new(big.Int).GCD(nil, nil, rest, numbers[i])
			if want.Cmp(one) == 0 && got != nil || want.Cmp(one) != 0 && (got == nil || got.Cmp(want) != 0) {
				t.Fatalf("round %d, number %d of %x: %x, want %x", round, i, numbers, got, want)
			}
		}
	}
}

func TestDivide(t *testing.T) {
	defer func(n int) { directBits = n }(directBits)
	directBits = 256
	rng := rand.New(rand.NewSource(2))
	for n := 10; n < 40_000; n = n*4/3 + rng.Intn(100) {
		b := new(big.Int).Rand(rng, new(big.Int).Lsh(one, uint(n)))
		b.SetBit(b, n-1, 1)
		a := new(big.Int).Rand(rng, b)
		words := n/wordBits + 2
		want := new(big.Int).Lsh(a, uint(words*wordBits))
		want.Quo(want, b)
		if off := new(big.Int).Sub(divide(a, b, words), want); !off.IsInt64() || off.Int64() < -1 || off.Int64() > 1 {
			t.Fatalf("%d bits: off by %d", n, off)
		}
	}
}

func benchmark(b *testing.B, n, bits int) {
	rng := rand.New(rand.NewSource(3))
	numbers := make([]*big.Int, n)
	for i := range numbers {
		numbers[i] = new(big.Int).Rand(rng, new(big.Int).Lsh(one, uint(bits)))
		numbers[i].SetBit(numbers[i], bits-1, 1)
	}
	for b.Loop() {
		Find(numbers)
	}
}

func BenchmarkFind(b *testing.B) {
	for _, size := range [][2]int{{1000, 2048}, {10_000, 1024}, {10_000, 2048}, {50_000, 1024}} {
		b.Run(fmt.Sprintf("%d/%d", size[0], size[1]), func(b *testing.B) { benchmark(b, size[0], size[1]) })
	}
}
