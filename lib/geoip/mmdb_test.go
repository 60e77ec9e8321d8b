package geoip

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The MaxMind DB file format, version 2.0, as far as these tests need it.

// A member of a map; the order matters, unlike in a Go map.
type member struct {
	key   string
	value any
}

func encode(v any) []byte {
	head := func(typ, size int) []byte {
		var b []byte
		if typ <= 7 {
			b = append(b, byte(typ<<5))
		} else {
			b = append(b, 0, byte(typ-7))
		}
		switch {
		case size < 29:
			b[0] |= byte(size)
		default:
			b[0] |= 29
			b = append(b, byte(size-29))
		}
		return b
	}
	switch v := v.(type) {
	case string:
		return append(head(2, len(v)), v...)
	case uint16:
		return append(head(5, 2), byte(v>>8), byte(v))
	case uint32:
		return append(head(6, 4), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	case uint64:
		return append(head(9, 8), byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	case []member:
		b := head(7, len(v))
		for _, m := range v {
			b = append(append(b, encode(m.key)...), encode(m.value)...)
		}
		return b
	case []string:
		b := head(11, len(v))
		for _, s := range v {
			b = append(b, encode(s)...)
		}
		return b
	}
	panic("type")
}

// network is a network and its record.
type network struct {
	prefix string
	record []member
}

// database makes a file for IPv6, with IPv4 below ::/96.
func database(networks ...network) []byte {
	type node [2]int // another node, or -1 for nothing, or -2 minus an offset
	nodes := []node{{-1, -1}}
	var data []byte
	for _, n := range networks {
		p := netip.MustParsePrefix(n.prefix)
		bits, addr := p.Bits(), p.Addr().As16()
		if p.Addr().Is4() {
			addr[10], addr[11] = 0, 0
			bits += 96
		}
		at := 0
		for i := range bits {
			bit := int(addr[i/8]>>(7-i%8)) & 1
			if i == bits-1 {
				nodes[at][bit] = -2 - len(data)
				break
			}
			if nodes[at][bit] < 0 {
				nodes[at][bit] = len(nodes)
				nodes = append(nodes, node{-1, -1})
			}
			at = nodes[at][bit]
		}
		data = append(data, encode(n.record)...)
	}
	var b []byte
	for _, n := range nodes {
		for _, v := range n {
			switch {
			case v == -1:
				v = len(nodes)
			case v < -1:
				v = len(nodes) + 16 - 2 - v
			}
			b = append(b, byte(v>>16), byte(v>>8), byte(v))
		}
	}
	b = append(append(b, make([]byte, 16)...), data...)
	b = append(b, "\xab\xcd\xefMaxMind.com"...)
	return append(b, encode([]member{
		{"node_count", uint32(len(nodes))},
		{"record_size", uint16(24)},
		{"ip_version", uint16(6)},
		{"database_type", "Test-ASN"},
		{"languages", []string{"en"}},
		{"binary_format_major_version", uint16(2)},
		{"binary_format_minor_version", uint16(0)},
		{"build_epoch", uint64(1700000000)},
		{"description", []member{{"en", "for tests"}}},
	})...)
}

var testFile = database(
	network{"192.0.2.0/24", []member{{"autonomous_system_number", uint32(64500)}, {"autonomous_system_organization", "x"}}},
	network{"198.51.100.0/25", []member{{"asn", "AS64501"}, {"country", "AQ"}}},
	network{"198.51.100.128/25", []member{{"asn", uint32(64502)}, {"country_code", "DE"}}},
	network{"203.0.113.0/25", []member{{"country", []member{{"iso_code", "FR"}, {"names", []member{{"en", "France"}}}}}}},
	network{"203.0.113.128/26", []member{{"registered_country", []member{{"iso_code", "CH"}}}, {"as_number", uint32(7)}}},
	network{"203.0.113.192/26", []member{{"country", "France"}, {"asn", "ASx"}, {"as_number", "x"}}},
	network{"2001:db8::/32", []member{{"autonomous_system_number", uint32(4200000000)}, {"country", []member{{"iso_code", "JP"}}}}},
	network{"2001:db9::/32", []member{{"country", []member{{"iso_code", uint32(7)}}}, {"asn", uint64(1 << 40)}}},
	network{"2001:dba::/32", []member{{"country", "xx"}, {"asn", "AS0"}}},
)

func TestPlace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(name, testFile, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if d.Type() != "Test-ASN" {
		t.Errorf("type %q", d.Type())
	}
	for range 2 { // once decoded, once remembered
		for addr, want := range map[string]Place{
			"192.0.2.1":          {ASN: 64500},
			"::ffff:192.0.2.255": {ASN: 64500},
			"192.0.3.0":          {},
			"198.51.100.1":       {Country: "AQ", ASN: 64501},
			"198.51.100.200":     {Country: "DE", ASN: 64502},
			"203.0.113.1":        {Country: "FR"},
			"203.0.113.129":      {Country: "CH", ASN: 7},
			"203.0.113.200":      {},
			"2001:db8::1":        {Country: "JP", ASN: 4200000000},
			"2001:db9::1":        {},
			"2001:dba::1":        {},
			"2001:dbb::1":        {},
			"::1":                {},
		} {
			a := netip.MustParseAddr(addr)
			if got := d.Place(a); got != want {
				t.Errorf("%s: %+v, want %+v", addr, got, want)
			}
			if got := d.ASN(a); got != want.ASN {
				t.Errorf("%s: %d, want %d", addr, got, want.ASN)
			}
		}
	}
	if got := d.Place(netip.Addr{}); got != (Place{}) {
		t.Errorf("no address: %+v", got)
	}
	if err := d.Err(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestIPv4Only(t *testing.T) {
	// The tree begins where that for IPv6 has IPv4.
	b := bytes.Replace(testFile, encode([]member{{"ip_version", uint16(6)}})[1:], encode([]member{{"ip_version", uint16(4)}})[1:], 1)
	d, err := FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	a := netip.MustParseAddr("2001:db8::1")
	if n := testing.AllocsPerRun(10, func() { d.Place(a) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if d.Place(a) != (Place{}) || d.Err() != nil {
		t.Errorf("%v, %v", d.Place(a), d.Err())
	}
}

// Damage that is not seen when a file is opened is when it is met.
func TestDamaged(t *testing.T) {
	b := bytes.Clone(testFile)
	end := bytes.Index(b, []byte("\xab\xcd\xefMaxMind.com"))
	tree := bytes.Index(b, make([]byte, 16))
	for _, c := range []struct {
		name   string
		damage func(b []byte)
	}{
		{"records", func(b []byte) {
			for i := tree + 16; i < end; i++ {
				b[i] = 0xff
			}
		}},
		{"tree", func(b []byte) {
			for i := 6 * 100; i < tree; i++ {
				b[i] = 0xff
			}
		}},
	} {
		b := bytes.Clone(b)
		c.damage(b)
		d, err := FromBytes(b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		a := netip.MustParseAddr("192.0.2.1")
		if got := d.Place(a); got != (Place{}) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if err := d.Err(); err == nil || !strings.HasPrefix(err.Error(), "damaged: 192.0.2.1: ") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("missing: %v", err)
	}
	// Each is a file that says something else of itself.
	other := func(name string, value, instead any) []byte {
		b := encode([]member{{name, value}})[1:]
		i := bytes.LastIndex(testFile, b)
		if i < 0 {
			t.Fatal(name)
		}
		return slices.Concat(testFile[:i], encode([]member{{name, instead}})[1:], testFile[i+len(b):])
	}
	nodes := (bytes.Index(testFile, make([]byte, 16)) + 5) / 6
	for what, b := range map[string][]byte{
		"empty": nil, "text": []byte("text"), "half": testFile[:len(testFile)/2], "end": testFile[len(testFile)-100:],
		"metadata cut off":    testFile[:len(testFile)-20],
		"more nodes":          other("node_count", uint32(nodes), uint32(1<<32-1)),
		"no node":             other("node_count", uint32(nodes), uint32(0)),
		"record size":         other("record_size", uint16(24), uint16(25)),
		"record size 0":       other("record_size", uint16(24), uint16(0)),
		"large record size":   other("record_size", uint16(24), uint16(65535)),
		"version of IP":       other("ip_version", uint16(6), uint16(5)),
		"version of format":   other("binary_format_major_version", uint16(2), uint16(3)),
		"node count is text":  other("node_count", uint32(nodes), "many"),
		"metadata is no map":  append(bytes.Clone(testFile), "\xab\xcd\xefMaxMind.com\x01"...),
		"metadata is endless": append(bytes.Clone(testFile), "\xab\xcd\xefMaxMind.com\x20\x00"...),
	} {
		d, err := FromBytes(b)
		switch {
		case err == nil:
			t.Errorf("%s: %v", what, d.Type())
		case !errors.Is(err, ErrFormat):
			t.Errorf("%s: %v", what, err)
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: more than a line: %v", what, err)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	d, err := FromBytes(testFile)
	if err != nil {
		t.Fatal(err)
	}
	var asns interface{ ASN(netip.Addr) uint32 } = d
	var places Places = d
	a, b, none := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("8.8.8.8")
	if n := testing.AllocsPerRun(100, func() {
		asns.ASN(a)
		asns.ASN(b)
		asns.ASN(none)
		places.Place(a)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestConcurrent(t *testing.T) {
	d, err := FromBytes(testFile)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if d.ASN(netip.MustParseAddr("192.0.2.1")) != 64500 || d.ASN(netip.MustParseAddr("2001:db8::1")) != 4200000000 {
					t.Error("wrong")
				}
			}
		})
	}
	wg.Wait()
}

func FuzzPlace(f *testing.F) {
	f.Add(testFile, uint32(0xc0000201))
	f.Add(database(network{"0.0.0.0/1", []member{{"asn", uint32(1)}}}), uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, addr uint32) {
		d, err := FromBytes(bytes.Clone(b))
		if err != nil {
			return
		}
		a := netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)})
		if got := d.Place(a); got != d.Place(a) || got.Country != "" && !isCode(got.Country) {
			t.Errorf("%+v", got)
		}
		d.Place(netip.AddrFrom16([16]byte{0x20, 1, byte(addr)}))
	})
}

func BenchmarkASN(b *testing.B) {
	d, err := FromBytes(testFile)
	if err != nil {
		b.Fatal(err)
	}
	a := netip.MustParseAddr("198.51.100.1")
	b.ReportAllocs()
	for b.Loop() {
		d.ASN(a)
	}
}
