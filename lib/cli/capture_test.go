package cli

import (
	"math"
	"testing"
	"time"
)

func TestSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "90": 90 * time.Second, " 5 ": 5 * time.Second, "1h30m": 90 * time.Minute, "300ms": 300 * time.Millisecond,
	} {
		var s Seconds
		if err := s.UnmarshalText([]byte(text)); err != nil || time.Duration(s) != want {
			t.Errorf("%q: %v, %v", text, time.Duration(s), err)
		}
	}
	for _, text := range []string{"", "x", "-1", "-1s", "1.5", "99999999999"} {
		var s Seconds
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: %v", text, time.Duration(s))
		}
	}
}

func TestRing(t *testing.T) {
	c := Capture{Buffer: 0.5, SnapLen: 96, Promiscuous: true, BPF: "1\n6 0 0 1"}
	if r, err := c.Ring(quiet, "eth0", 3); err != nil || r.Interface != "eth0" || r.Rings != 3 || r.SnapLen != 96 || len(r.Filter) != 1 || !r.Promiscuous {
		t.Errorf("%+v, %v", r, err)
	}
	for _, c := range []Capture{{Buffer: 1.5}, {Buffer: -1}, {Buffer: math.NaN()}, {SnapLen: -1}, {BPF: "x"}} {
		if _, err := c.Ring(quiet, "eth0", 1); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}
