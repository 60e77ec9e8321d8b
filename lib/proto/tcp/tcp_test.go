package tcp

import (
	"strings"
	"testing"

	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/proto/prototest"
)

const (
	syn4 = "\x45\x00\x01\x00\x12\x34\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
	mss  = "\x02\x04\x05\xb4"
)

// open makes a segment with the given flags and options the packet that p
// parses.
func open(p *prototest.Parser, network string, flags byte, options string) {
	segment := []byte{0x03, 0xe8, 0x00, 0x50, 1, 2, 3, 4, 5, 6, 7, 8, byte(5+len(options)/4) << 4, flags, 0x10, 0x20, 0, 0, 0, 0}
	decode(&p.Packet, network+string(segment)+options)
}

// decode makes p an IP packet.
func decode(p *proto.Packet, data string) {
	p.Headers, p.Bytes = new(packet.Headers), []byte(data)
	new(packet.Decoder).Decode(p.Headers, packet.LinkRaw, p.Bytes)
}

func TestFingerprint(t *testing.T) {
	p := prototest.New(t, Protocol, "SYN and SYN/ACK", proto.Options{Select: proto.All()})
	for _, tt := range []struct {
		name, options, want string
	}{
		{"none", "", ""},
		{"usual", mss + "\x01\x03\x03\x07\x04\x02\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x00", "(020405b4)(01)(030307)(04)(08)"},
		{"MSS too long", "\x02\x06\x05\xb4\x00\x00\x01\x01", "(020605b40000)(01)(01)"},
		{"MSS cut off", "\x02\x08\x05\xb4", "(0208)"},
		{"MSS without a value", "\x02\x02\x01\x01", "(0202)(01)(01)"},
		{"length 0", "\x02\x00\x05\xb4", "(0200)(05)"},
		{"length 1", "\x03\x01\x01\x00", "(0301)(01)(00)"},
		{"only a kind at the end", "\x01\x01\x01\x02", "(01)(01)(01)(0200)"},
		{"value of another kind", "\x08\x0a\x01\x02\x03\x04\x05\x06\x07\x08\x01\x00", "(08)(01)(00)"},
		{"another kind cut off", "\xfe\xff\x01\x02", "(fe)"},
		{"40 bytes", strings.Repeat("\x01", 40), strings.Repeat("(01)", 40)},
	} {
		open(p, syn4, packet.FlagSYN, tt.options)
		if got, want := p.Fingerprint(nil), "tcp/(40)()(40)(1020)("+tt.want+")"; got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
	}
}

// What the IP header adds, and which of the two segments it is.
func TestFingerprintHeaders(t *testing.T) {
	p := prototest.New(t, Protocol, "SYN and SYN/ACK", proto.Options{Select: proto.All()})
	v6 := func(flow, hops string) string {
		return flow + "\x01\x00\x06" + hops + strings.Repeat("\x20\x01\x00\x00", 8)
	}
	for _, tt := range []struct {
		name, network string
		flags         byte
		want          string
	}{
		{"IPv4", syn4, packet.FlagSYN, "tcp/(40)()(40)(1020)()"},
		{"identification 0", strings.Replace(syn4, "\x12\x34", "\x00\x00", 1), packet.FlagSYN, "tcp/(40)(00)(40)(1020)()"},
		{"time to live", strings.Replace(syn4, "\x40\x06", "\xff\x06", 1), packet.FlagSYN, "tcp/(40)()(e0)(1020)()"},
		{"IPv6", v6("\x60\x00\x00\x01", "\x3f"), packet.FlagSYN, "tcp/(60)()(20)(1020)()"},
		{"IPv6, flow label 0", v6("\x60\x00\x00\x00", "\x1f"), packet.FlagSYN, "tcp/(60)(00)(00)(1020)()"},
		{"IPv6, traffic class", v6("\x6f\xf0\x00\x00", "\xff"), packet.FlagSYN, "tcp/(60)()(e0)(1020)()"},
		{"SYN/ACK", syn4, packet.FlagSYN | packet.FlagACK, "tcp_server/(40)()(40)(1020)()"},
		{"more flags", syn4, 0xc0 | packet.FlagSYN | packet.FlagFIN | packet.FlagRST, "tcp/(40)()(40)(1020)()"},
	} {
		open(p, tt.network, tt.flags, "")
		if got := p.Fingerprint(nil); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestRecord(t *testing.T) {
	p := prototest.New(t, Protocol, "SYN and SYN/ACK", proto.Options{Select: proto.All(), Metadata: true})
	const stamp = "\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x08\x01\x01"
	for _, tt := range []struct {
		name    string
		flags   byte
		options string
		want    string
	}{
		{"SYN", packet.FlagSYN, mss, `"tcp":{"seq":16909060}`},
		{"SYN/ACK", packet.FlagSYN | packet.FlagACK, "", `"tcp_server":{"seq":16909060}`},
		{"timestamps", packet.FlagSYN | packet.FlagACK, stamp, `"tcp_server":{"seq":16909060,"timestamp":{"ts_val":7,"ts_ecr":8}}`},
		{"nothing echoed", packet.FlagSYN, "\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x00\x01\x01", `"tcp":{"seq":16909060,"timestamp":{"ts_val":7}}`},
		{"echo cut off", packet.FlagSYN, "\x08\x08\x00\x00\x00\x07\x00\x00", `"tcp":{"seq":16909060,"timestamp":{"ts_val":7}}`},
		{"clock cut off", packet.FlagSYN, "\x08\x05\x00\x00\x00\x01\x01\x01", `"tcp":{"seq":16909060,"timestamp":{}}`},
		{"option cut off", packet.FlagSYN, "\x08\x0a\x00\x00", `"tcp":{"seq":16909060,"timestamp":{}}`},
		{"length 0", packet.FlagSYN, "\x08\x00\x01\x01", `"tcp":{"seq":16909060,"timestamp":{}}`},
		{"twice", packet.FlagSYN, stamp + stamp, `"tcp":{"seq":16909060,"timestamp":{"ts_val":7,"ts_ecr":8},"timestamp":{"ts_val":7,"ts_ecr":8}}`},
	} {
		open(p, syn4, tt.flags, tt.options)
		if got := p.Record(nil); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	p.NoAllocations(nil)
}

// A SYN/ACK needs a selector more, and only the fingerprint is written
// without metadata.
func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		selection proto.Selection
		flags     byte
		want      string
	}{
		{proto.Selection{"tcp": true}, packet.FlagSYN, ""},
		{proto.Selection{"tcp": true}, packet.FlagSYN | packet.FlagACK, "none"},
		{proto.Selection{"tcp": true, "tcp.syn_ack": true}, packet.FlagSYN | packet.FlagACK, ""},
		{proto.All(), packet.FlagSYN | packet.FlagACK, ""},
	} {
		p := prototest.New(t, Protocol, "SYN and SYN/ACK", proto.Options{Select: tt.selection})
		open(p, syn4, tt.flags, "")
		if got := p.Record(nil); got != tt.want {
			t.Errorf("%v, flags %#x: %q", tt.selection, tt.flags, got)
		}
	}
	p := prototest.New(t, Protocol, "SYN and SYN/ACK", proto.Options{Select: proto.All()})
	if got := p.Record(nil); got != "none" {
		t.Errorf("without a segment: %q", got)
	}
}
