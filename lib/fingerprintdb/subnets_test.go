package fingerprintdb

import (
	"net/netip"
	"testing"
)

// The short way for IPv4 agrees with net/netip wherever it reads anything.
func TestParseIPv4Network(t *testing.T) {
	octets := []string{"0", "1", "9", "10", "99", "100", "199", "255", "256", "999", "1000", "", "01", "00", "-1", "+1", " 1", "a", "1a"}
	read := 0
	check := func(s string) {
		t.Helper()
		got, ok := parseIPv4Network([]byte(s))
		want, err := parseNetwork(s)
		if ok && (err != nil || got != want) {
			t.Fatalf("%q: got %v, want %v, %v", s, got, want, err)
		}
		if a, isNetwork := want.Addr(), err == nil; isNetwork && a.Is4() && !ok {
			t.Fatalf("%q: not read, want %v", s, want)
		}
		if ok {
			read++
		}
	}
	for _, a := range octets {
		for _, b := range octets {
			check(a + ".2." + b + ".4/24")
			check("1." + a + ".3." + b + "/31")
			check("255.255.255.255/" + a)
			check("1.2.3." + b + "/" + a)
		}
	}
	for bits := range 34 {
		check(netip.AddrFrom4([4]byte{203, 0, 113, 255}).String() + "/" + string(rune('0'+bits/10)) + string(rune('0'+bits%10)))
	}
	for _, s := range []string{"", "/", "...", ".../", "1.2.3.4", "1.2.3.4/", "1.2.3/8", "1.2.3.4.5/8", "1.2.3.4/8/9", "1.2.3.4 /8", "::1/128", "2001:db8::/32", "::ffff:1.2.3.4/96"} {
		check(s)
	}
	if read < 200 {
		t.Fatalf("only %d were read", read)
	}
}
