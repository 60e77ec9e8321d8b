package record

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"testing"
	"unicode/utf8"
)

// The encoders give what the standard library's give, for each length and
// each byte.
func TestEncoders(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	prefix := []byte("x")
	for n := range 600 {
		s := make([]byte, n%67)
		for i := range s {
			s[i] = byte(random.Uint32())
		}
		if n%3 == 0 {
			clear(s[len(s)/4:])
		}
		if n < 256 && len(s) > 0 {
			s[n%len(s)] = byte(n)
		}
		if got, want := AppendHex(prefix, s), hex.AppendEncode(prefix, s); !bytes.Equal(got, want) {
			t.Fatalf("AppendHex(%x) = %s, want %s", s, got, want)
		}
		if got, want := AppendBase64(prefix, s), base64.StdEncoding.AppendEncode(prefix, s); !bytes.Equal(got, want) {
			t.Fatalf("AppendBase64(%x) = %s, want %s", s, got, want)
		}
		a := [4]byte{byte(n), byte(random.Uint32()), byte(n / 2), byte(random.Uint32())}
		if got, want := string(AppendIPv4(prefix, a)), "x"+netip.AddrFrom4(a).String(); got != want {
			t.Fatalf("AppendIPv4(%v) = %s, want %s", a, got, want)
		}
	}
}

func TestDecimals(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	numbers := []uint64{math.MaxUint64}
	for v := range uint64(10001) {
		numbers = append(numbers, v, 1e8-v, 1e8+v, random.Uint64()>>(v%64))
	}
	for v := uint64(1); v < 1e19; v *= 10 {
		numbers = append(numbers, v-1, v, v+1)
	}
	for _, v := range numbers {
		if got, want := string(AppendUint([]byte("x"), v)), "x"+strconv.FormatUint(v, 10); got != want {
			t.Fatalf("%d: got %s", v, got)
		}
	}
}

// Text is the same wherever a special character stands among plain ones.
// What is put over other text changes nothing beside it.
func TestPut(t *testing.T) {
	b := []byte("<00:00:00:00:00:00")
	PutMAC(b, [6]byte{0, 0x01, 0x23, 0xab, 0xfe, 0xff})
	if want := "<00:01:23:ab:fe:ff"; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
	for _, ns := range []uint32{0, 1, 9, 10, 123456789, 100000000, 999999999} {
		b := []byte("000000000>")
		PutDecimals(b, ns)
		if want := fmt.Sprintf("%09d>", ns); string(b) != want {
			t.Errorf("%s, want %s", b, want)
		}
	}
}

func TestTextPositions(t *testing.T) {
	for c := range 256 {
		want := string([]byte{byte(c)})
		switch {
		case c == '"' || c == '\\':
			want = `\` + want
		case c < 0x20 || c == 0x7f:
			want = fmt.Sprintf(`\u%04x`, c)
		case c >= 0x80:
			want = `\ufffd`
		}
		for n := range 20 {
			s := bytes.Repeat([]byte("~"), 20)
			s[n] = byte(c)
			if got, want := string(AppendText(nil, s)), string(s[:n])+want+string(s[n+1:]); got != want {
				t.Fatalf("%02x at %d: got %s, want %s", c, n, got, want)
			}
		}
	}
}

func TestTime(t *testing.T) {
	for _, test := range []struct {
		ns   int64
		want string
	}{
		{0, "0.000000"}, {999, "0.000000"}, {1000, "0.000001"}, {-1000, "-0.000001"},
		{1700000000123456789, "1700000000.123456"}, {1e9 - 1, "0.999999"}, {5e9, "5.000000"},
		{-1<<63 + 1, "-9223372036.854775"},
		{999999999999999999, "999999999.999999"}, {1e18, "1000000000.000000"}, {1e18 + 99e9, "1000000099.000000"},
		{-1e18 - 1e3, "-1000000000.000001"}, {1234567890987654321, "1234567890.987654"},
	} {
		var w Writer
		if w.Time(test.ns); string(w.Bytes()) != test.want {
			t.Errorf("Time(%d) writes %s, want %s", test.ns, w.Bytes(), test.want)
		}
	}
}

// TestMixedText checks that text of any bytes is that of its characters, one
// after the other.
func TestMixedText(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	alphabet := []string{"a", "longer plain text", "\"", "\n", "\x80", "\xff", "\xc3", "é", "\xe2\x82", "€", "\U0001f600", "\xf0\x9f", "\ue000", "\xf5"}
	for range 20000 {
		var s, want []byte
		for range random.IntN(200) {
			s = append(s, alphabet[random.IntN(len(alphabet))]...)
		}
		for rest := s; len(rest) > 0; {
			_, n := utf8.DecodeRune(rest)
			want = AppendText(want, rest[:n])
			rest = rest[n:]
		}
		if got := AppendText(nil, s); string(got) != string(want) {
			t.Fatalf("%q is %s, want %s", s, got, want)
		}
	}
}

func BenchmarkEncoders(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	binary := make([]byte, 1200)
	for i := range binary {
		binary[i] = byte(random.Uint32())
	}
	plain := bytes.Repeat([]byte("Mozilla/5.0 (X11; Linux) "), 48)
	for _, bench := range []struct {
		name string
		in   []byte
		f    func(b, s []byte) []byte
	}{
		{"hex", binary, AppendHex},
		{"hex/standard", binary, hex.AppendEncode},
		{"base64", binary, AppendBase64},
		{"base64/standard", binary, base64.StdEncoding.AppendEncode},
		{"text", plain, AppendText},
		{"text/binary", binary, AppendText},
	} {
		b.Run(bench.name, func(b *testing.B) {
			out := make([]byte, 0, 8<<10)
			b.SetBytes(int64(len(bench.in)))
			for b.Loop() {
				bench.f(out, bench.in)
			}
		})
	}
}
