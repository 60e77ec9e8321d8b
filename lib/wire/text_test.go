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
