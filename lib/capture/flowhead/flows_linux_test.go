package flowhead

import (
	"encoding/binary"
	"errors"
	"net"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"merctools/lib/capture/pcapfilter"
)

// whole is the verdict on a packet that is kept.
const whole = 1<<32 - 1

func openForTest(t *testing.T, packets, flows int) *Flows {
	t.Helper()
	f, err := open(packets, flows)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		t.Skipf("eBPF is not to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func program(t *testing.T, f *Flows, frame Frame, classic []bpf.RawInstruction) *ebpf.Program {
	t.Helper()
	p, err := f.Program(frame, classic)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// verdict runs a program on a packet. The kernel takes what it is given for
// an Ethernet frame and shows a socket filter what is behind the header.
func verdictOn(t *testing.T, p *ebpf.Program, packet []byte) uint32 {
	t.Helper()
	header := make([]byte, 14, 14+len(packet))
	binary.BigEndian.PutUint16(header[12:], 0x0800)
	if len(packet) > 0 && packet[0]>>4 == 6 {
		binary.BigEndian.PutUint16(header[12:], 0x86dd)
	}
	for len(packet) < 40 { // of an Ethernet frame
		packet = append(packet[:len(packet):len(packet)], 0)
	}
	v, _, err := p.Test(append(header, packet...))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func serialize(t *testing.T, all ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, all...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var (
	host1, host2 = net.IP{10, 0, 0, 1}, net.IP{10, 0, 0, 2}
	ipv6a, ipv6b = net.ParseIP("2001:db8::1"), net.ParseIP("2001:db8::2")
	quicInitial  = gopacket.Payload("\xc0\x00\x00\x00\x01\x08abcdefgh........................")
	quicShort    = gopacket.Payload("\x40abcdefgh........................")
)

func v4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: p, SrcIP: host1, DstIP: host2}
}

func v6(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: ipv6a, DstIP: ipv6b}
}

func tcp(port int, flags string) *layers.TCP {
	s := &layers.TCP{SrcPort: layers.TCPPort(port), DstPort: 443, ACK: true}
	for _, f := range flags {
		switch f {
		case 'S':
			s.SYN = true
		case 'F':
			s.FIN = true
		case 'R':
			s.RST = true
		}
	}
	return s
}

func udp(port int) *layers.UDP { return &layers.UDP{SrcPort: layers.UDPPort(port), DstPort: 443} }

// What is kept of sequences of packets, with two packets of each flow.
func TestHeads(t *testing.T) {
	data := gopacket.Payload("hello")
	fragment := v4(layers.IPProtocolTCP)
	fragment.FragOffset = 100
	options := v4(layers.IPProtocolTCP)
	options.Options = []layers.IPv4Option{{OptionType: 1}, {OptionType: 1}, {OptionType: 1}, {OptionType: 1}}
	tcp4, tcp6 := v4(layers.IPProtocolTCP), v6(layers.IPProtocolTCP)
	udp4, udp6 := v4(layers.IPProtocolUDP), v6(layers.IPProtocolUDP)
	backwards := v4(layers.IPProtocolTCP)
	backwards.SrcIP, backwards.DstIP = host2, host1

	segment := func(port int, flags string) []byte { return serialize(t, tcp4, tcp(port, flags), data) }
	bare := func(port int, flags string) []byte { return serialize(t, tcp4, tcp(port, flags)) }
	for _, test := range []struct {
		name    string
		packets [][]byte
		want    string // k: kept, d: dropped
	}{
		{"payload", [][]byte{segment(1, ""), segment(1, ""), segment(1, ""), segment(1, "")}, "kkdd"},
		{"without payload", [][]byte{bare(2, ""), bare(2, ""), segment(2, ""), segment(2, ""), bare(2, "")}, "ddkkd"},
		{"begin and end", [][]byte{bare(3, "S"), segment(3, ""), segment(3, ""), segment(3, ""), bare(3, "F"), bare(3, "R"), segment(3, "F")}, "kkkdkkd"},
		{"again", [][]byte{segment(4, ""), segment(4, ""), segment(4, ""), bare(4, "S"), segment(4, ""), segment(4, ""), segment(4, "")}, "kkdkkkd"},
		{"flows apart", [][]byte{segment(5, ""), segment(5, ""), segment(6, ""), segment(6, ""), segment(5, ""), segment(6, "")}, "kkkkdd"},
		{"directions apart", [][]byte{segment(7, ""), segment(7, ""), serialize(t, backwards, tcp(7, ""), data), segment(7, "")}, "kkkd"},
		{"IPv6", [][]byte{serialize(t, tcp6, tcp(8, ""), data), serialize(t, tcp6, tcp(8, ""), data), serialize(t, tcp6, tcp(8, ""), data), serialize(t, tcp6, tcp(8, ""))}, "kkdd"},
		{"options", [][]byte{serialize(t, options, tcp(9, ""), data), serialize(t, options, tcp(9, ""), data), serialize(t, options, tcp(9, ""), data), serialize(t, options, tcp(9, ""))}, "kkdd"},
		{"fragments", [][]byte{serialize(t, fragment, data), serialize(t, fragment, data), serialize(t, fragment, data)}, "kkk"},
		{"QUIC", [][]byte{serialize(t, udp4, udp(10), quicInitial), serialize(t, udp4, udp(10), quicShort), serialize(t, udp4, udp(10), quicShort), serialize(t, udp4, udp(10), quicInitial)}, "kkdd"},
		{"QUIC, IPv6", [][]byte{serialize(t, udp6, udp(10), quicInitial), serialize(t, udp6, udp(10), quicShort), serialize(t, udp6, udp(10), quicShort)}, "kkd"},
		{"no QUIC", [][]byte{serialize(t, udp4, udp(11), quicShort), serialize(t, udp4, udp(11), quicShort), serialize(t, udp4, udp(11), quicShort)}, "kkk"},
		{"short datagrams", [][]byte{serialize(t, udp4, udp(12)), serialize(t, udp4, udp(12), data), serialize(t, udp4, udp(12))}, "kkk"},
		{"cut off", [][]byte{segment(13, "")[:9], segment(13, "")[:9], segment(13, "")[:9], {0x45}}, "kkkk"},
		{"ICMP", [][]byte{serialize(t, v4(layers.IPProtocolICMPv4), data), serialize(t, v4(layers.IPProtocolICMPv4), data), serialize(t, v4(layers.IPProtocolICMPv4), data)}, "kkk"},
	} {
		for frame, header := range map[Frame][]byte{
			IP:       {},
			Cooked:   {},
			Ethernet: nil,
		} {
			f := openForTest(t, 2, 1000)
			p := program(t, f, frame, nil)
			got := ""
			for _, packet := range test.packets {
				if header == nil {
					kind := []byte{0x08, 0}
					if packet[0]>>4 == 6 {
						kind = []byte{0x86, 0xdd}
					}
					// Two tags, so that all of the way is gone.
					packet = append(append([]byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x88\xa8\x00\x01\x81\x00\x00\x02"), kind...), packet...)
				}
				switch v := verdictOn(t, p, packet); v {
				case whole:
					got += "k"
				case 0:
					got += "d"
				default:
					t.Errorf("verdict %d", v)
				}
			}
			if got != test.want {
				t.Errorf("%s, frame %d: got %s, want %s", test.name, frame, got, test.want)
			}
			dropped := uint64(0)
			for _, c := range test.want {
				if c == 'd' {
					dropped++
				}
			}
			if f.Dropped() != dropped {
				t.Errorf("%s, frame %d: %d packets counted, want %d", test.name, frame, f.Dropped(), dropped)
			}
		}
	}
}

// The least recently seen flows make room, and count as new.
func TestBound(t *testing.T) {
	const flows = 1000
	f := openForTest(t, 1, flows)
	p := program(t, f, IP, nil)
	again := 0
	for range 2 {
		again = 0
		for port := range 20 * flows {
			if verdictOn(t, p, serialize(t, v4(layers.IPProtocolTCP), tcp(port, ""), gopacket.Payload("x"))) == whole {
				again++
			}
		}
	}
	if again < 10*flows {
		t.Errorf("of %d flows seen again %d count as new; room is for %d", 20*flows, again, flows)
	}
}

// A classic filter decides first, and says how much is captured.
func TestClassic(t *testing.T) {
	data := gopacket.Payload("hello")
	packets := [][]byte{
		serialize(t, v4(layers.IPProtocolTCP), tcp(1000, ""), data),
		serialize(t, v4(layers.IPProtocolTCP), tcp(1001, "S")),
		serialize(t, v4(layers.IPProtocolUDP), udp(1000), data),
		serialize(t, v6(layers.IPProtocolTCP), tcp(1000, ""), data),
		serialize(t, v6(layers.IPProtocolUDP), udp(53), data),
		serialize(t, v4(layers.IPProtocolICMPv4), data),
	}
	for _, test := range []struct{ expression, want string }{
		{"tcp", "kk-k--"},
		{"udp", "--k-k-"},
		{"port 1000", "k-kk--"},
		{"tcp port 1000 or udp", "k-kkk-"},
		{"host 10.0.0.1 and not udp", "kk---k"},
		{"ip6", "---kk-"},
		{"tcp[tcpflags] & tcp-syn != 0", "-k----"},
		{"greater 60", "---k--"},
		{"len <= 40", "-kk--k"},
		{"ip[2:2] - 4 * (ip[0] & 15) > 24", "k-----"},
		{"src portrange 50-60", "----k-"},
	} {
		classic, err := pcapfilter.Compile(test.expression, pcapfilter.Link{Raw: true})
		if err != nil {
			t.Errorf("%s: %v", test.expression, err)
			continue
		}
		f := openForTest(t, 1, 1000)
		p := program(t, f, IP, classic)
		got := ""
		for _, packet := range packets {
			// Not verdictOn: padding would change lengths.
			header := []byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00")
			if packet[0]>>4 == 6 {
				header[12], header[13] = 0x86, 0xdd
			}
			v, _, err := p.Test(append(header, packet...))
			if err != nil {
				t.Fatal(err)
			}
			if v != 0 {
				got += "k"
			} else {
				got += "-"
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.expression, got, test.want)
		}
	}

	f := openForTest(t, 1, 1000)
	p := program(t, f, IP, []bpf.RawInstruction{{Op: 0x06, K: 96}})
	if v := verdictOn(t, p, packets[0]); v != 96 {
		t.Errorf("%d bytes are captured, want 96", v)
	}
}

// Filters that can't be part of a program are errors.
func TestClassicErrors(t *testing.T) {
	for _, program := range [][]bpf.RawInstruction{
		{{Op: 0x20, K: ancillary + 28}, {Op: 0x06, K: 1}}, // hardware type
		{{Op: 0x05, K: 7}, {Op: 0x06, K: 1}},              // jump behind the end
		{{Op: 0xff}, {Op: 0x06, K: 1}},
		{{Op: 0x20}},
	} {
		if all, err := translate(program); err == nil {
			t.Errorf("%v: no error, but %v", program, all)
		}
	}
}

// Classic programs that the standard compilers do not write: each kind of
// instruction, against the virtual machine of package bpf.
func TestTranslation(t *testing.T) {
	packet := make([]byte, 64)
	for i := range packet {
		packet[i] = byte(i * 37)
	}
	packet[0] = 0x45
	for _, program := range [][]bpf.Instruction{
		{bpf.LoadAbsolute{Off: 3, Size: 4}, bpf.RetA{}},
		{bpf.LoadAbsolute{Off: 61, Size: 4}, bpf.RetConstant{Val: 7}},
		{bpf.LoadMemShift{Off: 0}, bpf.LoadIndirect{Off: 1, Size: 2}, bpf.RetA{}},
		{bpf.LoadConstant{Dst: bpf.RegX, Val: 5}, bpf.LoadConstant{Dst: bpf.RegA, Val: 17}, bpf.ALUOpX{Op: bpf.ALUOpDiv}, bpf.RetA{}},
		{bpf.LoadConstant{Dst: bpf.RegX, Val: 0}, bpf.LoadConstant{Dst: bpf.RegA, Val: 17}, bpf.ALUOpX{Op: bpf.ALUOpMod}, bpf.RetConstant{Val: 3}},
		{bpf.LoadConstant{Dst: bpf.RegA, Val: 17}, bpf.StoreScratch{Src: bpf.RegA, N: 15}, bpf.LoadConstant{Dst: bpf.RegA, Val: 4}, bpf.LoadScratch{Dst: bpf.RegX, N: 15}, bpf.ALUOpX{Op: bpf.ALUOpMul}, bpf.RetA{}},
		{bpf.LoadConstant{Dst: bpf.RegA, Val: 0x80000001}, bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: 0x7fffffff, SkipTrue: 1}, bpf.RetConstant{Val: 1}, bpf.RetConstant{Val: 2}},
		{bpf.LoadConstant{Dst: bpf.RegA, Val: 9}, bpf.TAX{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 2}, bpf.JumpIfX{Cond: bpf.JumpGreaterOrEqual, SkipTrue: 1}, bpf.RetConstant{Val: 1}, bpf.TXA{}, bpf.RetA{}},
		{bpf.Jump{Skip: 1}, bpf.RetConstant{Val: 1}, bpf.RetConstant{Val: 2}},
		{bpf.LoadExtension{Num: bpf.ExtLen}, bpf.RetA{}},
	} {
		machine, err := bpf.NewVM(program)
		if err != nil {
			t.Fatal(err)
		}
		want, err := machine.Run(packet)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := bpf.Assemble(program)
		if err != nil {
			t.Fatal(err)
		}
		p := filterOnly(t, raw)
		if got := verdictOn(t, p, packet); int(got) != want {
			t.Errorf("%v: got %d, want %d", program, got, want)
		}
	}
	// The virtual machine can't negate.
	negated := filterOnly(t, []bpf.RawInstruction{{Op: 0x00, K: 1}, {Op: 0x84}, {Op: 0x74, K: 28}, {Op: 0x16}})
	if got := verdictOn(t, negated, packet); got != 15 {
		t.Errorf("-1>>28 is %d", got)
	}
}

// filterOnly is the program of a classic filter, for one packet.
func filterOnly(t *testing.T, classic []bpf.RawInstruction) *ebpf.Program {
	return program(t, openForTest(t, 1, 100), IP, classic)
}
