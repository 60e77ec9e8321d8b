package pcapfilter

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

var update = flag.Bool("update", false, "write what tcpdump's programs accept to testdata/accepted.tsv")

// packets are those of the captures of Ethernet in testdata, and some of them
// behind tags, labels and PPPoE.
func packets(t testing.TB) [][]byte {
	t.Helper()
	names, err := filepath.Glob("../../../testdata/captures/*.pcap")
	if err != nil || len(names) < 20 {
		t.Fatal(names, err)
	}
	slices.Sort(names)
	var all [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < 24 || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 || b[20] != 1 {
			continue
		}
		for b = b[24:]; len(b) >= 16; {
			n := int(binary.LittleEndian.Uint32(b[8:]))
			if 16+n > len(b) {
				break
			}
			all = append(all, b[16:16+n])
			b = b[16+n:]
		}
	}
	all = append(all, frames()...)
	for i, p := range all {
		if i%7 != 0 || len(p) < 34 {
			continue
		}
		behind := func(header string) []byte {
			return slices.Concat(p[:12], []byte(header), p[12:])
		}
		all = append(all, behind("\x81\x00\x00\x0a"), behind("\x88\xa8\x00\x0b\x81\x00\x20\x0a"))
		if p[12] == 8 && p[13] == 0 {
			all = append(all,
				slices.Concat(p[:12], []byte("\x88\x47\x00\x01\x01\x40"), p[14:]),
				slices.Concat(p[:12], []byte("\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40"), p[14:]),
				slices.Concat(p[:12], []byte("\x88\x64\x11\x00\x00\x05\x00\x00\x00\x21"), p[14:]))
			fragment := slices.Clone(p)
			fragment[20], fragment[21] = 0x20, 0x07
			all = append(all, fragment)
		}
	}
	return all
}

