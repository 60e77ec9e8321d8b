package flow

import (
	"net/netip"
	"testing"
)

func TestString(t *testing.T) {
	for _, tt := range []struct {
		protocol uint8
		src, dst string
		want     string
	}{
		{17, "192.0.2.1:68", "255.255.255.255:67", "192.0.2.1:68 -> 255.255.255.255:67 udp"},
		{6, "[2001:db8::1]:1", "[2001:db8::2]:0", "[2001:db8::1]:1 -> [2001:db8::2]:0 tcp"},
		{1, "192.0.2.1:0", "192.0.2.2:0", "192.0.2.1 -> 192.0.2.2 protocol 1"},
		{58, "[2001:db8::1]:0", "[2001:db8::2]:0", "2001:db8::1 -> 2001:db8::2 protocol 58"},
	} {
		k := NewKey(tt.protocol, netip.MustParseAddrPort(tt.src), netip.MustParseAddrPort(tt.dst))
		if got := k.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		if k.Source().String() != tt.src || k.Destination().String() != tt.dst {
			t.Errorf("%v, %v: want %s, %s", k.Source(), k.Destination(), tt.src, tt.dst)
		}
	}
	if got := (Key{}).String(); got != "unknown -> unknown protocol 0" {
		t.Error(got)
	}
}
