package fingerprintdb

import (
	"net/netip"
	"strings"
	"testing"
)

func TestServerName(t *testing.T) {
	tests := []struct{ in, want string }{
		// Names.
		{"www.example.com", "www.example.com"},
		{"WWW.Example.com", "WWW.Example.com"},
		{"example.com.", "example.com"},
		{" example.com", "example.com"},
		{"\texample.com", "example.com"},
		{"*.example.com", "*.example.com"},
		{"_dmarc.ex-ample.x1", "_dmarc.ex-ample.x1"},
		{"10.0.0.1.nip.example", "10.0.0.1.nip.example"},
		{"8.8.8.8.alt", "8.8.8.8.alt"},
		{"localhost", "localhost"},
		{"localhost.", "localhost"},
		{"a.1b", "a.1b"},
		{"dead.beef", "dead.beef"},
		{"1..2.3", "1-0-2-3.address.alt"},
		// Ports.
		{"example.com:443", "_443.example.com"},
		{"example.com.:443", "_443.example.com"},
		{"example.com:443x", "_443.example.com"},
		{"example.com:0000443", "_443.example.com"},
		{"localhost:80", "_80.localhost"},
		{"www:80", "_80.unqualified.alt"},
		{"example.com:65535", "_65535.example.com"},
		{"example.com:65536", "other.alt"},
		{"example.com:99999999999999999999", "other.alt"},
		{"example.com:", "other.alt"},
		{"example.com:x", "other.alt"},
		{":8080", "_8080.missing.alt"},
		{"None:1", "_1.missing.alt"},
		// No names.
		{"", "missing.alt"},
		{"#comment", "missing.alt"},
		{"None", "missing.alt"},
		{" ", ""},
		{"  x.y", "other.alt"},
		{"www", "unqualified.alt"},
		{"www.", "unqualified.alt"},
		{"*.com", "*.com"},
		{"*", "other.alt"},
		{"*.", "other.alt"},
		{"*example.com", "other.alt"},
		{"a.*.com", "other.alt"},
		{"a..com", "other.alt"},
		{"a.com..", "a.com"},
		{"a.com...", "other.alt"},
		{".com", "other.alt"},
		{"a.com/", "other.alt"},
		{"a b", "other.alt"},
		{"0000", "other.alt"},
		{"a.b.8888", "other.alt"},
		{"\xff\xfe", "other.alt"},
		{"@", "other.alt"},
		// Addresses.
		{"192.0.2.1", "192-0-2-1.address.alt"},
		{"192.0.2.1:8443", "_8443.192-0-2-1.address.alt"},
		{"192.168.7.7", "10-0-0-1.address.alt"},
		{"172.16.0.1", "10-0-0-1.address.alt"},
		{"172.32.0.1", "172-32-0-1.address.alt"},
		{"10.255.0.1:80", "_80.10-0-0-1.address.alt"},
		{"1.2..4", "1-2-0-4.address.alt"},
		{"...", "0-0-0-0.address.alt"},
		{"1.2.3", "other.alt"},
		{"1.2.3.256", "other.alt"},
		{"1.2.3.4.5", "other.alt"},
		{"1.2.3.4 ", "other.alt"},
		{"2001:db8::1", "2001-db8--1.address.alt"},
		{"[2001:db8::1]", "2001-db8--1.address.alt"},
		{"[2001:db8::1]:80", "_80.2001-db8--1.address.alt"},
		{"[2001:db8::", "2001-db8--.address.alt"},
		{"2001:db8:1:2:3:4:5:6", "2001-db8-1-2-3-4-5-6.address.alt"},
		{"fe80::1", "fd00--1.address.alt"},
		{"abcd:888::2:1", "fd00--1.address.alt"},
		{"::ffff:192.0.2.1", "--ffff-c000-201.address.alt"},
		{"[::ffff:192.0.2.1]:5000", "_5000.--ffff-c000-201.address.alt"},
		{"::", "fd00--1.address.alt"},
		{"2001:db8::1::2", "other.alt"},
		{"1:2:3:4:5:6:7", "other.alt"},
		{"1:2:3:4:5:6:7:8:9", "other.alt"},
		{"1:2:3:4:5:6:7::8:9", "other.alt"},
		{"[2001:db8::1]x", "other.alt"},
		{"2001:db8::12345", "2001-db8--2345.address.alt"},
	}
	for _, tt := range tests {
		if got := string(appendServerName([]byte("|"), []byte(tt.in))); got != "|"+tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got[1:], tt.want)
		}
	}
}

func TestRegistrable(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "a.b": "a.b", "a.b.c": "b.c", "x.a.b.c": "b.c", ".a.b": "a.b", "..": ".", "...": ".", "a.b.": "b.",
	} {
		if got := string(registrable([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc", "a\x00b": "a", "\x00": "", "abc\x00": "abc"} {
		if got := string(clip([]byte(in), 3)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzServerName(f *testing.F) {
	for _, s := range []string{"www.example.com:443", "[2001:db8::1]:80", "::ffff:1.2.3.4", "*.a.b", "1.2.3.4", "None"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		got := appendServerName(nil, s)
		if len(got) > len(s)+len("_65535.")+len("0000-0000-0000-0000-0000-0000-0000-0000.address.alt") {
			t.Fatalf("%q becomes %q", s, got)
		}
		for i, c := range got {
			if !isNameByte(c) && c != '.' && !(c == '*' && i < len("*_65535.")) {
				t.Fatalf("%q becomes %q", s, got)
			}
		}
		again := appendServerName(nil, got)
		if !strings.HasPrefix(string(got), "_") && string(again) != string(got) && len(got) > 0 {
			// The name of an address is a name, too.
			t.Fatalf("%q becomes %q becomes %q", s, got, again)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "fe80::", "1:2:3:4:5:6:7:8", "::2:ffff:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, n, ok := scanIPv6([]byte(s))
		if n > len(s) {
			t.Fatalf("%q: %d bytes", s, n)
		}
		want, err := netip.ParseAddr(s)
		if err != nil || want.Zone() != "" {
			return
		}
		if want.Is4() {
			if a, n, ok := scanIPv4([]byte(s)); !ok || n != len(s) || netip.AddrFrom4(a) != want {
				t.Fatalf("%q: %v, %d, %t", s, a, n, ok)
			}
			return
		}
		// A dotted quad may end the IPv4-mapped form only, and ffff after
		// the gap begins that form.
		if strings.Contains(s, ".") || strings.Contains(strings.ToLower(s), "::ffff:") {
			return
		}
		if !ok || n != len(s) || netip.AddrFrom16(a) != want {
			t.Fatalf("%q: %v, %d, %t", s, netip.AddrFrom16(a), n, ok)
		}
	})
}
