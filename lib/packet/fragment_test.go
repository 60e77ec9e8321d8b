package packet

import "testing"

func TestHasFirstByte(t *testing.T) {
	v4 := func(flags, offset byte) []byte {
		b := make([]byte, 28)
		b[0], b[3], b[6], b[7], b[9] = 0x45, 28, flags, offset, ProtocolICMP
		return b
	}
	v6 := func(offset byte) []byte {
		b := make([]byte, 40+8+8+8)
		b[0], b[5], b[6] = 0x60, 24, hopByHop
		b[40] = fragment // the next header of the options
		b[48], b[51] = ProtocolICMPv6, offset
		return b
	}
	for _, test := range []struct {
		name   string
		packet []byte
		want   bool
	}{
		{"whole", v4(0, 0), true},
		{"whole, not to be fragmented", v4(0x40, 0), true},
		{"first", v4(0x20, 0), true},
		{"later", v4(0x20, 185), false},
		{"last", v4(0, 1), false},
		{"IPv6, first", v6(1), true},
		{"IPv6, last", v6(8), false},
		{"IPv6, whole", append([]byte{0x60, 0, 0, 0, 0, 8, ProtocolICMPv6, 64}, make([]byte, 40)...), true},
		{"no IP", []byte{0x10, 0}, false},
	} {
		var h Headers
		NewDecoder(Config{}).Decode(&h, LinkRaw, test.packet)
		if got := h.HasFirstByte(test.packet); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}
