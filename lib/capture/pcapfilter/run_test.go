package pcapfilter

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"merctools/lib/packet"
)

// Programs accept what they accept in another machine.
func TestAccepts(t *testing.T) {
	all := packets(t)
	for _, e := range expressions {
		raw, err := Compile(e, Link{})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(raw); err != nil {
			t.Errorf("%s: %v", e, err)
			continue
		}
		p, err := newProgram(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, frame := range all {
			for _, frame := range [][]byte{frame, frame[:len(frame)/2]} {
				if a, b := Accepts(raw, frame, uint32(len(frame))), p.accepts(frame); a != b {
					t.Fatalf("%s: %t, not %t: %x", e, a, b, frame)
				}
			}
		}
	}
}

// The length is that on the wire.
func TestLength(t *testing.T) {
	raw, err := Compile("len > 1000", Link{})
	if err != nil {
		t.Fatal(err)
	}
	if !Accepts(raw, make([]byte, 60), 1001) || Accepts(raw, make([]byte, 60), 1000) {
		t.Error("not the length on the wire")
	}
}

// Frames of other link types are judged as those of Ethernet.
func TestLinks(t *testing.T) {
	all := packets(t)
	for _, tt := range []struct {
		link   uint16
		header func(etherType []byte) []byte
		onlyIP bool
	}{
		{packet.LinkRaw, func([]byte) []byte { return nil }, true},
		{packet.LinkIPv4, func([]byte) []byte { return nil }, true},
		{packet.LinkNull, func([]byte) []byte { return []byte{2, 0, 0, 0} }, true},
		{packet.LinkLoop, func([]byte) []byte { return []byte{0, 0, 0, 24} }, true},
		{packet.LinkSLL, func(t []byte) []byte { return append(make([]byte, 14), t...) }, false},
		{packet.LinkSLL2, func(t []byte) []byte { return append(slices.Clone(t), make([]byte, 18)...) }, false},
	} {
		link, ok := LinkOf(tt.link)
		if !ok {
			t.Fatalf("link type %d: no filters", tt.link)
		}
		compiled, accepted := 0, 0
		for _, e := range expressions {
			if strings.Contains(e, "len") || strings.Contains(e, "less") || strings.Contains(e, "greater") || strings.Contains(e, "ether[") || strings.Contains(e, "link[") {
				continue // frames have another length and header
			}
			ethernet, err := Compile(e, Link{})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := Compile(e, link)
			if err != nil {
				if !strings.Contains(err.Error(), "these frames have no ") {
					t.Errorf("%s: %v", e, err)
				}
				continue
			}
			compiled++
			for _, frame := range all {
				kind := binary.BigEndian.Uint16(frame[12:])
				if tt.onlyIP && kind != typeIPv4 && kind != typeIPv6 || kind == typeVLAN || kind == typeQinQ {
					continue
				}
				header := frame[12:14]
				if kind <= lastLength {
					header = []byte{0, 4} // as Linux marks LLC
				}
				other := append(tt.header(header), frame[14:]...)
				a, b := Accepts(ethernet, frame, uint32(len(frame))), Accepts(raw, other, uint32(len(other)))
				if a != b {
					t.Fatalf("link type %d, %s: %t, with Ethernet %t: %x", tt.link, e, b, a, other)
				}
				if a {
					accepted++
				}
			}
		}
		if compiled < 60 || accepted < 1000 {
			t.Errorf("link type %d: %d filters, %d packets", tt.link, compiled, accepted)
		}
	}
	if _, ok := LinkOf(105); ok {
		t.Error("filters for 802.11")
	}
}

// What only some frames tell, and what the bytes of a header are in theirs.
func TestHeaders(t *testing.T) {
	sll, _ := LinkOf(packet.LinkSLL)
	sll2, _ := LinkOf(packet.LinkSLL2)
	raw, _ := LinkOf(packet.LinkRaw)
	ip := ipv4("\x11", "\xc0\x00\x02\x0f")[2:]
	old := func(kind string) string { return "\x00" + kind + strings.Repeat("\x00", 12) + "\x08\x00" + ip }
	cooked := func(kind string) string {
		return "\x08\x00\x00\x00\x00\x00\x00\x03\x00\x01" + kind + strings.Repeat("\x00", 9) + ip
	}
	for _, tt := range []struct {
		expression string
		link       Link
		frame      string
		want       bool
	}{
		{"inbound", sll, old("\x00"), true},
		{"inbound", sll, old("\x04"), false},
		{"outbound and udp", sll, old("\x04"), true},
		{"inbound", sll2, cooked("\x03"), true},
		{"outbound", sll2, cooked("\x03"), false},
		{"outbound", sll2, cooked("\x04"), true},
		{"ifindex 3", sll2, cooked("\x00"), true},
		{"ifindex 2 or ifindex 4", sll2, cooked("\x00"), false},
		{"ether[10] = 4", sll2, cooked("\x04"), true},
		{"link[0] = 0x45", raw, ip, true},
		{"ip broadcast", Link{Raw: true, Hosts: 0x0f}, ip, true},
		{"ip broadcast", Link{Raw: true, Hosts: 0xff}, ip, false},
		{"ip broadcast", Link{Raw: true, Hosts: 0xff}, ipv4("\x11", "\x0a\x00\x00\x00")[2:], true},
		{"ip broadcast", Link{Raw: true, Hosts: 1<<32 - 1}, ipv4("\x11", "\xff\xff\xff\xff")[2:], true},
		{"ip broadcast", Link{Raw: true, Hosts: 0xff}, ipv6("\x11")[2:], false},
	} {
		program, err := Compile(tt.expression, tt.link)
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
		} else if got := Accepts(program, []byte(tt.frame), 100); got != tt.want {
			t.Errorf("%s, %+v: %t", tt.expression, tt.link, got)
		}
	}
}

