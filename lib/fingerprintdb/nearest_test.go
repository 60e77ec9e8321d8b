package fingerprintdb

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"merctools/lib/npf"
)

// randomHello is a fingerprint of suites and extensions of which there are few, so
// that many have some in common. Some extensions are there twice.
func randomHello(random *rand.Rand) []byte {
	var b strings.Builder
	b.WriteString("tls/2/(0303)(")
	if random.IntN(2) == 0 {
		b.WriteString("0a0a") // GREASE
	}
	for s := random.IntN(6); s < 12; s += 1 + random.IntN(4) {
		fmt.Fprintf(&b, "13%02x", s)
	}
	b.WriteString(")[")
	for range random.IntN(6) {
		fmt.Fprintf(&b, "(00%02x0004000200%02x)", []int{10, 11, 13, 43, 51}[random.IntN(5)], random.IntN(3))
	}
	b.WriteString("]")
	return []byte(b.String())
}

// all looks at each fingerprint of an index.
func (x *nearestIndex) all(s *scratch, within uint16) match {
	q := x.query(s, within)
	m := match{weight: q.weight, distance: farthest, distance2: farthest}
	other := m
	at := uint32(0)
	for set, end := range x.partEnds {
		common := uint32(0)
		for _, p := range x.parts[at:end] {
			common += x.common(s, p)
		}
		at = end
		switch sum := q.weight + x.weights[set]; {
		case !q.isNear(common, x.weights[set]):
		case x.grease[set] == s.grease:
			m.consider(x.families[set], common, sum)
		default:
			other.consider(x.families[set], common, sum)
		}
	}
	m.compare(&other)
	return m
}

// TestFindPassesOverNone checks that no fingerprint is passed over that counts.
func TestFindPassesOverNone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := newIndexBuilder(npf.TLS)
	for family := range uint16(400) {
		b.add(randomHello(random), []uint16{family % 90})
	}
	x := b.build()
	x.group()
	overlaps := 0
	for _, o := range x.overlaps {
		if o {
			overlaps++
		}
	}
	if overlaps < 20 || overlaps > len(x.overlaps)-20 || len(x.groups) < 20 {
		t.Fatalf("%d of %d fingerprints overlap, in %d groups", overlaps, len(x.overlaps), len(x.groups))
	}
	near := 0
	for range 4000 {
		fp := randomHello(random)
		var s scratch
		s.traits = npf.AppendTraits(nil, npf.TLS, fp)
		for p := range npf.Parts(npf.TLS, fp) {
			s.grease = s.grease || p.HasGREASE()
		}
		for _, within := range []uint16{0, 100, 230, 600, farthest - 1} {
			got, want := x.find(&s, within), x.all(&s, within)
			if got != want {
				t.Fatalf("%s within %d: %+v, want %+v", fp, within, got, want)
			}
			if within == 230 && want.distance < farthest {
				near++
			}
		}
	}
	if near < 200 {
		t.Errorf("%d of 4000 are near another one", near)
	}
}