var expressions = []string{
	"tcp", "udp", "icmp", "icmp6", "arp", "ip", "ip6", "sctp", "igmp", "esp", "rarp",
	"tcp port 443", "port 53", "udp port 53", "src port 53", "dst port 443", "tcp dst port 80", "sctp port 2905",
	"tcp port 0x1bb", "tcp port https", "tcp src port http",
	"host 192.0.2.1", "src host 192.0.2.1", "dst host 192.0.2.2", "src 192.0.2.1", "src or dst host 192.0.2.1", "src and dst net 192.0.2.0/24",
	"ip host 192.0.2.1", "arp host 192.0.2.1", "host 2001:db8::1", "ip6 host 2001:db8::2", "src host fe80::1",
	"net 192.0.2.0/24", "net 192.0.2", "src net 10.0.0.0/8", "net 10", "dst net 192.0.2.0/28", "net 192.0.2.0 mask 255.255.255.0", "net 2001:db8::/32", "src net 2001:db8::/96",
	"ether host 00:00:5e:00:53:01", "ether src 00:00:5e:00:53:01", "ether dst 00:00:5e:00:53:02", "ether proto 0x0806", "ether proto \\ip6", "ether proto \\arp",
	"ether multicast", "ether broadcast", "broadcast", "multicast", "ip multicast", "ip6 multicast",
	"ip proto 17", "ip proto \\tcp", "ip6 proto 58", "ip6 proto \\udp", "proto 47", "proto \\icmp",
	"portrange 1-1023", "tcp portrange 80-443", "src portrange 1024-65535", "udp dst portrange 5000-6000",
	"not tcp", "! arp", "tcp and not port 22", "tcp or udp", "tcp || udp", "tcp && port 443", "(tcp or udp) and port 53", "tcp or udp and port 53",
	"tcp port 443 or udp port 443", "tcp port 80 or tcp port 443 or udp port 53", "tcp port 80 or 443", "host 192.0.2.1 or 192.0.2.2 and tcp", "not (tcp port 80 or 443)",
	"port 80 and (host 192.0.2.1 or host 192.0.2.2)", "tcp src port 443 and dst host 192.0.2.1", "host 192.0.2.1 and tcp", "dst port 53 and udp",
	"less 128", "greater 500", "len > 100", "len <= 60", "tcp port 443 and greater 200", "len - 14 >= 86",
	"tcp[tcpflags] & tcp-syn != 0", "tcp[13] & 2 != 0", "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", "tcp[tcpflags] == tcp-syn",
	"ip[8] < 65", "ip[6:2] & 0x1fff != 0", "ip[0] & 0xf > 5", "ip[2:2] > 576", "ip6[6] == 17", "arp[6:2] == 1", "ether[0] & 1 = 1", "udp[4:2] > 100", "udp[8:4] = 0",
	"icmp[icmptype] == icmp-echo", "icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply", "icmp6[icmp6type] == icmp6-echo",
	"ip[2:2] - ((ip[0] & 0xf) << 2) > 100", "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)", "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420", "ip[ip[0] & 15] > 3", "len / 3 * 2 + 1 > 100", "ip[8] ^ 1 = 65", "ip[2:2] % 2 = 1",
	"vlan", "vlan 10", "vlan 11 and vlan 10", "vlan and tcp port 443", "vlan 10 and host 192.0.2.1", "not vlan", "vlan and vlan and udp port 53",
	"icmp-echoreply = icmp[icmptype]", "(64 = ip[8])", "((64) = ip[8]) or arp", "(len) > 60 and (tcp or udp)", "1 + 2 * 3 = 7 and tcp",
	"mpls or tcp port 80", "not arp and not mpls and ip[8] = 64",
	"stp", "iso", "iso proto \\isis", "iso proto 0x82", "clnp", "esis", "es-is", "isis", "is-is", "isis proto 18",
	"l1", "l2", "iih", "lsp", "snp", "csnp", "psnp", "not iso and not stp", "vlan and stp", "vlan and isis",
	"ipx", "netbeui", "atalk", "aarp", "decnet", "lat", "moprc", "mopdl", "sca", "pppoed", "ether proto loopback", "ether proto \\stp", "ether proto \\atalk", "ether proto 0x42", "ether proto 6", "ether proto 0xfe",
	"llc", "llc i", "llc s", "llc u", "llc rr", "llc rnr", "llc rej", "llc ui", "llc ua", "llc disc", "llc sabme", "llc test", "llc xid", "llc frmr", "llc and not stp",
	"carp", "vrrp", "igrp", "pim", "ip proto gre", "vrrp[0] >> 4 = 2", "carp[1] = 9", "atalk[0] = 7", "decnet[2] = 2", "igmp[0] = 0x16", "icmp6[0] = 128",
	"portrange 80-443 or 53", "portrange 53", "tcp port (80 or 443)", "not src port (80 or 443) and tcp", "port not 53", "ip proto (\\tcp or 1 or \\udp)", "ip6 proto not \\udp", "host 192.0.2.1 and port (53 or (80 or 443))", "dst net (192.0.2.0/24 or 10.0.0.0/8)",
	"net 192.0.2.0 mask 255.0.255.0", "length - 14 >= 86", "link[12:2] = 0x86dd", "wlan host 00:00:5e:00:53:01",
	"ether host 0:0:5e:0:53:1", "ether src 0-0-5e-0-53-1", "ether host 0.0.5e.0.53.1", "ether host 0000.5e00.5301", "ether dst 00005e005301",
	"mpls", "mpls 16", "mpls and tcp", "mpls 16 and host 192.0.2.1", "mpls and mpls and port 53", "pppoes", "pppoes 5 and tcp port 80", "pppoes and ip",
}

type program struct{ vm *bpf.VM }

func newProgram(raw []bpf.RawInstruction) (program, error) {
	instructions, ok := bpf.Disassemble(raw)
	if !ok {
		return program{}, fmt.Errorf("unknown instructions")
	}
	vm, err := bpf.NewVM(instructions)
	return program{vm}, err
}

func (p program) accepts(packet []byte) bool {
	n, err := p.vm.Run(packet)
	return err == nil && n > 0
}

// tcpdump is the program that tcpdump makes of an expression.
func tcpdump(t *testing.T, expression string) program {
	t.Helper()
	out, err := exec.Command("tcpdump", "-ddd", "-y", "EN10MB", expression).Output()
	if err != nil {
		t.Fatalf("tcpdump: %q: %v", expression, err)
	}
	words := strings.Fields(string(out))[1:]
	var raw []bpf.RawInstruction
	for ; len(words) >= 4; words = words[4:] {
		var v [4]uint64
		for i := range v {
			if v[i], err = strconv.ParseUint(words[i], 10, 32); err != nil {
				t.Fatal(err)
			}
		}
		raw = append(raw, bpf.RawInstruction{Op: uint16(v[0]), Jt: uint8(v[1]), Jf: uint8(v[2]), K: uint32(v[3])})
	}
	p, err := newProgram(raw)
	if err != nil {
		t.Fatalf("tcpdump: %q: %v", expression, err)
	}
	return p
}

