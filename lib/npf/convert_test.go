package npf

import (
	"strings"
	"testing"
)

func TestConvert(t *testing.T) {
	const plain = "tls/(0303)(0a0a1301)((0a0a)(0000)(0023)(002b0003020304)(1a2a)(ff77)(3fff)(000a0002001d)((0039)((04)(01)(1b))))"
	tests := []struct {
		name   string
		t      Type
		fp     string
		format int
		want   string // empty: not possible
	}{
		{"sorted", TLS, plain, 1, "tls/1/(0303)(0a0a1301)[(0000)(000a0002001d)(0023)(002b0003020304)((0039)[(01)(04)(1b)])(0a0a)(0a0a)(3fff)(ff77)]"},
		{"registered", TLS, plain, 2, "tls/2/(0303)(0a0a1301)[(0000)(000a0002001d)(002b0003020304)((0039)[(01)(04)(1b)])(003e)(0a0a)(0a0a)(ff00)]"},
		{"as it is", TLS, plain, 0, plain},
		{"already there", TLS, "tls/1/(0303)()[]", 1, "tls/1/(0303)()[]"},
		{"from another format", TLS, "tls/1/(0303)()[]", 2, ""},
		{"DTLS", DTLS, "dtls/(fefd)(c02b)((000d)(0000))", 1, "dtls/1/(fefd)(c02b)[(0000)(000d)]"},
		{"QUIC", QUIC, "quic/(00000001)(0303)(1301)[(0000)(002a)(0a0a)((ffa5)[(04)(1b)])]", 1, "quic/1/(00000001)(0303)(1301)[(0000)(0a0a)((ffa5)[(04)(1b)])]"},
		{"order of parameters", TLS, "tls/(0303)()(((0039)((1b)(4005))))", 1, "tls/1/(0303)()[((0039)[(4005)(1b)])]"},
		{"parameters in order", QUIC, "quic/(00000001)(0303)()[((0039)[(4005)(1b)])]", 1, "quic/1/(00000001)(0303)()[((0039)[(4005)(1b)])]"},
		{"many of a type", TLS, "tls/(0303)()((ff77)(ff78)(ff79)(ff7b))", 2, "tls/2/(0303)()[(ff00)(ff00)(ff00)]"},
		{"no extensions", TLS, "tls/(0303)(1301)()", 1, "tls/1/(0303)(1301)[]"},
		{"another type", HTTP, "http/(474554)()()", 1, ""},
		{"cut off", TLS, "tls/(0303)(1301)((0000)", 1, ""},
		{"too few lists", TLS, "tls/(0303)(1301)", 1, ""},
		{"no fingerprint", TLS, "tls", 1, ""},
		{"no code", TLS, "tls/(0303)(1301)((00))", 1, ""},
	}
	var c Converter
	for _, tt := range tests {
		got, ok := c.Convert(tt.t, []byte(tt.fp), tt.format)
		if ok != (tt.want != "") || ok && string(got) != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.name, got, ok, tt.want)
		}
	}
}

func TestConvertAllocatesNothing(t *testing.T) {
	var c Converter
	fp := []byte("tls/(0303)(0a0a1301)((0a0a)(0000)(0023)(002b0003020304)(000a0002001d)((0039)((04)(01)(1b))))")
	c.Convert(TLS, fp, 2)
	if n := testing.AllocsPerRun(100, func() {
		c.Convert(TLS, fp, 1)
		c.Convert(TLS, fp, 2)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzConvert(f *testing.F) {
	f.Add([]byte("tls/(0303)(1301)((0000)(000a0002001d)((0039)((04))))"))
	f.Add([]byte("quic/(00000001)(0303)(1301)[(0000)((ffa5)[(04)])]"))
	f.Fuzz(func(_ *testing.T, fp []byte) {
		var c Converter
		for _, t := range []Type{TLS, DTLS, QUIC} {
			for format := range 3 {
				c.Convert(t, fp, format)
			}
		}
	})
}

// A group ends where its parenthesis does, wherever that is among the words
// that are looked at as wholes.
func TestGroupEnds(t *testing.T) {
	for digits := range 40 {
		for behind := range 20 {
			value := strings.Repeat("0f9a", 10)[:digits]
			rest := strings.Repeat("f", behind)
			for _, want := range []string{
				"(" + value + ")", "((" + value + "))", "[(" + value + ")(" + value + ")]", "((" + value + ")[])",
			} {
				if got, ok := group([]byte(want + rest)); !ok || string(got) != want {
					t.Fatalf("group(%q) is %q, %v", want+rest, got, ok)
				}
			}
			if got, ok := group([]byte("(" + value + rest)); ok {
				t.Fatalf("an open group of %d digits is %q", digits+behind, got)
			}
		}
	}
}
