package fingerprintdb

import "math"

// Powers of 2 between 1 and 2, in steps of the 32nd part of an octave.
const (
	expSteps = 32
	expStep  = math.Ln2 / expSteps
)

var expPowers = func() (p [expSteps]float64) {
	for i := range p {
		p[i] = math.Exp2(float64(i) / expSteps)
	}
	return p
}()

// exp32 is e to the power of x, which is not positive; both are rounded to
// single precision, which is all that a probability needs.
//
// The exponent is split into a whole number of octaves, steps of an octave,
// and a rest of at most half a step, for which five terms of the power series
// leave an error of about 10^-12.
func exp32(x float64) float64 {
	// Quirk Q126: double precision costs as much.
	x = float64(float32(x))
	if !(x > -104) { // less than half the smallest number there is, or no number
		if x != x {
			return x
		}
		return 0
	}
	n := math.Floor(x/expStep + 0.5)
	r := x - n*expStep
	series := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24))))
	i := int(n)
	power := expPowers[uint(i)%expSteps] * math.Float64frombits(uint64(1023+i>>5)<<52)
	return float64(float32(power * series))
}
