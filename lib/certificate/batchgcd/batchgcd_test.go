package batchgcd

import (
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

func TestReduce(t *testing.T) {
	defer func(n int) { directBits = n }(directBits)
	directBits = 256
	rng := rand.New(rand.NewSource(2))
	for n := 200; n < 40_000; n = n*4/3 + rng.Intn(100) {
		for _, m := range []int{n / 2, n, n + 300, 3 * n / 2, 2*n - 1, 2 * n, 3 * n} {
			b := new(big.Int).Rand(rng, new(big.Int).Lsh(one, uint(n)))
			b.SetBit(b, n-1, 1)
			a := new(big.Int).Rand(rng, new(big.Int).Lsh(one, uint(m)))
			if rng.Intn(4) == 0 {
				a.Sub(new(big.Int).Lsh(one, uint(m)), one)
			}
			if got, want := reduce(a, b), new(big.Int).Rem(a, b); got.Cmp(want) != 0 {
				t.Fatalf("%d bits by %d bits: wrong remainder", m, n)
			}
		}
	}
}

func benchmark(b *testing.B, n int) {
	rng := rand.New(rand.NewSource(3))
	numbers := make([]*big.Int, n)
	for i := range numbers {
		numbers[i] = new(big.Int).Rand(rng, new(big.Int).Lsh(one, 2048))
		numbers[i].SetBit(numbers[i], 2047, 1)
	}
	for b.Loop() {
		Find(numbers)
	}
}

func BenchmarkFind1000(b *testing.B)   { benchmark(b, 1000) }
func BenchmarkFind10000(b *testing.B)  { benchmark(b, 10_000) }
func BenchmarkFind100000(b *testing.B) { benchmark(b, 100_000) }