// Headers behind others. tcpdump's programs for them have loops.
func TestProtoChain(t *testing.T) {
	const ah, tcp, none = "\x33", "\x06", "\x3b"
	header := func(next string, bytes int) string {
		return next + string(rune(bytes/8-1)) + strings.Repeat("\x00", bytes-2)
	}
	auth := func(next string) string { return next + "\x04" + strings.Repeat("\x00", 22) }
	for _, tt := range []struct {
		expression, frame string
		want              bool
	}{
		{"ip6 protochain 6", ipv6(tcp), true},
		{"protochain \\tcp", ipv6("\x00") + header("\x2b", 16) + header("\x3c", 8) + header("\x2c", 24) + header(tcp, 8), true},
		{"protochain 44", ipv6("\x00") + header("\x2b", 16) + header("\x3c", 8) + header("\x2c", 24) + header(tcp, 8), true},
		{"protochain 17", ipv6("\x00") + header("\x2b", 16) + header("\x3c", 8) + header("\x2c", 24) + header(tcp, 8), false},
		{"ip6 protochain 6", ipv6(ah) + auth(ah) + auth("\x00") + header(tcp, 8), true},
		{"ip6 protochain 59", ipv6("\x00") + header(none, 8), true},
		{"ip6 protochain 6", ipv6("\x00") + header(none, 8) + header(tcp, 8), false},
		{"ip6 protochain 6", ipv6("\x00") + strings.Repeat(header("\x00", 8), maxChain-1) + header(tcp, 8), true},
		{"ip6 protochain 6", ipv6("\x00") + strings.Repeat(header("\x00", 8), maxChain) + header(tcp, 8), false},
		{"ip protochain 6", ipv6(tcp), false},
		{"ip protochain 6", ipv4(ah, "\x7f\x00\x00\x01") + auth(ah) + auth(tcp), true},
		{"ip6 protochain 6", ipv4(tcp, "\x7f\x00\x00\x01"), false},
		{"ip protochain 6", ipv4("\x00", "\x7f\x00\x00\x01") + header(tcp, 8), false},
	} {
		program, err := Compile(tt.expression, Link{})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(program); err != nil {
			t.Errorf("%s: %v", tt.expression, err)
		}
		frame := append(make([]byte, 12), tt.frame+strings.Repeat("\x00", 20)...)
		if got := Accepts(program, frame, uint32(len(frame))); got != tt.want {
			t.Errorf("%s: %t: %x", tt.expression, got, frame)
		}
	}
}

