package analysis

import (
	"math"
	"math/bits"
)

// exp32 is e to the power of x, both rounded to single precision.
func exp32(x float64) float64 {
	return float64(float32(math.Exp(float64(float32(x)))))
}

func trailingZeros(set uint16) int { return bits.TrailingZeros16(set) }
