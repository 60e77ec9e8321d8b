package packet

import (
	"strings"
	"testing"

	"merctools/lib/wire"
)

const (
	macs     = "\x02\x02\x02\x02\x02\x02\x04\x04\x04\x04\x04\x04"
	tci      = "\x60\x07" // of a VLAN tag
	ipv4Type = "\x08\x00"
	ipv6Type = "\x86\xdd"
	vlan     = "\x81\x00"
	qinq     = "\x88\xa8"
	mpls     = "\x88\x47"
	cmd      = "\x89\x09"
	meta     = "\x01\x01\x00\x01\x00\x05" // Cisco metadata
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
		c, got := linkTypes[linkType].read(wire.Of([]byte(tt.frame)))
		if got != tt.want || got != EtherTypeNone && string(c) != tt.rest {
			t.Errorf("%s: %#04x, rest %q", tt.name, got, c)
		}
	}
}

func TestEthernet(t *testing.T) {
	run(t, LinkEthernet, []test{
		{"IPv4", macs + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"IPv6", macs + ipv6Type + "data", EtherTypeIPv6, "data"},
		{"ARP", macs + "\x08\x06data", EtherTypeARP, "data"},
		{"LLDP", macs + "\x88\xccdata", EtherTypeLLDP, "data"},
		{"other", macs + "\x90\x00data", 0x9000, "data"},
		{"nothing behind the type", macs + ipv4Type, EtherTypeIPv4, ""},

		{"VLAN", macs + vlan + tci + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"five VLANs", macs + strings.Repeat(vlan+tci, 5) + ipv6Type + "data", EtherTypeIPv6, "data"},
		{"802.1ad", macs + qinq + tci + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"802.1ad and VLANs", macs + qinq + tci + vlan + tci + vlan + tci + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"802.1ad twice", macs + qinq + tci + qinq + tci + ipv4Type + "data", EtherTypeQinQ, tci + ipv4Type + "data"},
		{"802.1ad behind a VLAN", macs + vlan + tci + qinq + tci + ipv4Type + "data", EtherTypeQinQ, tci + ipv4Type + "data"},

		{"MPLS", macs + mpls + "\x00\x01\x01\x40data", EtherTypeIPv4, "data"},
		{"three labels", macs + mpls + "\x00\x01\x00\x40\x00\x02\x00\x40\x00\x03\x01\x40data", EtherTypeIPv4, "data"},
		{"MPLS in a VLAN", macs + vlan + tci + mpls + "\x00\x01\x01\x40data", EtherTypeIPv4, "data"},
		{"labels without an end", macs + mpls + strings.Repeat("\x00\x01\x00\x40", 100), EtherTypeNone, ""},
		{"Ethernet behind MPLS", macs + mpls + "\x00\x01\x01\x40" + macs + ipv4Type + "data", EtherTypeIPv4, macs + ipv4Type + "data"},
		{"label cut off", macs + mpls + "\x00\x01\x01", EtherTypeNone, ""},
		{"MPLS multicast", macs + "\x88\x48\x00\x01\x01\x40data", 0x8848, "\x00\x01\x01\x40data"},

		{"metadata", macs + cmd + meta + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"metadata in a VLAN", macs + vlan + tci + cmd + meta + ipv6Type + "data", EtherTypeIPv6, "data"},
		{"VLAN behind metadata", macs + cmd + meta + vlan + tci + ipv4Type + "data", EtherTypeVLAN, tci + ipv4Type + "data"},

		{"CDP", macs + "\x00\x20\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02", EtherTypeCDP, "\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02"},
		{"length of CDP that is a type", macs + "\x06\x00\xaa\xaa\x03\x00\x00\x0c\x20\x00", 0x600, "\xaa\xaa\x03\x00\x00\x0c\x20\x00"},
		{"another LLC", macs + "\x00\x20\xaa\xaa\x03\x00\x00\x0c\x20\x04\x02", 0x20, "\xaa\xaa\x03\x00\x00\x0c\x20\x04\x02"},
		{"CDP cut off", macs + "\x00\x20\xaa\xaa\x03\x00\x00\x0c\x20", 0x20, "\xaa\xaa\x03\x00\x00\x0c\x20"},

		{"tag cut off", macs + vlan + "\x60", EtherTypeNone, ""},
		{"type behind a tag cut off", macs + vlan + tci + "\x08", EtherTypeNone, ""},
		{"802.1ad cut off", macs + qinq, EtherTypeNone, ""},
		{"metadata cut off", macs + cmd + meta + "\x08", EtherTypeNone, ""},
		{"type cut off", macs + "\x08", EtherTypeNone, ""},
		{"addresses cut off", macs[:7], EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	})
}

// PPPoE carries PPP, in which flag, address and control may be left out, and
// the first byte of the protocol.
func TestPPP(t *testing.T) {
	tests := []test{
		{"IPv4", "\x00\x21data", EtherTypeIPv4, "data"},
		{"IPv6", "\x00\x57data", EtherTypeIPv6, "data"},
		{"IPv4, compressed", "\x21data", EtherTypeIPv4, "data"},
		{"IPv6, compressed", "\x57data", EtherTypeIPv6, "data"},
		{"address and control", "\xff\x03\x00\x21data", EtherTypeIPv4, "data"},
		{"flag", "\x7e\x00\x21data", EtherTypeIPv4, "data"},
		{"flag, address and control", "\x7e\xff\x03\x57data", EtherTypeIPv6, "data"},
		{"other control", "\xff\x00\x21data", EtherTypeIPv4, "data"},
		{"no payload", "\x00\x21", EtherTypeIPv4, ""},
		{"two flags", "\x7e\x7e\x00\x21data", EtherTypeNone, ""},
		{"LCP", "\xc0\x21data", EtherTypeNone, ""},
		{"other compressed", "\x23data", EtherTypeNone, ""},
		{"protocol cut off", "\x00", EtherTypeNone, ""},
		{"only an address", "\xff", EtherTypeNone, ""},
		{"no protocol", "\xff\x03", EtherTypeNone, ""},
		{"only a flag", "\x7e", EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	}
	run(t, LinkPPP, tests)
	const session = "\x11\x00\x00\x01\x00\x20"
	for i := range tests {
		tests[i].frame = macs + "\x88\x64" + session + tests[i].frame
	}
	run(t, LinkEthernet, append(tests,
		test{"header cut off", macs + "\x88\x64" + session[:5], EtherTypeNone, ""},
		test{"in a VLAN", macs + vlan + tci + "\x88\x64" + session + "\x00\x21data", EtherTypeIPv4, "data"},
		test{"discovery", macs + "\x88\x63" + session + "\x00\x21data", 0x8863, session + "\x00\x21data"}))
}

func TestCooked(t *testing.T) {
	const address = "\x00\x11\x22\x33\x44\x55\x00\x00"
	run(t, LinkSLL, []test{
		{"Ethernet", "\x00\x04\x00\x01\x00\x06" + address + ipv4Type + "data", EtherTypeIPv4, "data"},
		{"loopback", "\x00\x00\x03\x04\x00\x06" + address + ipv6Type + "data", EtherTypeIPv6, "data"},
		{"other hardware", "\x00\x00\x02\x00\x00\x06" + address + ipv4Type + "data", EtherTypeNone, ""},
		{"ARP", "\x00\x00\x00\x01\x00\x06" + address + "\x08\x06data", EtherTypeNone, ""},
		{"cut off", "\x00\x00\x00\x01\x00\x06" + address + "\x08", EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	})
	run(t, LinkSLL2, []test{
		{"Ethernet", ipv4Type + "\x00\x00\x00\x00\x00\x01\x00\x01\x04\x06" + address + "data", EtherTypeIPv4, "data"},
		{"loopback", ipv6Type + "\x00\x00\x00\x00\x00\x01\x03\x04\x04\x06" + address + "data", EtherTypeIPv6, "data"},
		{"other hardware", ipv6Type + "\x00\x00\x00\x00\x00\x01\x03\x05\x04\x06" + address + "data", EtherTypeNone, ""},
		{"ARP", "\x08\x06\x00\x00\x00\x00\x00\x01\x00\x01\x04\x06" + address + "data", EtherTypeNone, ""},
		{"cut off", ipv4Type + "\x00\x00\x00\x00\x00\x01\x00\x01\x04\x06" + address[:7], EtherTypeNone, ""},
		{"empty", "", EtherTypeNone, ""},
	})
}

func TestLoopback(t *testing.T) {
	var tests []test
	for family, want := range map[byte]uint16{2: EtherTypeIPv4, 24: EtherTypeIPv6, 28: EtherTypeIPv6, 30: EtherTypeIPv6, 0: EtherTypeNone, 7: EtherTypeNone, 23: EtherTypeNone} {
		tests = append(tests,
			test{"little-endian", string([]byte{family, 0, 0, 0}) + "data", want, "data"},
			test{"big-endian", string([]byte{0, 0, 0, family}) + "data", want, "data"})
	}
	tests = append(tests, test{"in the middle", "\x00\x02\x00\x00data", EtherTypeNone, ""}, test{"cut off", "\x02\x00\x00", EtherTypeNone, ""}, test{"empty", "", EtherTypeNone, ""})
	run(t, LinkNull, tests)
	run(t, LinkLoop, tests)
}

func TestOtherLinkTypes(t *testing.T) {
	for _, linkType := range []uint16{LinkRaw, LinkRawBSD, LinkRawOpen, LinkIPv4, LinkIPv6} {
		run(t, linkType, []test{{"raw", "data", EtherTypeIPv4, "data"}})
	}
	for _, linkType := range []uint16{195, 147, 60000} { // IEEE 802.15.4, one for private use, none
		var h Headers
		new(Decoder).Decode(&h, linkType, []byte("data"))
		if !h.UnknownLink || h.LinkType != linkType || h.IsIP() || h.Payload([]byte("data")).Ok() || CanRead(linkType) {
			t.Errorf("%d: %+v", linkType, h)
		}
	}
}

func TestIPInEthernet(t *testing.T) {
	for _, tt := range []struct {
		frame string
		want  bool
	}{
		{macs + ipv4Type + "data", true},
		{macs + vlan + tci + ipv6Type + "data", true},
		{macs + "\x88\x64\x11\x00\x00\x01\x00\x20\x00\x21data", true},
		{macs + "\x88\x64\x11\x00\x00\x01\x00\x20\xc0\x21data", false},
		{macs + "\x08\x06data", false},
		{macs, false},
	} {
		c, got := readIPInEthernet(wire.Of([]byte(tt.frame)))
		if got != tt.want || got && string(c) != "data" {
			t.Errorf("%x: %v, rest %q", tt.frame, got, c)
		}
	}
}

func TestLinkTypeName(t *testing.T) {
	for linkType, want := range map[uint16]string{LinkNull: "BSD loopback", LinkEthernet: "Ethernet", 105: "IEEE 802.11", 147: "link type 147", 65535: "link type 65535"} {
		if got := LinkTypeName(linkType); got != want {
			t.Errorf("%d: %q", linkType, got)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(uint16(LinkEthernet), []byte(macs+qinq+tci+vlan+tci+mpls+"\x00\x01\x01\x40data"))
	f.Add(uint16(LinkEthernet), []byte(macs+"\x88\x64\x11\x00\x00\x01\x00\x20\x7e\xff\x03\x00\x21data"))
	f.Add(uint16(LinkSLL2), []byte(ipv4Type+strings.Repeat("\x01", 18)))
	for _, seed := range rareFrames {
		f.Add(seed.linkType, []byte(seed.frame))
	}
	f.Fuzz(func(t *testing.T, linkType uint16, b []byte) {
		if !CanRead(linkType) {
			return
		}
		c, etherType := linkTypes[linkType].read(wire.Of(b))
		if etherType != EtherTypeNone && !strings.HasSuffix(string(b), string(c)) {
			t.Errorf("%x is left of %x", c, b)
		}
	})
}
