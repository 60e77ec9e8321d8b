package record

import (
	"net/netip"
	"testing"
)

// Every pattern of zero groups, with groups of any length between them, is
// written as net/netip writes it.
func TestIPv6Groups(t *testing.T) {
	values := []uint16{1, 0x23, 0x456, 0x789a, 0xffff, 0x10, 0x100, 0x1000}
	for zeros := range 256 {
		for first := range values {
			var a [16]byte
			for i := range 8 {
				if zeros>>i&1 == 0 {
					v := values[(first+i)%len(values)]
					a[2*i], a[2*i+1] = byte(v>>8), byte(v)
				}
			}
			ip := netip.AddrFrom16(a)
			if ip.Is4In6() {
				continue // has no form of its own here
			}
			if got, want := string(AppendIPv6(nil, a)), ip.String(); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	}
}
