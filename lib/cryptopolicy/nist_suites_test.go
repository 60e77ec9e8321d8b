package cryptopolicy

import "testing"

// The sets that are derived from names hold as many suites as appendix D
// lists, so a name that changes in the registry's table is noticed.
func TestNISTSuites(t *testing.T) {
	for _, test := range []struct {
		name   string
		suites set
		count  int
		in     uint16
		out    uint16
	}{
		{"TLS 1.2", suites12, 56, 0xc02f, 0x1301},
		{"TLS 1.1", suites11, 16, 0xc013, 0xc027},
		{"CBC", cbcSuites, 32, 0xc027, 0xc02f},
		{"ECDHE", ecdheSuites, 16, 0xc02f, 0xc031},
		{"elliptic curves", curveSuites, 28, 0xc031, 0x009e},
	} {
		if len(test.suites) != test.count {
			t.Errorf("%s: %d suites, want %d", test.name, len(test.suites), test.count)
		}
		if !test.suites.has(test.in) || test.suites.has(test.out) {
			t.Errorf("%s: %#04x in: %t, %#04x in: %t", test.name,
				test.in, test.suites.has(test.in), test.out, test.suites.has(test.out))
		}
	}
}