// verdict sums up which packets a program accepts.
func verdict(p program, packets [][]byte) string {
	n, h := 0, fnv.New64a()
	for i, packet := range packets {
		if p.accepts(packet) {
			n++
			fmt.Fprintln(h, i)
		}
	}
	return fmt.Sprintf("%d %016x", n, h.Sum64())
}

const golden = "testdata/accepted.tsv"

// Programs accept the packets that those of tcpdump accept, as noted down, and
// as it says now where it is installed.
func TestAgreesWithTcpdump(t *testing.T) {
	all := packets(t)
	_, missing := exec.LookPath("tcpdump")
	if *update {
		if missing != nil {
			t.Fatal(missing)
		}
		var b strings.Builder
		for _, e := range expressions {
			fmt.Fprintf(&b, "%s\t%s\n", e, verdict(tcpdump(t, e), all))
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{}
	f, err := os.Open(golden)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		expression, v, _ := strings.Cut(s.Text(), "\t")
		want[expression] = v
	}
	for _, e := range expressions {
		raw, err := Compile(e, Link{})
		if err != nil {
			t.Errorf("%s: %v", e, err)
			continue
		}
		p, err := newProgram(raw)
		if err != nil {
			t.Errorf("%s: %v", e, err)
			continue
		}
		if got := verdict(p, all); got != want[e] {
			t.Errorf("%s: accepts %s, tcpdump's %s", e, got, want[e])
			if missing == nil {
				theirs, shown := tcpdump(t, e), 0
				for i, packet := range all {
					if a, b := p.accepts(packet), theirs.accepts(packet); a != b && shown < 3 {
						t.Logf("packet %d: %t, tcpdump %t: %x", i, a, b, packet[:min(64, len(packet))])
						shown++
					}
				}
			}
		}
	}
}

// Frames without a link header.
func TestRaw(t *testing.T) {
	for _, e := range []string{"tcp port 443", "host 192.0.2.1", "ip6 and udp", "icmp"} {
		ethernet, err := Compile(e, Link{})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := Compile(e, Link{Raw: true})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := newProgram(ethernet)
		b, _ := newProgram(raw)
		n := 0
		for _, p := range packets(t) {
			if len(p) < 34 || p[12] != 8 && p[12] != 0x86 || p[13] != 0 && p[13] != 0xdd {
				continue
			}
			if x, y := a.accepts(p), b.accepts(p[14:]); x != y {
				t.Fatalf("%s: with a header %t, without %t: %x", e, x, y, p)
			} else if x {
				n++
			}
		}
		if n == 0 {
			t.Errorf("%s accepts nothing", e)
		}
	}
}

// The kernel keeps the outermost tag beside the frame.
func TestStripped(t *testing.T) {
	raw, err := Compile("vlan 10 and tcp port 443", Link{Stripped: true})
	if err != nil {
		t.Fatal(err)
	}
	instructions, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("unknown instructions")
	}
	if !slices.Contains(instructions, bpf.Instruction(bpf.LoadExtension{Num: bpf.ExtVLANTagPresent})) ||
		!slices.Contains(instructions, bpf.Instruction(bpf.LoadAbsolute{Off: 12, Size: 2})) {
		t.Errorf("%v", instructions)
	}
}