// What is wrong for one link type may be right for another.
func TestValid(t *testing.T) {
	for _, e := range []string{"tcp", "ether host 0:0:0:0:0:1", "inbound and tcp", "ifindex 2"} {
		if err := Valid(e); err != nil {
			t.Errorf("%s: %v", e, err)
		}
	}
	for _, e := range []string{"tcp port", "ip broadcast", "len / 0 = 1", "inbound and ether host 0:0:0:0:0:1"} {
		if Valid(e) == nil {
			t.Errorf("%s: no error", e)
		}
	}
}

// Programs that can't be run are refused.
func TestCheck(t *testing.T) {
	end := bpf.RawInstruction{Op: opReturn, K: 1}
	for _, tt := range []struct {
		want    string
		program []bpf.RawInstruction
	}{
		{"", []bpf.RawInstruction{end}},
		{"", []bpf.RawInstruction{{Op: opLoadLen}, {Op: classJump | jumpGreater, K: 5, Jt: 1}, end, end}},
		{"the last instruction", nil},
		{"the last instruction", []bpf.RawInstruction{{Op: opToX}}},
		{"instruction 0: a jump", []bpf.RawInstruction{{Op: classJump | jumpEqual, Jt: 1}, end}},
		{"instruction 0: a jump", []bpf.RawInstruction{{Op: classJump | jumpEqual, Jf: 200}, end}},
		{"instruction 0: a jump", []bpf.RawInstruction{{Op: classJump, K: 1<<32 - 1}, end}},
		{"instruction 1: no such memory", []bpf.RawInstruction{{Op: opStore, K: 15}, {Op: opLoadCell, K: 16}, end}},
		{"instruction 0: division", []bpf.RawInstruction{{Op: classALU | uint16(bpf.ALUOpDiv)}, end}},
		{"instruction 0: division", []bpf.RawInstruction{{Op: classALU | uint16(bpf.ALUOpMod)}, end}},
		{"only the kernel knows", []bpf.RawInstruction{{Op: opLoadWord, K: 1<<32 - 0x1000}, end}},
		{"unknown", []bpf.RawInstruction{{Op: 0x18}, end}},
		{"unknown", []bpf.RawInstruction{{Op: classALU | 0xb0}, end}},
		{"unknown", []bpf.RawInstruction{{Op: classJump | 0x50}, end}},
		{"unknown", []bpf.RawInstruction{{Op: 0x120}, end}},
	} {
		if err := Check(tt.program); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.program, err, tt.want)
		}
	}
}

// FuzzAccepts runs programs of any instructions: those that pass the check end,
// read nothing that is not there, and accept what another machine accepts where
// that can run them.
func FuzzAccepts(f *testing.F) {
	for _, e := range expressions[:20] {
		raw, err := Compile(e, Link{})
		if err != nil {
			f.Fatal(err)
		}
		var code []byte
		for _, in := range raw {
			code = binary.BigEndian.AppendUint16(code, in.Op)
			code = append(code, in.Jt, in.Jf)
			code = binary.BigEndian.AppendUint32(code, in.K)
		}
		f.Add(code, packets(f)[0])
	}
	f.Fuzz(func(t *testing.T, code, frame []byte) {
		var raw []bpf.RawInstruction
		for ; len(code) >= 8; code = code[8:] {
			raw = append(raw, bpf.RawInstruction{Op: binary.BigEndian.Uint16(code), Jt: code[2], Jf: code[3], K: binary.BigEndian.Uint32(code[4:])})
		}
		if Check(raw) != nil {
			return
		}
		got := Accepts(raw, frame, uint32(len(frame)))
		p, err := newProgram(raw)
		if err != nil {
			return
		}
		// That machine panics where offsets overflow.
		defer func() { recover() }()
		n, err := p.vm.Run(frame)
		if err == nil && (n > 0) != got {
			t.Errorf("%t, not %d: %v, %x", got, n, raw, frame)
		}
	})
}

func BenchmarkAccepts(b *testing.B) {
	raw, err := Compile("tcp port 443 or udp port 443", Link{})
	if err != nil {
		b.Fatal(err)
	}
	all := packets(b)
	b.ReportAllocs()
	for i := range b.N {
		frame := all[i%len(all)]
		Accepts(raw, frame, uint32(len(frame)))
	}
}
