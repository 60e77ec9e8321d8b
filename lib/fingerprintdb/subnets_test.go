package fingerprintdb

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/gaissmai/bart"
)

// Networks are those that net/netip reads, and no others.
func TestParseNetwork(t *testing.T) {
	octets := []string{"0", "1", "9", "10", "99", "100", "199", "255", "256", "999", "1000", "", "01", "00", "-1", "+1", " 1", "a", "1a"}
	read := 0
	check := func(s string) {
		t.Helper()
		want, err := netip.ParsePrefix(s)
		if err != nil || want.Bits() == 0 || want.Addr().Is4In6() {
			want, err = netip.Prefix{}, errNetwork
		} else {
			want = want.Masked()
			read++
		}
		if got, failed := parseNetwork([]byte(s)); got != want || failed != err {
			t.Fatalf("%q: got %v, %v, want %v, %v", s, got, failed, want, err)
		}
	}
	for _, a := range octets {
		for _, b := range octets {
			check(a + ".2." + b + ".4/24")
			check("1." + a + ".3." + b + "/31")
			check("255.255.255.255/" + a)
			check("1.2.3." + b + "/" + a)
			check("2001:db8::" + a + "/" + b)
		}
	}
	for bits := range 34 {
		check(fmt.Sprintf("203.0.113.255/%d", bits))
		check(fmt.Sprintf("203.0.113.255/%02d", bits))
	}
	for _, s := range []string{"", "/", "...", ".../", "1.2.3.4", "1.2.3.4/", "1.2.3/8", "1.2.3.4.5/8", "1.2.3.4/8/9", "1.2.3.4 /8", "1.2.3.4/8 ", "::1/128", "2001:db8::/32", "::/0", "::ffff:1.2.3.4/96", "fe80::%eth0/10"} {
		check(s)
	}
	if read < 200 {
		t.Fatalf("only %d were read", read)
	}
}

// Routes find what a table of prefixes finds, in whatever order they come, at the
// ends of all networks and beside them.
func TestRoutes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 10, 100, 20_000} {
		for round := range 5 {
			var got subnetTable
			var want bart.Table[uint32]
			var addrs []netip.Addr
			for i := range n {
				bits := 1 + r.IntN(32)
				if round%2 == 0 {
					bits = max(bits, 8) // fewer that have others within
				}
				a := [4]byte{byte(r.IntN(256)), byte(r.IntN(4)), byte(r.IntN(2) * 255), byte(r.IntN(256))}
				if i%7 == 0 {
					a = [4]byte{255, 255, 255, byte(r.IntN(256))}
				}
				p := netip.PrefixFrom(netip.AddrFrom4(a), bits).Masked()
				asn := uint32(r.IntN(4)) // 0 is a number, too
				if err := got.add(newSubnet(p, asn)); err != nil {
					t.Fatal(err)
				}
				want.Modify(p, func(old uint32, ok bool) (uint32, bool) {
					if ok {
						return old, false
					}
					return asn, false
				})
				first := number4(p.Addr())
				last := (route{start: first, bits: uint8(bits)}).end()
				for _, v := range []uint32{first, last, first - 1, last + 1, first + (last-first)/2} {
					addrs = append(addrs, address4(v))
				}
			}
			for range 100 {
				addrs = append(addrs, address4(r.Uint32()))
			}
			addrs = append(addrs, address4(0), address4(1<<32-1))
			got.done()
			if (len(got.v4.starts) > fewRoutes) != (got.v4.index != nil) || n == 20_000 && got.v4.index == nil {
				t.Errorf("%d networks are %d ranges, with index: %t", n, len(got.v4.starts), got.v4.index != nil)
			}
			for _, a := range addrs {
				expected, _ := want.Lookup(a)
				if asn := got.ASN(a); asn != expected {
					t.Fatalf("%d networks: %v is of %d, want %d", n, a, asn, expected)
				}
			}
		}
	}
}

func address4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
