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
			if strings.Contains(e, "len") || strings.Contains(e, "less") || strings.Contains(e, "greater") {
				continue // frames have another length
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
			for _, frame := range packets(t) {
				kind := binary.BigEndian.Uint16(frame[12:])
				if tt.onlyIP && kind != typeIPv4 && kind != typeIPv6 || kind == typeVLAN || kind == typeQinQ {
					continue
				}
				other := append(tt.header(frame[12:14]), frame[14:]...)
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
