package link

import (
	"strings"
	"testing"

	"merctools/lib/wire"
)

const (
	macs = "\x02\x02\x02\x02\x02\x02\x04\x04\x04\x04\x04\x04"
	tci  = "\x60\x07" // of a VLAN tag
	ipv4 = "\x08\x00"
	ipv6 = "\x86\xdd"
	vlan = "\x81\x00"
	qinq = "\x88\xa8"
	mpls = "\x88\x47"
	cmd  = "\x89\x09"
	meta = "\x01\x01\x00\x01\x00\x05" // Cisco metadata
)

// test is a frame, the type of what it carries, and what is left of it.
type test struct {
	name, frame string
	want        uint16
	rest        string
}

func run(t *testing.T, linkType uint16, tests []test) {
	t.Helper()
	for _, tt := range tests {
		c := wire.Of([]byte(tt.frame))
		got := Frame(linkType, &c)
		if got != tt.want || got != TypeNone && string(c) != tt.rest {
			t.Errorf("%s: %#04x, rest %q", tt.name, got, c)
		}
	}
}

func TestEthernet(t *testing.T) {
	run(t, Ethernet, []test{
		{"IPv4", macs + ipv4 + "data", TypeIPv4, "data"},
		{"IPv6", macs + ipv6 + "data", TypeIPv6, "data"},
		{"ARP", macs + "\x08\x06data", TypeARP, "data"},
		{"LLDP", macs + "\x88\xccdata", TypeLLDP, "data"},
		{"other", macs + "\x90\x00data", 0x9000, "data"},
		{"nothing behind the type", macs + ipv4, TypeIPv4, ""},

		{"VLAN", macs + vlan + tci + ipv4 + "data", TypeIPv4, "data"},
		{"five VLANs", macs + strings.Repeat(vlan+tci, 5) + ipv6 + "data", TypeIPv6, "data"},
		{"802.1ad", macs + qinq + tci + ipv4 + "data", TypeIPv4, "data"},
		{"802.1ad and VLANs", macs + qinq + tci + vlan + tci + vlan + tci + ipv4 + "data", TypeIPv4, "data"},
		{"802.1ad twice", macs + qinq + tci + qinq + tci + ipv4 + "data", TypeQinQ, tci + ipv4 + "data"},
		{"802.1ad behind a VLAN", macs + vlan + tci + qinq + tci + ipv4 + "data", TypeQinQ, tci + ipv4 + "data"},

		{"MPLS", macs + mpls + "\x00\x01\x01\x40data", TypeIPv4, "data"},
		{"three labels", macs + mpls + "\x00\x01\x00\x40\x00\x02\x00\x40\x00\x03\x01\x40data", TypeIPv4, "data"},
		{"MPLS in a VLAN", macs + vlan + tci + mpls + "\x00\x01\x01\x40data", TypeIPv4, "data"},
		{"labels without an end", macs + mpls + strings.Repeat("\x00\x01\x00\x40", 100), TypeNone, ""},
		{"label cut off", macs + mpls + "\x00\x01\x01", TypeNone, ""},
		{"MPLS multicast", macs + "\x88\x48\x00\x01\x01\x40data", 0x8848, "\x00\x01\x01\x40data"},

		{"metadata", macs + cmd + meta + ipv4 + "data", TypeIPv4, "data"},
		{"metadata in a VLAN", macs + vlan + tci + cmd + meta + ipv6 + "data", TypeIPv6, "data"},
		{"VLAN behind metadata", macs + cmd + meta + vlan + tci + ipv4 + "data", TypeVLAN, tci + ipv4 + "data"},

		{"CDP", macs + "\x00\x20\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02", TypeCDP, "\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02"},
		{"length of CDP that is a type", macs + "\x06\x00\xaa\xaa\x03\x00\x00\x0c\x20\x00", 0x600, "\xaa\xaa\x03\x00\x00\x0c\x20\x00"},
		{"another LLC", macs + "\x00\x20\xaa\xaa\x03\x00\x00\x0c\x20\x04\x02", 0x20, "\xaa\xaa\x03\x00\x00\x0c\x20\x04\x02"},
		{"CDP cut off", macs + "\x00\x20\xaa\xaa\x03\x00\x00\x0c\x20", 0x20, "\xaa\xaa\x03\x00\x00\x0c\x20"},

		{"tag cut off", macs + vlan + "\x60", TypeNone, ""},
		{"type behind a tag cut off", macs + vlan + tci + "\x08", TypeNone, ""},
		{"802.1ad cut off", macs + qinq, TypeNone, ""},
		{"metadata cut off", macs + cmd + meta + "\x08", TypeNone, ""},
		{"type cut off", macs + "\x08", TypeNone, ""},
		{"addresses cut off", macs[:7], TypeNone, ""},
		{"empty", "", TypeNone, ""},
	})
}

