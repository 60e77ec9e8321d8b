package ja

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

// A hello is the body of a ClientHello that is put together.
type hello struct {
	version    uint16
	suites     []uint16
	extensions [][]byte // with type and length
}

func (h *hello) bytes() []byte {
	b := binary.BigEndian.AppendUint16(nil, h.version)
	b = append(b, make([]byte, 32)...)
	b = append(b, 0) // no session
	if h.version>>8 == 0xfe {
		b = append(b, 0) // no cookie
	}
	b = binary.BigEndian.AppendUint16(b, uint16(2*len(h.suites)))
	b = appendCodes(b, h.suites)
	b = append(b, 1, 0) // no compression
	var all []byte
	for _, e := range h.extensions {
		all = append(all, e...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(all)))
	return append(b, all...)
}

func (h *hello) parse(t *testing.T) *tls.ClientHello {
	t.Helper()
	m := new(tls.ClientHello)
	if !m.Parse(wire.Of(h.bytes())) {
		t.Fatal("no ClientHello")
	}
	return m
}

func appendCodes(b []byte, codes []uint16) []byte {
	for _, c := range codes {
		b = binary.BigEndian.AppendUint16(b, c)
	}
	return b
}

func extension(t uint16, value ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, t)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// list is an extension that holds a list of code points, whose length has
// lengthLen bytes.
func list(t uint16, lengthLen int, codes ...uint16) []byte {
	value := []byte{0, byte(2 * len(codes))}[2-lengthLen:]
	return extension(t, appendCodes(value, codes)...)
}

func alpn(names ...string) []byte {
	var all []byte
	for _, n := range names {
		all = append(append(all, byte(len(n))), n...)
	}
	return extension(16, append([]byte{0, byte(len(all))}, all...)...)
}

