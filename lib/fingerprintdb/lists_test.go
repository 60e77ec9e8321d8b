package fingerprintdb

import (
	"net/netip"
	"strings"
	"testing"
)

func TestSubnets(t *testing.T) {
	var p subnetTable
	for line, want := range map[string]string{
		"; IP-ASN32-DAT file":       "",
		"# comment":                 "",
		"192.0.2.0/24\t64500":       "",
		"192.0.2.128/25 \t 64501 x": "",
		"  198.51.100.77/24 7":      "",
		"2001:db8::/32\t64502":      "",
		"2001:db8:1::1/48\t64503":   "",
		"203.0.113.1/32\t0":         "",
		"192.0.2.0\t1":              "not a network",
		"192.0.2/24\t1":             "not a network",
		"0.0.0.0/0\t1":              "not a network",
		"1.2.3.4/33\t1":             "not a network",
		"1.2.3.256/24\t1":           "not a network",
		"2001:db8::/129\t1":         "not a network",
		"::ffff:1.2.3.4/128\t1":     "not a network",
		"fe80::%eth0/10\t1":         "not a network",
		"1.2.3.0/24":                "no number",
		"1.2.3.0/24\t":              "no number",
		"1.2.3.0/24\t-1":            "no number",
		"1.2.3.0/24\tx":             "no number",
		"1.2.3.0/24\t4294967296":    "no number",
		" ":                         "not a network",
	} {
		err := p.line(line, false)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", line, err)
		}
	}
	// The first line for a network counts.
	p.line("192.0.2.0/24\t1", false)
	p.line("192.0.2.9/24\t2", false)
	p.done()
	for addr, want := range map[string]uint32{
		"192.0.2.1": 64500, "192.0.2.127": 64500, "192.0.2.128": 64501, "198.51.100.1": 7, "198.51.101.1": 0,
		"2001:db8::1": 64502, "2001:db8:1::1": 64503, "2001:db9::": 0, "203.0.113.1": 0, "0.0.0.0": 0,
	} {
		if got := p.ASN(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %d, want %d", addr, got, want)
		}
	}
	var small subnetTable
	small.line("2001:db8::/32\t64502", true)
	small.line("192.0.2.0/24\t1", true)
	small.done()
	if small.ASN(netip.MustParseAddr("2001:db8::1")) != 0 || small.ASN(netip.MustParseAddr("192.0.2.1")) != 1 {
		t.Error("without IPv6")
	}
}

// line reads a line and adds what it says.
func (t *subnetTable) line(text string, minimizeRAM bool) error {
	s, err := readSubnet([]byte(text), minimizeRAM)
	if err == nil {
		err = t.add(s)
	}
	return err
}