// tcpdump takes a sign at the beginning for one of its options.
func TestSign(t *testing.T) {
	a, err := Compile("-1 + 65 = ip[8]", Link{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Compile("64 = ip[8]", Link{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets(t) {
		if Accepts(a, p, uint32(len(p))) != Accepts(b, p, uint32(len(p))) {
			t.Fatalf("%x", p)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ expression, want string }{
		{"", "empty filter"},
		{"tcp port", "offset 8: an address, a port or a protocol is missing"},
		{"tcp port x", `offset 9: "x" is not a port`},
		{"tcp port 65536", `offset 9: "65536" is not a port`},
		{"host example.com", `offset 5: "example.com" is not an address; names are not looked up`},
		{"net 192.0.2.1/24", "offset 16: 192.0.2.1 has bits beyond its mask"},
		{"(tcp", `offset 4: ")" is missing`},
		{"tcp)", `offset 3: unexpected ")"`},
		{"tcp and", "offset 7: an address, a port or a protocol is missing"},
		{"icmp port 3", "offset 10: icmp has no ports"},
		{"ip host 2001:db8::1", "offset 19: 2001:db8::1 is not an address of ip"},
		{"len > 1 / 0", "a division by zero"},
		{"len > 1 << 32", "a shift by more than 31 bits"},
		{"ether host 1.2.3.4", `offset 11: "1.2.3.4" is not a hardware address`},
		{"len >", "offset 5: a value is missing"},
		{"tcp[13:3] = 1", "offset 7: a size is 1, 2 or 4"},
		{"foo[1] = 1", `offset 0: the bytes of "foo" can't be read`},
		{"vlan 5000", "offset 5: 5000 is greater than 4095"},
		{"gateway router and tcp", `offset 0: "gateway" is not supported`},
		{"tcp and geneve 5", `offset 8: "geneve" is not supported`},
		{"wlan type mgt", `offset 5: "type" is not supported`},
		{"decnet host 10.1", `offset 12: decnet host is not supported`},
		{"ether net 192.0.2.0/24", `offset 10: ether net is not supported`},
		{"tcp broadcast", `tcp has no broadcast`},
		{"iso proto 256", `offset 10: "256" is not a protocol of ISO`},
		{"isis proto lsp", `offset 11: "lsp" is not a protocol of IS-IS`},
		{"isis proto 32", "isis proto 32 is greater than 31"},
		{"ether proto 0x300", "ether proto 768 is a length"},
		{"ether host 0:1:2:3:4", `offset 11: "0:1:2:3:4" is not a hardware address`},
		{"ether host 00005e0053", `offset 11: "00005e0053" is not a hardware address`},
		{"portrange 80-x", `offset 10: "80-x" is not a portrange`},
		{"ip broadcast", "ip broadcast: the netmask is not known"},
		{"inbound", "inbound, outbound: these frames have no direction"},
		{"ifindex 1", "ifindex: these frames have no interface"},
		{"port 1" + strings.Repeat(" or 1", 1000), "a filter of more than 4096 instructions"},
		{strings.Repeat(" ", 70000), "a filter of 70000 bytes: at most 65536 are read"},
		{"tcp $ udp", `offset 4: unexpected '$'`},
		{strings.Repeat("not ", 200) + "tcp", "nested too deep"},
		{strings.Repeat("(", 200) + "tcp", "nested too deep"},
		{strings.Repeat("-", 200) + "1 = len", "nested too deep"},
		{strings.Repeat("ip[", 200) + "1", "nested too deep"},
	} {
		_, err := Compile(tt.expression, Link{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.expression, err, tt.want)
		}
	}
}

// A filter of many parts needs jumps that reach farther than 255 instructions.
func TestFarJumps(t *testing.T) {
	var parts []string
	for i := range 120 {
		parts = append(parts, fmt.Sprintf("host 198.51.100.%d", i))
	}
	parts = append(parts, "udp port 53")
	raw, err := Compile(strings.Join(parts, " or "), Link{})
	if err != nil {
		t.Fatal(err)
	}
	long, err := newProgram(raw)
	if err != nil {
		t.Fatal(err)
	}
	raw, err = Compile("net 198.51.100.0/24 or udp port 53", Link{})
	if err != nil {
		t.Fatal(err)
	}
	short, _ := newProgram(raw)
	n := 0
	for _, p := range packets(t) {
		a, b := long.accepts(p), short.accepts(p)
		if a != b && !strings.Contains(string(p), "\xc6\x33\x64") {
			t.Fatalf("%t, %t: %x", a, b, p)
		}
		if a {
			n++
		}
	}
	if n == 0 {
		t.Error("accepts nothing")
	}
}

func FuzzCompile(f *testing.F) {
	for _, e := range expressions {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, e string) {
		for _, link := range []Link{{}, {Raw: true}, {Header: 20, DirectionAt: 10, IndexAt: 4, Hosts: 0xff}, {Live: true, Stripped: true}, {Live: true, Cooked: true}} {
			raw, err := Compile(e, link)
			if err != nil {
				continue
			}
			instructions, ok := bpf.Disassemble(raw)
			if !ok {
				t.Fatalf("%q: unknown instructions", e)
			}
			if link.Live {
				continue // the interpreter does not know what the kernel tells
			}
			if _, err := bpf.NewVM(instructions); err != nil {
				t.Fatalf("%q: %v", e, err)
			}
		}
	})
}
