package packet

import "testing"

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
		{"no options", segment(5, FlagACK, "data"), "", "data", true},
		{"options", segment(6, FlagACK, "\x02\x04\x05\xb4data"), "\x02\x04\x05\xb4", "data", true},
		{"options to the end", segment(6, FlagACK, "\x02\x04\x05\xb4"), "\x02\x04\x05\xb4", "", true},
		{"offset past the end", segment(7, FlagACK, "\x02\x04\x05\xb4"), "", "", false},
		{"largest offset", segment(15, FlagACK, "data"), "", "", false},
		{"offset too small", segment(4, FlagACK, "data"), "", "", false},
		{"offset 0", segment(0, FlagACK, "data"), "", "", false},
	} {
		packet := []byte(v4(20+len(tt.data), ProtocolTCP, string(tt.data)) + "padding")
		var h Headers
		new(Decoder).Decode(&h, LinkRaw, packet)
		tcp, ok := h.TCP(packet)
		if !ok || !h.HasTransport {
			t.Errorf("%s: no header", tt.name)
		}
		if h.SrcPort != 1000 || h.DstPort != 80 || h.Seq != 0x01020304 || h.TCPFlags != FlagACK ||
			tcp.Seq != h.Seq || tcp.Ack != 0x05060708 || tcp.Window != 0x1020 || tcp.Flags != FlagACK {
			t.Errorf("%s: %+v, %+v", tt.name, h, tcp)
		}
		c := h.Payload(packet)
		if string(tcp.Options) != tt.options || string(c) != tt.rest || tcp.Options.Ok() != tt.ok || c.Ok() != tt.ok || h.Truncated == tt.ok {
			t.Errorf("%s: options %q, rest %q", tt.name, tcp.Options, c)
		}
	}
}

func TestTCPCutOff(t *testing.T) {
	for n := range tcpLen {
		packet := []byte(v4(20+n, ProtocolTCP, string(segment(5, FlagSYN, "")[:n])))
		var h Headers
		new(Decoder).Decode(&h, LinkRaw, packet)
		if _, ok := h.TCP(packet); ok || h.HasTransport || h.SrcPort != 0 || h.Protocol != ProtocolTCP {
			t.Errorf("%d bytes: %+v", n, h)
		}
	}
}

func TestFlags(t *testing.T) {
	for flags := range 256 {
		h := TCP{Flags: uint8(flags)}
		syn, ack := flags&2 != 0, flags&16 != 0
		if h.IsSYNACK() != (syn && ack) {
			t.Errorf("%#x: %v", flags, h.IsSYNACK())
		}
	}
}

func TestUDP(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		src, dst   uint16
		rest       string
	}{
		{"datagram", "\x03\xe8\x00\x35\x00\x0c\xab\xcddata", 1000, 53, "data"},
		{"length too small", "\x03\xe8\x00\x35\x00\x09\xab\xcddata", 1000, 53, "data"},
		{"length too large", "\x03\xe8\x00\x35\xff\xff\xab\xcddata", 1000, 53, "data"},
		{"no data", "\x03\xe8\x00\x35\x00\x08\xab\xcd", 1000, 53, ""},
		{"cut off", "\x03\xe8\x00\x35\x00\x08\xab", 0, 0, "\x03\xe8\x00\x35\x00\x08\xab"},
		{"empty", "", 0, 0, ""},
	} {
		packet := []byte(v4(20+len(tt.data), ProtocolUDP, tt.data) + "padding")
		h := Headers{SrcPort: 1, DstPort: 2}
		new(Decoder).Decode(&h, LinkRaw, packet)
		c := h.Payload(packet)
		if h.HasTransport != (tt.src != 0) || h.SrcPort != tt.src || h.DstPort != tt.dst || string(c) != tt.rest || c.Failed() {
			t.Errorf("%s: %+v, rest %q", tt.name, h, c)
		}
		if _, ok := h.TCP(packet); ok {
			t.Errorf("%s: TCP", tt.name)
		}
	}
	packet := []byte(v6(1, ProtocolUDP, "")[:6] + "\x00" + v6(1, ProtocolUDP, "")[7:] + "\x11") // in an extension header that is cut off
	var h Headers
	new(Decoder).Decode(&h, LinkRaw, packet)
	if h.Protocol != ProtocolUDP || h.HasTransport || h.Payload(packet).Ok() {
		t.Errorf("a datagram in what is not there: %+v", h)
	}
}
