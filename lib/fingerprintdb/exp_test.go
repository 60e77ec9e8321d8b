package fingerprintdb

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExp32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	wrong := 0
	for i := range 1_000_000 {
		x := -r.Float64() * []float64{1, 10, 110}[i%3]
		got := exp32(x)
		want := float64(float32(math.Exp(float64(float32(x)))))
		if got != want {
			wrong++
			if math.Abs(got-want) > 1e-7*want+math.SmallestNonzeroFloat32 {
				t.Fatalf("exp32(%v) = %v, want %v", x, got, want)
			}
		}
	}
	if wrong > 100 {
		t.Errorf("%d of 1000000 results are not rounded right", wrong)
	}
	for x, want := range map[float64]float64{
		0: 1, math.Copysign(0, -1): 1, -1e-30: 1, -104.5: 0, math.Inf(-1): 0, -1e308: 0,
		-103: math.SmallestNonzeroFloat32,
	} {
		if got := exp32(x); got != want {
			t.Errorf("exp32(%v) = %v, want %v", x, got, want)
		}
	}
	if got := exp32(math.NaN()); got == got {
		t.Errorf("exp32(NaN) = %v", got)
	}
}

func BenchmarkExp32(b *testing.B) {
	x := -0.1
	for b.Loop() {
		if x -= exp32(x); x < -50 {
			x = -0.1
		}
	}
}