// PPPoE carries PPP, in which flag, address and control may be left out, and
// the first byte of the protocol.
func TestPPP(t *testing.T) {
	tests := []test{
		{"IPv4", "\x00\x21data", TypeIPv4, "data"},
		{"IPv6", "\x00\x57data", TypeIPv6, "data"},
		{"IPv4, compressed", "\x21data", TypeIPv4, "data"},
		{"IPv6, compressed", "\x57data", TypeIPv6, "data"},
		{"address and control", "\xff\x03\x00\x21data", TypeIPv4, "data"},
		{"flag", "\x7e\x00\x21data", TypeIPv4, "data"},
		{"flag, address and control", "\x7e\xff\x03\x57data", TypeIPv6, "data"},
		{"other control", "\xff\x00\x21data", TypeIPv4, "data"},
		{"no payload", "\x00\x21", TypeIPv4, ""},
		{"two flags", "\x7e\x7e\x00\x21data", TypeNone, ""},
		{"LCP", "\xc0\x21data", TypeNone, ""},
		{"other compressed", "\x23data", TypeNone, ""},
		{"protocol cut off", "\x00", TypeNone, ""},
		{"only an address", "\xff", TypeNone, ""},
		{"no protocol", "\xff\x03", TypeNone, ""},
		{"only a flag", "\x7e", TypeNone, ""},
		{"empty", "", TypeNone, ""},
	}
	run(t, PPP, tests)
	const session = "\x11\x00\x00\x01\x00\x20"
	for i := range tests {
		tests[i].frame = macs + "\x88\x64" + session + tests[i].frame
	}
	run(t, Ethernet, append(tests,
		test{"header cut off", macs + "\x88\x64" + session[:5], TypeNone, ""},
		test{"in a VLAN", macs + vlan + tci + "\x88\x64" + session + "\x00\x21data", TypeIPv4, "data"},
		test{"discovery", macs + "\x88\x63" + session + "\x00\x21data", 0x8863, session + "\x00\x21data"}))
}

func TestCooked(t *testing.T) {
	const address = "\x00\x11\x22\x33\x44\x55\x00\x00"
	run(t, SLL, []test{
		{"Ethernet", "\x00\x04\x00\x01\x00\x06" + address + ipv4 + "data", TypeIPv4, "data"},
		{"loopback", "\x00\x00\x03\x04\x00\x06" + address + ipv6 + "data", TypeIPv6, "data"},
		{"other hardware", "\x00\x00\x02\x00\x00\x06" + address + ipv4 + "data", TypeNone, ""},
		{"ARP", "\x00\x00\x00\x01\x00\x06" + address + "\x08\x06data", TypeNone, ""},
		{"cut off", "\x00\x00\x00\x01\x00\x06" + address + "\x08", TypeNone, ""},
		{"empty", "", TypeNone, ""},
	})
	run(t, SLL2, []test{
		{"Ethernet", ipv4 + "\x00\x00\x00\x00\x00\x01\x00\x01\x04\x06" + address + "data", TypeIPv4, "data"},
		{"loopback", ipv6 + "\x00\x00\x00\x00\x00\x01\x03\x04\x04\x06" + address + "data", TypeIPv6, "data"},
		{"other hardware", ipv6 + "\x00\x00\x00\x00\x00\x01\x03\x05\x04\x06" + address + "data", TypeNone, ""},
		{"ARP", "\x08\x06\x00\x00\x00\x00\x00\x01\x00\x01\x04\x06" + address + "data", TypeNone, ""},
		{"cut off", ipv4 + "\x00\x00\x00\x00\x00\x01\x00\x01\x04\x06" + address[:7], TypeNone, ""},
		{"empty", "", TypeNone, ""},
	})
}

func TestLoopback(t *testing.T) {
	var tests []test
	for family, want := range map[byte]uint16{2: TypeIPv4, 24: TypeIPv6, 28: TypeIPv6, 30: TypeIPv6, 0: TypeNone, 7: TypeNone, 23: TypeNone} {
		tests = append(tests,
			test{"little-endian", string([]byte{family, 0, 0, 0}) + "data", want, "data"},
			test{"big-endian", string([]byte{0, 0, 0, family}) + "data", want, "data"})
	}
	tests = append(tests, test{"in the middle", "\x00\x02\x00\x00data", TypeNone, ""}, test{"cut off", "\x02\x00\x00", TypeNone, ""}, test{"empty", "", TypeNone, ""})
	run(t, Null, tests)
	run(t, Loop, tests)
}

func TestOtherLinkTypes(t *testing.T) {
	for _, linkType := range []uint16{Raw, RawBSD, RawOpen, IPv4, IPv6} {
		run(t, linkType, []test{{"raw", "data", TypeIPv4, "data"}})
	}
	run(t, 147, []test{{"for private use", "data", TypeNone, ""}})
}

func TestIPInEthernet(t *testing.T) {
	for _, tt := range []struct {
		frame string
		want  bool
	}{
		{macs + ipv4 + "data", true},
		{macs + vlan + tci + ipv6 + "data", true},
		{macs + "\x88\x64\x11\x00\x00\x01\x00\x20\x00\x21data", true},
		{macs + "\x88\x64\x11\x00\x00\x01\x00\x20\xc0\x21data", false},
		{macs + "\x08\x06data", false},
		{macs, false},
	} {
		c := wire.Of([]byte(tt.frame))
		if got := IPInEthernet(&c); got != tt.want || got && string(c) != "data" {
			t.Errorf("%x: %v, rest %q", tt.frame, got, c)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	frame := []byte(macs + qinq + tci + vlan + tci + mpls + "\x00\x01\x01\x40data")
	if n := testing.AllocsPerRun(100, func() {
		c := wire.Of(frame)
		Frame(Ethernet, &c)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(uint16(Ethernet), []byte(macs+qinq+tci+vlan+tci+mpls+"\x00\x01\x01\x40data"))
	f.Add(uint16(Ethernet), []byte(macs+"\x88\x64\x11\x00\x00\x01\x00\x20\x7e\xff\x03\x00\x21data"))
	f.Add(uint16(SLL2), []byte(ipv4+strings.Repeat("\x01", 18)))
	f.Fuzz(func(t *testing.T, linkType uint16, b []byte) {
		c := wire.Of(b)
		if Frame(linkType, &c) != TypeNone && !strings.HasSuffix(string(b), string(c)) {
			t.Errorf("%x is left of %x", c, b)
		}
	})
}
