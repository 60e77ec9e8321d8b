package wire

import (
	"math"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	tests := []struct {
		in, line, rest string
		ok             bool
	}{
		{"a b\r\nc", "a b", "c", true},
		{"\r\n", "", "", true},
		{"a\nb\r\n\r\n", "a\nb", "\r\n", true},
		{"", "", "", false},
		{"abc", "", "", false},
		{"abc\r", "", "", false},
		{"abc\n", "", "", false},
		{"a\rb\r\n", "", "", false},
	}
	for _, tt := range tests {
		c := Of([]byte(tt.in))
		line := c.Line()
		if string(line) != tt.line || string(c) != tt.rest || c.Ok() != tt.ok || line.Ok() != tt.ok {
			t.Errorf("%q: got %q, %q, %v", tt.in, line, c, c.Ok())
		}
	}
}

func TestDecimal(t *testing.T) {
	tests := []struct {
		in   string
		max  uint32
		want uint32
		rest string
		ok   bool
	}{
		{"0", 9, 0, "", true},
		{"191>", 191, 191, ">", true},
		{"192>", 191, 0, "", false},
		{"00000000000000000000007x", 9, 7, "x", true},
		{"4294967295", math.MaxUint32, math.MaxUint32, "", true},
		{"4294967296", math.MaxUint32, 0, "", false},
		{strings.Repeat("9", 40), math.MaxUint32, 0, "", false},
		{"", 9, 0, "", false},
		{"-1", 9, 0, "", false},
		{"x", 9, 0, "", false},
	}
	for _, tt := range tests {
		c := Of([]byte(tt.in))
		if got := c.Decimal(tt.max); got != tt.want || string(c) != tt.rest || c.Ok() != tt.ok {
			t.Errorf("%q: got %d, rest %q, %v", tt.in, got, c, c.Ok())
		}
	}
}

func TestWord(t *testing.T) {
	for _, tt := range []struct {
		in, word, rest string
		ok             bool
	}{
		{"GET / HTTP", "GET", " / HTTP", true},
		{" a", "", " a", true},
		{"GET", "GET", "GET", true},
		{"", "", "", false},
	} {
		c := Of([]byte(tt.in))
		word := c.Word(' ')
		if string(word) != tt.word || string(c) != tt.rest || c.Ok() != tt.ok || word.Ok() != tt.ok {
			t.Errorf("%q: got %q, rest %q, %v", tt.in, word, c, c.Ok())
		}
	}
}

func TestClasses(t *testing.T) {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for i := range 256 {
		b, s := byte(i), string(rune(i))
		digit, letter := i < 0x80 && strings.Contains(digits, s), i < 0x80 && strings.Contains(letters, s)
		if IsDigit(b) != digit || IsLetter(b) != letter || IsAlphanumeric(b) != (digit || letter) {
			t.Errorf("%#x: %v, %v, %v", b, IsDigit(b), IsLetter(b), IsAlphanumeric(b))
		}
		var buf [1]byte
		want := b
		if letter && b < 'a' {
			want += 'a' - 'A'
		}
		if got := Lower(buf[:], []byte{b}); got[0] != want || !EqualFold([]byte{b}, string([]byte{want})) {
			t.Errorf("%#x becomes %x", b, got)
		}
	}
	c := Of([]byte("ab1 c"))
	if got := c.While(IsAlphanumeric); string(got) != "ab1" || string(c) != " c" {
		t.Errorf("got %q, rest %q", got, c)
	}
	if got := c.While(IsAlphanumeric); len(got) != 0 || c.Failed() {
		t.Errorf("got %q, rest %q", got, c)
	}
	if EqualFold([]byte("PAS"), "pass") || EqualFold([]byte("p\xe1ss"), "p\xc1ss") || Lower(make([]byte, 2), []byte("abc")) != nil {
		t.Error("other words are equal")
	}
}
