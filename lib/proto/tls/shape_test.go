package tls

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// Each code point for GREASE becomes the same one, wherever it is in a list, and
// no other changes.
func TestWithoutGREASE(t *testing.T) {
	const n = 9 // more than are looked at together
	for code := range 1 << 16 {
		for at := range n {
			list := bytes.Repeat([]byte{0x0a, 0x1a}, n) // nearly GREASE
			binary.BigEndian.PutUint16(list[2*at:], uint16(code))
			want := append([]byte("x"), list...)
			if IsGREASE(uint16(code)) {
				binary.BigEndian.PutUint16(want[1+2*at:], 0x0a0a)
			}
			if got := appendWithoutGREASE([]byte("x"), list); !bytes.Equal(got, want) {
				t.Fatalf("%04x at %d: %x, want %x", code, at, got, want)
			}
		}
		if got, want := appendCode(nil, uint16(code)), appendWithoutGREASE(nil, []byte{byte(code >> 8), byte(code)}); !bytes.Equal(got, want) {
			t.Fatalf("%04x alone: %x, want %x", code, got, want)
		}
	}
	if got := appendWithoutGREASE(nil, []byte{0x1a, 0x1a, 0x2a}); string(got) != "\x0a\x0a\x2a" {
		t.Errorf("an odd byte: %x", got)
	}
}
