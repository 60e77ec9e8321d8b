package fingerprintdb

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"merctools/lib/flow"
)

func TestSightings(t *testing.T) {
	fp := func(i int) digest { return digest{uint64(i), 1} }
	s := NewHistory().sightings
	if s.observe(fp(0)) || !s.observe(fp(0)) || !s.observe(fp(0)) {
		t.Error("the first one")
	}
	for i := range maxSightings {
		if seen := s.observe(fp(i)); seen != (i == 0) {
			t.Fatalf("%d: %t", i, seen)
		}
	}
	// All places are taken. 0 is the oldest, and is renewed; so 1 has to go.
	if !s.observe(fp(0)) || s.observe(fp(maxSightings)) || len(s.list) != maxSightings || len(s.number) != maxSightings {
		t.Error("making room")
	}
	if s.observe(fp(1)) {
		t.Error("1 was not forgotten")
	}
	// For 1, 2 had to go.
	if !s.observe(fp(0)) || s.observe(fp(2)) {
		t.Error("2 was not forgotten")
	}
	// Renew one in the middle, then push out all others.
	s.observe(fp(5000))
	for i := range maxSightings - 1 {
		s.observe(fp(1_000_000 + i))
	}
	if !s.observe(fp(5000)) {
		t.Error("5000 was forgotten")
	}
	if s.observe(fp(0)) {
		t.Error("0 was not forgotten")
	}
	// The list still holds everything once.
	seen := map[int32]bool{}
	for i := s.newest; !seen[i]; i = s.list[i].older {
		seen[i] = true
	}
	if len(seen) != maxSightings {
		t.Errorf("%d in the list", len(seen))
	}
}

// However few are remembered, they are the last ones.
func TestFewSightings(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for most := 1; most < 6; most++ {
		s := sightings{number: map[digest]int32{}, max: most}
		var last []digest // the newest one first
		for range 2000 {
			fp := digest{random.Uint64N(8), 1}
			at := slices.Index(last, fp)
			if s.observe(fp) != (at >= 0) {
				t.Fatalf("%d of %d: seen is %t", fp.a, most, at < 0)
			}
			if at >= 0 {
				last = slices.Delete(last, at, at+1)
			}
			last = slices.Insert(last, 0, fp)
			last = last[:min(len(last), most)]
		}
		if len(s.number) != most || s.begun-s.evicted != uint64(most) {
			t.Errorf("%d remembered, %d begun, %d evicted", len(s.number), s.begun, s.evicted)
		}
	}
}

func key(src, dst string) *flow.Key {
	k := &flow.Key{Protocol: 6, SrcPort: 50000, DstPort: 443}
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	k.Version = 4
	if d.Is6() {
		k.Version = 6
	}
	copy(k.Src[:], s.AsSlice())
	copy(k.Dst[:], d.AsSlice())
	return k
}

func TestResidentialProxy(t *testing.T) {
	h := NewHistory()
	pass := func(src, dst string, nonce byte) bool {
		var r Result
		random := make([]byte, 32)
		random[0] = nonce
		r.SetNonce(key(src, dst), random)
		h.Resolve(&r)
		if r.Pending() {
			t.Error("still pending")
		}
		return r.Has(ResidentialProxy)
	}
	for _, step := range []struct {
		src, dst string
		nonce    byte
		want     bool
	}{
		{"192.168.1.7", "8.8.8.8", 1, false},     // not seen before
		{"9.9.9.9", "192.168.1.7", 1, false},     // comes in
		{"192.168.1.8", "8.8.8.8", 1, false},     // another host
		{"192.168.1.7", "8.8.8.8", 2, false},     // another nonce
		{"192.168.1.7", "192.168.1.8", 1, false}, // stays inside
		{"9.9.9.9", "8.8.8.8", 1, false},         // passes by
		{"192.168.1.7", "8.8.8.8", 1, true},
		{"192.168.1.7", "8.8.4.4", 1, true},
		{"9.9.9.9", "192.168.1.8", 1, false}, // a collision changes nothing
		{"192.168.1.8", "8.8.8.8", 1, false},
		{"192.168.1.7", "8.8.8.8", 1, true},
		{"2001:db8::1", "fd00::1", 3, false},
		{"fd00::1", "2001:db8::1", 3, false},
		{"172.16.0.1", "172.15.0.1", 4, false},
		{"172.32.0.1", "10.0.0.1", 5, false},
		{"10.0.0.1", "172.32.0.1", 5, true},
	} {
		if got := pass(step.src, step.dst, step.nonce); got != step.want {
			t.Errorf("%v: %t", step, got)
		}
	}
	var r Result
	r.SetNonce(key("9.9.9.9", "10.0.0.1"), make([]byte, 31))
	if r.Pending() {
		t.Error("a short nonce")
	}
}

func TestNonces(t *testing.T) {
	n := NewHistory().nonces
	nonce := func(i int) *[32]byte { return &[32]byte{byte(i), byte(i >> 8)} }
	to := [4]byte{10, 0, 0, 1}
	for i := range maxNonces {
		n.enter(nonce(i), to)
	}
	n.enter(nonce(0), to) // changes nothing
	if !n.entered(nonce(0), to) || n.entered(nonce(0), [4]byte{10, 0, 0, 2}) || n.entered(nonce(maxNonces), to) {
		t.Error("before the first one is forgotten")
	}
	n.enter(nonce(maxNonces), to)
	if n.entered(nonce(0), to) || !n.entered(nonce(1), to) || !n.entered(nonce(maxNonces), to) || len(n.dst) != maxNonces {
		t.Error("the oldest one is forgotten first")
	}
}

func TestHistoryConcurrent(t *testing.T) {
	h := NewHistory()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				r := Result{unseen: true, sighting: digest{uint64(i), uint64(g)}}
				r.SetNonce(key("9.9.9.9", "10.0.0.1"), make([]byte, 32))
				h.Resolve(&r)
			}
		})
	}
	wg.Wait()
	if len(h.sightings.list) != 8000 {
		t.Errorf("%d fingerprints", len(h.sightings.list))
	}
}
