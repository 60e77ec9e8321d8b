package fingerprintdb

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"merctools/lib/npf"
)

// A large file is read as a small one is: empty lines, other ends of lines, and bad
// ones keep the numbers of those after them, and the first of two lines counts.
func TestLargeSubnets(t *testing.T) {
	var text strings.Builder
	var want []string
	number := 0
	line := func(s, end, problem string) {
		number++
		text.WriteString(s + end)
		if problem != "" {
			want = append(want, fmt.Sprintf("pyasn.db:%d: %s", number, problem))
		}
	}
	for i := range 150_000 {
		line(fmt.Sprintf("%d.%d.%d.0/24\t%d", 1+i>>16, i>>8&255, i&255, i), "\n", "")
		switch i % 10_000 {
		case 77:
			line("", "\n", "")
		case 78:
			line(fmt.Sprintf("%d.%d.%d.0/24\t1", 1+i>>16, i>>8&255, i&255), "\r\n", "")
		case 79:
			line("x", "\n", errNetwork.Error())
		}
	}
	line("2001:db8::/32\t7", "\n", "")
	line("192.0.2.0/24\tx", "", errASN.Error())
	if text.Len() < 2*blockSize {
		t.Fatal(text.Len())
	}
	m, notices := load(t, LoadOptions{}, with(resources(anyEntry), FileSubnets, text.String())...)
	if !slices.Equal(notices, want) || m.Disabled() != "" {
		t.Errorf("%q, want %q", notices, want)
	}
	for i := range 150_000 {
		a := netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i), 200})
		if got := m.ASN(a); got != uint32(i) {
			t.Fatalf("%v is of %d, want %d", a, got, i)
		}
	}
	if got := m.ASN(netip.MustParseAddr("2001:db8::1")); got != 7 {
		t.Errorf("%d", got)
	}
}

// Fingerprints of a large list are known, with the name of their type and without.
func TestLargePrevalence(t *testing.T) {
	var text strings.Builder
	name := func(i int) string { return fmt.Sprintf("(0303)(%08x)()", i) }
	const n = 100_000
	for i := range n {
		if i%2 == 0 {
			text.WriteString("tls/")
		}
		text.WriteString(name(i) + "\n")
	}
	m, notices := load(t, LoadOptions{}, with(resources(anyEntry), FilePrevalence, text.String())...)
	if len(notices) > 0 || text.Len() < 2*blockSize {
		t.Fatalf("%q, %d bytes", notices, text.Len())
	}
	a := NewAnalyzer(m)
	for i := range n + 10 {
		var r Result
		a.Analyze(&Observation{Type: npf.TLS, Fingerprint: []byte("tls/" + name(i))}, &r)
		if want := i < n; (r.Status() == Unlabeled) != want {
			t.Fatalf("%s: status %d", name(i), r.Status())
		}
	}
}

// The first process with attributes says which there are, however late it comes and
// whatever blocks are read meanwhile.
func TestLateAttributes(t *testing.T) {
	lines := manyLines(6000, "p")
	for i := range lines {
		switch {
		case i < 4000:
			lines[i] = strings.Replace(lines[i], `"attributes":{"a":true}`, `"x":{"a":true}`, 1)
		case i == 4000:
			lines[i] = strings.Replace(lines[i], `"attributes":{"a":true}`, `"\u0061ttributes":{"b":true}`, 1)
		case i == 5000:
			lines[i] = strings.Replace(lines[i], `{"a":true}`, `{"b":true}`, 1)
		}
	}
	for _, o := range []LoadOptions{{}, {MinimizeRAM: true}} {
		m, notices := load(t, o, resources(lines...)...)
		want := `fingerprint_db.json:4002: unknown attribute "a"`
		if len(notices) != maxNotices+1 || notices[0] != want || notices[maxNotices] != "fingerprint_db.json: 1978 more lines like these" {
			t.Errorf("%q", notices)
		}
		for i, want := range map[int]bool{0: false, 3999: false, 4000: true, 4001: false, 5000: true} {
			var r Result
			NewAnalyzer(m).Analyze(&Observation{Type: npf.TLS, Fingerprint: fmt.Appendf(nil, "tls/(0303)(%04x)()", i)}, &r)
			has := false
			for name, chance := range r.Attributes() {
				has = has || name == "b" && chance == 1
			}
			if has != want {
				t.Errorf("%d: attribute %t", i, has)
			}
		}
	}
}

// An archive that is damaged says at which line.
func TestDamagedWhere(t *testing.T) {
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "%d.%d.%d.0/24\t%d\n", 1+i>>16, i>>8&255, i&255, i)
	}
	whole := tarball(with(resources(anyEntry), FileSubnets, text.String())...)
	cut := bytes.Index(whole, []byte("1.99.0.0/24\t")) + 5
	_, err := Load(bytes.NewReader(whole[:cut]), LoadOptions{})
	if want := fmt.Sprintf("pyasn.db:%d: archive: unexpected EOF", 99<<8+1); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestDigestSet(t *testing.T) {
	var s digestSet
	if s.has(digest{1, 2}) {
		t.Error("an empty set has one")
	}
	for i := range uint64(1000) {
		for range 2 {
			if err := s.add(digest{i << 20, i}); err != nil { // many have the same first place
				t.Fatal(err)
			}
		}
	}
	for i := range uint64(1000) {
		if !s.has(digest{i << 20, i}) && i > 0 || s.has(digest{i << 20, i + 1}) {
			t.Fatal(i)
		}
	}
	if s.count != 999 || len(s.slots) != 1<<11 {
		t.Errorf("%d in %d slots", s.count, len(s.slots))
	}
	s.count = maxKnown
	if err := s.add(digest{1, 1}); err != errKnown {
		t.Error(err)
	}
}