func domains(t *testing.T, lines string) *domainMap {
	t.Helper()
	m := newDomainMap()
	var d document
	for line := range strings.Lines(lines) {
		if err := m.line(&d, []byte(line), false); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	m.done()
	return m
}

func TestDomains(t *testing.T) {
	m := domains(t, `{"subnet":"192.0.2.0/24","type":"domain_mapping","tag":"a.example"}
{"subnet":"192.0.2.0/24","type":"domain_mapping","tag":"b.example"}
{"subnet":"192.0.2.0/25","type":"domain_mapping","tag":"c.example"}
{"subnet":"192.0.2.64/26","type":"domain_mapping","tag":"c.example"}
{"subnet":"198.51.100.0/24","type":"domain_mapping","tag":"c.example"}
{"subnet":"203.0.113.0/24","type":"proxy","tag":"Some Proxy"}
{"subnet":"192.0.2.200/32","type":"sinkhole","tag":"x"}
{"subnet":"203.0.113.128/25","type":"domain_mapping","tag":"sinkhole"}
{"subnet":"198.51.100.0/24","type":"proxy","tag":"too late"}
{"subnet":"2001:db8::/32","type":"domain_mapping","tag":"a.example"}
{"subnet":"2001:db8:5::/48","type":"proxy","tag":"x"}
`)
	for _, tt := range []struct {
		name, addr string
		want       bool
	}{
		{"a.example", "192.0.2.1", false},
		{"www.a.example", "192.0.2.1", false},
		{"b.example", "192.0.2.1", false},
		{"www.www.a.example", "8.8.8.8", false},
		{"x.a.example", "8.8.8.8", false},
		{"A.example", "8.8.8.8", false},
		{"a.example", "8.8.8.8", true},
		{"www.a.example", "8.8.8.8", true},
		{"c.example", "192.0.2.1", true},   // the shorter network came first
		{"c.example", "192.0.2.65", false}, // has an address of its own
		{"a.example", "192.0.2.65", true},
		{"c.example", "198.51.100.1", false},
		{"a.example", "198.51.100.1", true},
		{"a.example", "203.0.113.1", false},   // any
		{"a.example", "203.0.113.200", false}, // any
		{"c.example", "192.0.2.200", false},   // any
		{"a.example", "10.0.0.1", false},      // private
		{"a.example", "2001:db8::1", false},
		{"b.example", "2001:db8::1", true},
		{"b.example", "2001:db8:5::1", false},
		{"b.example", "fd00::1", true},
		{"", "8.8.8.8", false},
		{"www.", "8.8.8.8", false},
	} {
		if got := m.isFaked([]byte(tt.name), netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%s at %s: %t", tt.name, tt.addr, got)
		}
	}
	if m.isFaked([]byte("a.example"), netip.Addr{}) {
		t.Error("without address")
	}
	only4 := domains(t, `{"subnet":"192.0.2.0/24","type":"domain_mapping","tag":"a.example"}`)
	if only4.isFaked([]byte("a.example"), netip.MustParseAddr("2001:db8::1")) {
		t.Error("IPv6 without networks of it")
	}
	only6 := domains(t, `{"subnet":"2001:db8::/32","type":"domain_mapping","tag":"a.example"}`)
	if only6.isFaked([]byte("a.example"), netip.MustParseAddr("192.0.2.1")) {
		t.Error("IPv4 without networks of it")
	}
}

func TestDomainLines(t *testing.T) {
	m := newDomainMap()
	var d document
	for _, line := range []string{
		``, `[]`, `1`, `{}`, `{"subnet":"192.0.2.0/24","type":"domain_mapping"}`,
		`{"subnet":"192.0.2.0/24","tag":"a"}`, `{"type":"domain_mapping","tag":"a"}`,
		`{"subnet":1,"type":"domain_mapping","tag":"a"}`,
		`{"subnet":"192.0.2.0/24","type":"other","tag":"a"}`,
		`{"subnet":"192.0.2.0","type":"proxy","tag":"a"}`,
		`{"subnet":"0.0.0.0/0","type":"proxy","tag":"a"}`,
		`{"subnet":"::ffff:1.2.3.4/120","type":"proxy","tag":"a"}`,
		`{"subnet":"192.0.2.0/24","type":"proxy","tag":"a"`,
	} {
		if err := m.line(&d, []byte(line), false); err == nil {
			t.Errorf("%s is accepted", line)
		}
	}
	if err := m.line(&d, []byte(`{"subnet":"2001:db8::/32","type":"proxy","tag":"a"}`), true); err != nil || len(m.list) != 0 {
		t.Error("without IPv6")
	}
	for i := range 1 << 16 {
		m.domains[string(rune(i+0x10000))] = uint16(i)
	}
	if err := m.add(netip.MustParsePrefix("192.0.2.0/24"), "one more"); err != errDomains {
		t.Errorf("too many domains: %v", err)
	}
}

func TestWatchlist(t *testing.T) {
	w := newWatchlist()
	for _, line := range []string{
		"# comment", "dns.example", "dns2.example.", "dns3.example and more", "192.0.2.1", "192.0.2.2/32", "192.0.2.3:443",
		"2001:db8::1", "[2001:db8::2]:443", "2a00:db8::1", "*.dns.example", "8.8.8.8.example",
	} {
		if err := w.line([]byte(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"@", " ", "1.2.3", "*", "256.1.1.1", "2001:db8", "-"} {
		if err := w.line([]byte(line)); err == nil {
			t.Errorf("%s is accepted", line)
		}
	}
	for name, want := range map[string]bool{
		"dns.example": true, "dns2.example": true, "dns3.example": true, "*.dns.example": true, "DNS.example": false,
		"x.dns.example": false, "": false, "192.0.2.1": false,
		"2a00":            true, // what the address begins with is a name
		"8.8.8.8.example": false,
	} {
		if got := w.hasName([]byte(name)); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for addr, want := range map[string]bool{
		"192.0.2.1": true, "192.0.2.2": true, "192.0.2.3": true, "192.0.2.4": false, "2001:db8::1": true, "2001:db8::2": true,
		"2a00:db8::1": false, "8.8.8.8": true,
	} {
		if got := w.hasAddr(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %t", addr, got)
		}
	}
}

func FuzzLists(f *testing.F) {
	f.Add([]byte("192.0.2.0/24\t64500"))
	f.Add([]byte(`{"subnet":"192.0.2.0/24","type":"domain_mapping","tag":"a.example"}`))
	f.Add([]byte("dns.example"))
	f.Add([]byte("2001:db8::/32\t64500"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) == 0 {
			return
		}
		var p subnetTable
		p.line(string(line), false)
		p.done()
		p.ASN(netip.MustParseAddr("192.0.2.1"))
		m := newDomainMap()
		var d document
		m.line(&d, line, false)
		m.done()
		m.isFaked(line, netip.MustParseAddr("192.0.2.1"))
		w := newWatchlist()
		w.line(line)
		w.hasName(line)
	})
}

// CheckList names the first line that loading leaves out.
func TestCheckList(t *testing.T) {
	domain := `{"subnet":"192.0.2.0/24","type":"domain_mapping","tag":"a.example"}`
	for _, tt := range []struct{ file, text, want string }{
		{FileWatchlist, "", ""},
		{FileWatchlist, "# comment\r\n\ndns.example\n2001:db8::1", ""},
		{FileWatchlist, "dns.example\n\n@\n-\n", "line 3: neither an address nor a domain name"},
		{FileDomains, domain + "\n" + domain, ""},
		{FileDomains, domain + "\ndns.example\n", "line 2: not JSON"},
		{FileFamilies, `{"family":"curl","weight":2}` + "\n", ""},
		{FileFamilies, `{"family":"curl","weight":2}` + "\n" + domain, "line 2: neither a family with its weight"},
	} {
		err := CheckList(tt.file, []byte(tt.text))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%s %q: %v", tt.file, tt.text, err)
		}
	}
}
