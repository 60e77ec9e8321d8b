package transport

import (
	"testing"

	"merctools/lib/wire"
)

// segment is a segment with the given data offset (in words) and flags.
func segment(offset, flags byte, rest string) []byte {
	return append([]byte{0x03, 0xe8, 0x00, 0x50, 1, 2, 3, 4, 5, 6, 7, 8, offset << 4, flags, 0x10, 0x20, 0xab, 0xcd, 0, 0}, rest...)
}

func TestTCP(t *testing.T) {
	for _, tt := range []struct {
		name    string
		data    []byte
		options string
		rest    string
		ok      bool // the data offset is a valid one
	}{
		{"no options", segment(5, ACK, "data"), "", "data", true},
		{"options", segment(6, ACK, "\x02\x04\x05\xb4data"), "\x02\x04\x05\xb4", "data", true},
		{"options to the end", segment(6, ACK, "\x02\x04\x05\xb4"), "\x02\x04\x05\xb4", "", true},
		{"offset past the end", segment(7, ACK, "\x02\x04\x05\xb4"), "", "", false},
		{"largest offset", segment(15, ACK, "data"), "", "", false},
		{"offset too small", segment(4, ACK, "data"), "", "", false},
		{"offset 0", segment(0, ACK, "data"), "", "", false},
	} {
		h := TCP{Options: wire.Cursor("left from before")}
		c := wire.Of(tt.data)
		if !ParseTCP(&c, &h) || !h.Valid {
			t.Errorf("%s: no header", tt.name)
		}
		if h.SrcPort != 1000 || h.DstPort != 80 || h.Seq != 0x01020304 || h.Ack != 0x05060708 || h.Window != 0x1020 || h.Flags != ACK {
			t.Errorf("%s: %+v", tt.name, h)
		}
		if string(h.Options) != tt.options || string(c) != tt.rest || h.Options.Ok() != tt.ok || c.Ok() != tt.ok {
			t.Errorf("%s: options %q, rest %q", tt.name, h.Options, c)
		}
	}
}

func TestTCPCutOff(t *testing.T) {
	for n := range tcpFixedLen {
		h := TCP{Valid: true, SrcPort: 1}
		c := wire.Of(segment(5, SYN, "")[:n])
		if ParseTCP(&c, &h) || h.Valid || h.SrcPort != 0 {
			t.Errorf("%d bytes: %+v", n, h)
		}
	}
}

func TestFlags(t *testing.T) {
	for flags := range 256 {
		h := TCP{Flags: uint8(flags)}
		syn, ack := flags&2 != 0, flags&16 != 0
		if h.IsSYN() != (syn && !ack) || h.IsSYNACK() != (syn && ack) {
			t.Errorf("%#x: %v %v", flags, h.IsSYN(), h.IsSYNACK())
		}
	}
}

func TestUDP(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       UDP
		rest       string
	}{
		{"datagram", "\x03\xe8\x00\x35\x00\x0c\xab\xcddata", UDP{true, 1000, 53}, "data"},
		{"length too small", "\x03\xe8\x00\x35\x00\x09\xab\xcddata", UDP{true, 1000, 53}, "data"},
		{"length too large", "\x03\xe8\x00\x35\xff\xff\xab\xcddata", UDP{true, 1000, 53}, "data"},
		{"no data", "\x03\xe8\x00\x35\x00\x08\xab\xcd", UDP{true, 1000, 53}, ""},
		{"cut off", "\x03\xe8\x00\x35\x00\x08\xab", UDP{}, "\x03\xe8\x00\x35\x00\x08\xab"},
		{"empty", "", UDP{}, ""},
	} {
		h := UDP{true, 1, 2}
		c := wire.Of([]byte(tt.data))
		if got := ParseUDP(&c, &h); got != tt.want.Valid || h != tt.want || string(c) != tt.rest || c.Failed() {
			t.Errorf("%s: %v %+v, rest %q", tt.name, got, h, c)
		}
	}
	var c wire.Cursor // failed already
	var h UDP
	if ParseUDP(&c, &h) || c.Ok() {
		t.Error("a datagram in what is not there")
	}
}

func TestNoAllocations(t *testing.T) {
	tcp, udp := segment(6, SYN, "\x02\x04\x05\xb4data"), []byte("\x03\xe8\x00\x35\x00\x0c\xab\xcddata")
	if n := testing.AllocsPerRun(100, func() {
		var h TCP
		var u UDP
		c := wire.Of(tcp)
		ParseTCP(&c, &h)
		c = wire.Of(udp)
		ParseUDP(&c, &u)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(segment(6, SYN, "\x02\x04\x05\xb4data"))
	f.Add(segment(15, SYN|ACK, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h TCP
		c := wire.Of(b)
		if ParseTCP(&c, &h) && c.Ok() && len(h.Options)+len(c)+tcpFixedLen != len(b) {
			t.Errorf("%d bytes of options and %d of data in %d", len(h.Options), len(c), len(b))
		}
		var u UDP
		c = wire.Of(b)
		if ParseUDP(&c, &u) && len(c)+udpLen != len(b) {
			t.Errorf("%d bytes of data in %d", len(c), len(b))
		}
	})
}
