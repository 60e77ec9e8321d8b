package ber

import (
	"strings"
	"testing"
)

func TestOIDTable(t *testing.T) {
	names := make(map[string]bool)
	for i, e := range oids {
		if i > 0 && oids[i-1].contents >= e.contents {
			t.Errorf("%x is out of order", e.contents)
		}
		if names[e.name] || e.name == "" || strings.ContainsFunc(e.name, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			t.Errorf("%x has the name %q", e.contents, e.name)
		}
		names[e.name] = true
		if got := OIDName([]byte(e.contents)); got != e.name {
			t.Errorf("%x: got %q, want %q", e.contents, got, e.name)
		}
		dotted := AppendDotted(nil, []byte(e.contents))
		if n := strings.Count(string(dotted), "."); n == 0 || dotted[len(dotted)-1] == '.' {
			t.Errorf("%x is no object identifier", e.contents)
		}
	}
}

func TestOID(t *testing.T) {
	tests := []struct {
		contents, text string
	}{
		{"\x55\x04\x03", "common_name"},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256WithRSAEncryption"},
		{"\x2b\x65\x70", "id-Ed25519"},
		{"\x2a", "ISO"},
		{"\x2a\x86\x48\x86\xf7\x0d", "1.2.840.113549"},
		{"\x00", "0.0"},
		{"\x27", "0.39"},
		{"\x28", "1.0"},
		{"\x4f", "1.39"},
		{"\x50", "2.0"},
		{"\x88\x37\x03", "2.999.3"},
		{"\x2a\x80\x01", "1.2.1"},
		{"\x2a\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "1.2.18446744073709551615"},
		{"\x2a\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00", "1.2"}, // 2 to the 64
		{"\x2a\x03\x86", "1.2.3"},
		{"\xff", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := string(AppendOID(nil, []byte(tt.contents))); got != tt.text {
			t.Errorf("%x: got %q, want %q", tt.contents, got, tt.text)
		}
	}
}

func BenchmarkOIDName(b *testing.B) {
	contents := []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b")
	for b.Loop() {
		OIDName(contents)
	}
}