// example is the ClientHello that the description of JA4 explains, with GREASE
// in every list.
var example = hello{
	version: 0x0303,
	suites:  []uint16{0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
	extensions: [][]byte{
		extension(0x8a8a),
		extension(0x001b), extension(0, 0, 4, 0, 0, 1, 'a'), extension(0x0033), alpn("h2", "http/1.1"),
		extension(0x4469), extension(0x0017), extension(0x002d),
		list(0x000d, 2, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
		extension(0x0005), extension(0x0023), extension(0x0012),
		list(0x002b, 1, 0x3a3a, 0x0304, 0x0303), extension(0xff01, 0),
		extension(0x000b, 1, 0), list(0x000a, 2, 0x4a4a, 29, 23, 24), extension(0x0015),
		extension(0x5a5a),
	},
}

func TestJA4Example(t *testing.T) {
	var h Hasher
	m := example.parse(t)
	for _, tt := range []struct{ got, want string }{
		{string(h.AppendJA4(nil, m, TCP)), "t13d1516h2_8daaf6152771_e5627efa2ab1"},
		{string(h.AppendJA4R(nil, m, TCP)), "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601"},
		{string(h.AppendJA4O(nil, m, TCP)), "t13d1516h2_acb858a92679_18f69afefd3d"},
		{string(h.AppendJA4(nil, m, QUIC)), "q13d1516h2_8daaf6152771_e5627efa2ab1"},
		{string(appendJA3(nil, m)), "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0"},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
}

// The readable part, for what the example does not have.
func TestJA4Summary(t *testing.T) {
	many := make([]uint16, 120)
	for i := range many {
		many[i] = uint16(0xc000 + i)
	}
	for _, tt := range []struct {
		name  string
		hello hello
		t     Transport
		want  string
	}{
		{"nothing", hello{version: 0x0301}, TCP, "t10i000000_000000000000_000000000000"},
		{"no extension is left", hello{version: 0x0303, extensions: [][]byte{extension(0)}}, TCP, "t12d000100_000000000000_000000000000"},
		{"more than two digits", hello{version: 0x0300, suites: many}, TCP, "ts3i990000_"},
		{"GREASE only", hello{version: 0x0303, suites: []uint16{0x0a0a}, extensions: [][]byte{extension(0xfafa)}}, TCP, "t12i000000_000000000000_000000000000"},
		{"no versions but GREASE", hello{version: 0x0302, extensions: [][]byte{list(43, 1, 0x1a1a)}}, TCP, "t11i000100_"},
		{"unknown version", hello{version: 0x0305}, TCP, "t00i000000_"},
		{"SSL 2", hello{version: 0x0002}, TCP, "ts2i000000_"},
		{"DTLS 1.0", hello{version: 0xfeff}, DTLS, "dd1i000000_"},
		{"DTLS 1.2", hello{version: 0xfefd}, DTLS, "dd2i000000_"},
		{"DTLS 1.3", hello{version: 0xfefd, extensions: [][]byte{list(43, 1, 0xfefc)}}, DTLS, "dd3i000100_"},
		{"ALPN of one character", hello{version: 0x0303, extensions: [][]byte{alpn("h")}}, TCP, "t12i0001hh_"},
		{"empty ALPN", hello{version: 0x0303, extensions: [][]byte{alpn("")}}, TCP, "t12i000100_"},
		{"no ALPN in the list", hello{version: 0x0303, extensions: [][]byte{alpn()}}, TCP, "t12i000100_"},
		{"ALPN ab", hello{version: 0x0303, extensions: [][]byte{alpn("\xab")}}, TCP, "t12i0001ab_"},
		{"ALPN 20", hello{version: 0x0303, extensions: [][]byte{alpn(" ")}}, TCP, "t12i000120_"},
		{"ALPN abcd", hello{version: 0x0303, extensions: [][]byte{alpn("\xab\xcd")}}, TCP, "t12i0001ad_"},
		{"ALPN 2061", hello{version: 0x0303, extensions: [][]byte{alpn(" a")}}, TCP, "t12i000121_"},
		{"ALPN 30ab", hello{version: 0x0303, extensions: [][]byte{alpn("0\xab")}}, TCP, "t12i00013b_"},
		{"ALPN 30abcd31", hello{version: 0x0303, extensions: [][]byte{alpn("0\xab\xcd1")}}, TCP, "t12i000101_"},
	} {
		var h Hasher
		if got := string(h.AppendJA4(nil, tt.hello.parse(t), tt.t)); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Extensions without signature algorithms end without an underscore.
func TestJA4NoSignatureAlgorithms(t *testing.T) {
	m := (&hello{version: 0x0303, extensions: [][]byte{extension(0x0017), extension(0x0005)}}).parse(t)
	var h Hasher
	if got := string(h.AppendJA4R(nil, m, TCP)); got != "t12i000200__0005,0017" {
		t.Error(got)
	}
}

func TestJA3S(t *testing.T) {
	body := append([]byte{3, 3}, make([]byte, 32)...)
	body = append(body, 0, 0xc0, 0x2f, 0, 0, 9)
	body = append(body, extension(0xff01, 0)...)
	body = append(body, extension(0x0017)...)
	m := new(tls.ServerHello)
	if !m.Parse(wire.Of(body)) {
		t.Fatal("no ServerHello")
	}
	var h Hasher
	got := string(h.AppendJA3S(nil, m))
	// printf 771,49199,65281-23 | md5sum
	if want := "394441ab65754e2207b1e1b457b3641d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNoAllocations(t *testing.T) {
	m := example.parse(t)
	var h Hasher
	b := make([]byte, 0, 1024)
	n := testing.AllocsPerRun(100, func() {
		h.AppendJA3(b, m)
		h.AppendJA4(b, m, TCP)
		h.AppendJA4R(b, m, TCP)
		h.AppendJA4O(b, m, TCP)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Fingerprints of any bytes have the right form.
func FuzzClientHello(f *testing.F) {
	f.Add(example.bytes())
	f.Add((&hello{version: 0xfefd, extensions: [][]byte{alpn("\x00")}}).bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(tls.ClientHello)
		m.Parse(wire.Of(b))
		var h Hasher
		ja4 := string(h.AppendJA4(nil, m, TCP))
		var summary, suites, extensions string
		if n, _ := fmt.Sscanf(strings.ReplaceAll(ja4, "_", " "), "%10s %12s %12s", &summary, &suites, &extensions); n != 3 || len(ja4) != 36 {
			t.Errorf("JA4 %q", ja4)
		}
		raw := string(h.AppendJA4R(nil, m, TCP))
		original := string(h.AppendJA4O(nil, m, TCP))
		if raw[:11] != ja4[:11] || original[:11] != ja4[:11] {
			t.Errorf("%s, %s, %s begin differently", ja4, raw, original)
		}
		if len(h.AppendJA3(nil, m)) != 32 {
			t.Error("JA3 is no MD5")
		}
	})
}

func BenchmarkJA4(b *testing.B) {
	m := new(tls.ClientHello)
	m.Parse(wire.Of(example.bytes()))
	var h Hasher
	var out []byte
	for b.Loop() {
		out = h.AppendJA4(out[:0], m, TCP)
	}
}
