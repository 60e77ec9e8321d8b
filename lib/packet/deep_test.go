package packet

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"merctools/lib/internal/reassembly"
)

var (
	deepAll = NewDecoder(Config{Deep: true})
)

// ip4 is a packet with a right checksum.
func ip4(protocol byte, payload string) string { return summed(v4(20+len(payload), protocol, payload)) }

// summed sets the checksum of an IPv4 header.
func summed(packet string) string {
	b := []byte(packet)
	size := int(b[0]&15) * 4
	b[10], b[11] = 0, 0
	binary.BigEndian.PutUint16(b[10:], ^uint16(checksum(b[:size])))
	return string(b)
}

func ip6(next byte, payload string) string { return v6(len(payload), next, payload) }

// udpTo is a datagram to a port.
func udpTo(port int, data string) string { return udpFrom(50000, port, data) }

func udpFrom(src, dst int, data string) string {
	var b []byte
	for _, x := range []int{src, dst, 8 + len(data), 0} {
		b = binary.BigEndian.AppendUint16(b, uint16(x))
	}
	return string(b) + data
}

// message is what all packets of TestDeep carry.
const message = "the message"

func TestDeep(t *testing.T) {
	inner := ip4(ProtocolUDP, udpTo(53, message))
	inner6 := ip6(ProtocolUDP, udpTo(53, message))
	eth := macs + ipv4Type + inner
	eth6 := macs + ipv6Type + inner6
	const (
		label     = "\x00\x01\x01\x40"
		word      = "\x00\x00\x00\x00"
		pppHeader = "\xff\x03\x00\x21"
		vni       = "\x00\x00\x07\x00"
	)
	gre := func(s string) string { return ip4(ProtocolGRE, s) }
	in := func(port int, s string) string { return ip4(ProtocolUDP, udpTo(port, s)) }
	ether := func(s string) string { return macs + s }
	for _, tt := range []struct {
		name     string
		linkType uint16
		packet   string
		tunnels  string
	}{
		{"plain", LinkEthernet, eth, ""},
		{"802.3 with LLC and SNAP", LinkEthernet, ether("\x00\x40\xaa\xaa\x03\x00\x00\x00" + ipv4Type + inner), ""},
		{"SNAP of 802.1H in a VLAN", LinkEthernet, ether(vlan + tci + "\x00\x40\xaa\xaa\x03\x00\x00\xf8" + ipv6Type + inner6), ""},
		{"LLC with the SAP of IP", LinkEthernet, ether("\x00\x40\x06\x06\x03" + inner), ""},
		{"bridged in SNAP", LinkEthernet, ether("\x00\x60\xaa\xaa\x03\x00\x80\xc2\x00\x07\x00\x00" + eth), ""},
		{"tag 0x9100", LinkEthernet, ether("\x91\x00" + tci + vlan + tci + ipv4Type + inner), ""},
		{"tag 0x9200", LinkEthernet, ether("\x92\x00" + tci + ipv4Type + inner), ""},
		{"two tags of 802.1ad", LinkEthernet, ether(qinq + tci + qinq + tci + ipv4Type + inner), ""},
		{"802.1ad in a VLAN", LinkEthernet, ether(vlan + tci + qinq + tci + ipv4Type + inner), ""},
		{"802.1ah", LinkEthernet, ether(qinq + tci + "\x88\xe7\x00\x00\x00\x07" + macs + vlan + tci + ipv4Type + inner), ""},
		{"802.1BR", LinkEthernet, ether("\x89\x3f\x00\x00\x00\x00\x00\x00" + ipv4Type + inner), ""},
		{"MACsec, not encrypted", LinkEthernet, ether("\x88\xe5\x20\x00\x00\x00\x00\x0112345678" + ipv4Type + inner), ""},
		{"PPPoE in a VLAN", LinkEthernet, ether(vlan + tci + "\x88\x64\x11\x00\x00\x01\x00\x40\x00\x21" + inner), ""},
		{"PPPoE with IPv6", LinkEthernet, ether("\x88\x64\x11\x00\x00\x01\x00\x40\x00\x57" + inner6), ""},
		{"PPP with bridging", LinkPPP, "\xff\x03\x00\x31\x00\x01" + eth, ""},
		{"MPLS", LinkEthernet, ether(mpls + label + inner), ""},
		{"MPLS, multicast", LinkEthernet, ether("\x88\x48" + label + inner6), ""},
		{"Ethernet in MPLS", LinkEthernet, ether(mpls + "\x00\x02\x00\x40" + label + eth), ""},
		{"Ethernet in MPLS with a control word", LinkEthernet, ether(mpls + label + word + eth), ""},
		{"Ethernet in MPLS, with an address like a version", LinkEthernet, ether(mpls + label + "\x45" + eth[1:]), ""},
		{"Ethernet in MPLS, with an address like a control word", LinkEthernet, ether(mpls + label + "\x00" + eth6[1:]), ""},
		{"MPLS as link type", 219, label + word + eth, ""},
		{"cooked, with a VLAN", LinkSLL, "\x00\x00\x00\x01\x00\x06123456\x00\x00" + vlan + tci + ipv4Type + inner, ""},
		{"cooked, of a tunnel's interface", LinkSLL, "\x00\x00\xff\xfe\x00\x0012345678" + ipv4Type + inner, ""},
		{"cooked, with LLC", LinkSLL2, "\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00\x06123456\x00\x00\xaa\xaa\x03\x00\x00\x00" + ipv4Type + inner, ""},
		{"NFLOG", 239, "\x02\x00\x00\x07" + "\x08\x00\x0a\x00eth0" + string([]byte{byte(4 + len(inner)), 0}) + "\x09\x00" + inner, ""},
		{"NSH", LinkEthernet, ether("\x89\x4f\x0f\xc2\x02\x03\x00\x00\x01\xff" + eth), ""},

		{"IPv4 options", LinkRaw, summed("\x47" + v4(28+8+len(message), ProtocolUDP, "\x07\x07\x04\x00\x00\x00\x00\x00"+udpTo(53, message))[1:]), ""},
		{"length 0", LinkRaw, summed(v4(0, ProtocolUDP, udpTo(53, message))), ""},
		{"IPv6 with length 0", LinkRaw, v6(0, ProtocolUDP, udpTo(53, message)), ""},
		{"jumbogram", LinkRaw, v6(0, hopByHop, "\x11\x00\xc2\x04\x00\x00\x00"+string([]byte{byte(8 + 8 + len(message))})+udpTo(53, message)+"padding"), ""},
		{"extension headers", LinkRaw, ip6(hopByHop, "\x3c\x00\x01\x04\x00\x00\x00\x00"+"\x11\x00\x01\x04\x00\x00\x00\x00"+udpTo(53, message)), ""},
		{"atomic fragment", LinkRaw, ip6(fragment, "\x11\x00\x00\x00\x00\x00\x00\x07"+udpTo(53, message)), ""},
		{"AH", LinkRaw, ip4(authHeader, "\x11\x04\x00\x00\x00\x00\x00\x07\x00\x00\x00\x01abcdefghijkl"+udpTo(53, message)), ""},
		{"AH in IPv6", LinkRaw, ip6(authHeader, "\x11\x04\x00\x00\x00\x00\x00\x07\x00\x00\x00\x01abcdefghijkl"+udpTo(53, message)), ""},
		{"AH in tunnel mode", LinkRaw, ip4(authHeader, "\x04\x04\x00\x00\x00\x00\x00\x07\x00\x00\x00\x01abcdefghijkl"+inner), "ip encapsulation"},
		{"data behind the datagram", LinkRaw, ip4(ProtocolUDP, udpTo(53, message)+"more"), ""},

		{"IP in IP", LinkRaw, ip4(ProtocolIPv6, inner6), "ip encapsulation"},
		{"GRE", LinkRaw, gre("\x00\x00" + ipv4Type + inner), "gre"},
		{"GRE with checksum", LinkRaw, gre("\x80\x00" + ipv4Type + "\xab\xcd\x00\x00" + inner), "gre"},
		{"GRE with key", LinkRaw, gre("\x20\x00" + ipv6Type + "\x00\x00\x00\x07" + inner6), "gre"},
		{"GRE with sequence number", LinkRaw, gre("\x10\x00" + ipv4Type + "\x00\x00\x00\x07" + inner), "gre"},
		{"GRE with all of it", LinkRaw, gre("\xf0\x00" + ipv4Type + "\xab\xcd\x00\x00" + "\x00\x00\x00\x07" + "\x00\x00\x00\x08" + "\x08\x00\x00\x04\x01\x02\x03\x04" + "\x00\x00\x00\x00" + inner), "gre"},
		{"PPTP", LinkRaw, gre("\x30\x81\x88\x0b\x00\x40\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03" + pppHeader + inner), "gre"},
		{"PPTP without address", LinkRaw, gre("\x30\x01\x88\x0b\x00\x40\x00\x01\x00\x00\x00\x02\x21" + inner), "gre"},
		{"Ethernet in GRE", LinkRaw, gre("\x00\x00\x65\x58" + eth), "gre"},
		{"NVGRE", LinkRaw, gre("\x20\x00\x65\x58\x00\x00\x07\x01" + macs + vlan + tci + ipv4Type + inner), "gre"},
		{"MPLS in GRE", LinkRaw, gre("\x00\x00" + mpls + label + inner), "gre"},
		{"WCCP", LinkRaw, gre("\x00\x00\x88\x3e\x00\x01\x00\x01" + inner), "gre"},
		{"GRE in UDP", LinkRaw, in(PortGRE, "\x20\x00"+ipv4Type+"\x00\x00\x00\x07"+inner), "gre"},
		{"ERSPAN I", LinkRaw, gre("\x00\x00\x88\xbe" + eth), "erspan"},
		{"ERSPAN II", LinkRaw, gre("\x10\x00\x88\xbe\x00\x00\x00\x01\x10\x09\x00\x00\x00\x00\x00\x00" + eth), "erspan"},
		{"ERSPAN III", LinkRaw, gre("\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + eth6), "erspan"},
		{"ERSPAN III with a subheader", LinkRaw, gre("\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0112345678" + eth), "erspan"},
		{"ERSPAN III with IP", LinkRaw, gre("\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x09\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00" + inner), "erspan"},
		{"Ethernet in IP", LinkRaw, ip4(protocolEtherIP, "\x30\x00"+eth), "ethernet"},
		{"Ethernet in a segment route", LinkRaw, ip6(protocolEthernet, eth), "ethernet"},
		{"VXLAN", LinkRaw, in(PortVXLAN, "\x08\x00\x00\x00"+vni+eth), "vxlan"},
		{"VXLAN on Linux's port", LinkRaw, in(8472, "\x08\x00\x00\x00"+vni+eth6), "vxlan"},
		{"VXLAN with a group", LinkRaw, in(PortVXLAN, "\x88\x00\x00\x07"+vni+eth), "vxlan"},
		{"VXLAN-GPE, IPv4", LinkRaw, in(4790, "\x0c\x00\x00\x01"+vni+inner), "vxlan"},
		{"VXLAN-GPE, Ethernet", LinkRaw, in(4790, "\x0c\x00\x00\x03"+vni+eth), "vxlan"},
		{"VXLAN-GPE, NSH", LinkRaw, in(4790, "\x0c\x00\x00\x04"+vni+"\x0f\xc6\x01\x02\x00\x00\x01\xff1234567890123456"+inner6), "vxlan"},
		{"GENEVE", LinkRaw, in(PortGENEVE, "\x02\x00\x65\x58"+vni+"12345678"+eth), "geneve"},
		{"GENEVE, IPv6", LinkRaw, in(PortGENEVE, "\x00\x00"+ipv6Type+vni+inner6), "geneve"},
		{"GENEVE, NSH", LinkRaw, in(PortGENEVE, "\x00\x00\x89\x4f"+vni+"\x0f\xc2\x02\x01\x00\x00\x01\xff"+inner), "geneve"},
		{"GTP-U", LinkRaw, in(2152, "\x30\xff\x00\x40\x00\x00\x00\x05"+inner), "gtp-u"},
		{"GTP-U with sequence number", LinkRaw, in(2152, "\x32\xff\x00\x40\x00\x00\x00\x05\x00\x01\x00\x00"+inner6), "gtp-u"},
		{"GTP-U with extension headers", LinkRaw, in(2152, "\x34\xff\x00\x40\x00\x00\x00\x05\x00\x00\x00\x85"+"\x01\x10\x01\x40"+"\x02\x00\x00\x00\x00\x00\x00\x00"+inner), "gtp-u"},
		{"GTP-U from the port", LinkRaw, ip4(ProtocolUDP, udpFrom(2152, 40000, "\x30\xff\x00\x40\x00\x00\x00\x05"+inner)), "gtp-u"},
		{"GTP-U with Ethernet", LinkRaw, in(2152, "\x34\xff\x00\x40\x00\x00\x00\x05\x00\x00\x00\x85"+"\x01\x10\x01\x00"+eth), "gtp-u"},
		{"L2TP", LinkRaw, in(1701, "\x00\x02\x00\x01\x00\x02"+pppHeader+inner), "l2tp"},
		{"L2TP with all fields", LinkRaw, in(1701, "\x4a\x02\x00\x50\x00\x01\x00\x02\x00\x00\x00\x00\x00\x02\x00\x00"+"\x00\x21"+inner), "l2tp"},
		{"L2TPv3 over UDP", LinkRaw, in(1701, "\x00\x03\x00\x00\x00\x00\x00\x07"+eth), "l2tp"},
		{"L2TPv3 with cookie and sublayer", LinkRaw, ip4(protocolL2TP, "\x00\x00\x00\x0712345678\x00\x00\x00\x00"+eth), "l2tp"},
		{"L2TPv3 over IP", LinkRaw, ip4(protocolL2TP, "\x00\x00\x00\x071234"+eth6), "l2tp"},
		{"MPLS in IP", LinkRaw, ip4(protocolMPLS, label+inner), "mpls"},
		{"MPLS in UDP", LinkRaw, in(6635, label+word+eth), "mpls"},
		{"Teredo", LinkRaw, in(3544, inner6), "teredo"},
		{"GUE", LinkRaw, in(6080, "\x00\x04\x00\x00"+inner), "udp"},
		{"GUE with fields", LinkRaw, in(6080, "\x02\x29\x80\x00abcdefgh"+inner6), "udp"},
		{"GUE, version 1", LinkRaw, in(6080, inner), "udp"},
		{"Teredo with indications", LinkRaw, in(3544, "\x00\x01\x02\x03idval12345678\x00"+"\x00\x00\x12\x34abcd"+inner6), "teredo"},
		{"IPv6 over UDP", LinkRaw, in(40000, inner6), "udp"},
		{"IPv4 over UDP", LinkRaw, in(40000, inner), "udp"},
		{"nested", LinkEthernet, ether(ipv4Type + gre("\x10\x00\x88\xbe\x00\x00\x00\x01\x10\x09\x00\x00\x00\x00\x00\x00"+ether(ipv4Type+in(4789, "\x08\x00\x00\x00"+vni+ether(ipv6Type+ip6(ProtocolUDP, udpTo(2152, "\x30\xff\x00\x40\x00\x00\x00\x05"+inner))))))),
			"erspan vxlan gtp-u"},
	} {
		var h Headers
		packet := []byte(tt.packet)
		deepAll.Decode(&h, tt.linkType, packet)
		var names []string
		for _, u := range h.Tunnels() {
			names = append(names, u.Type.String())
		}
		if got := strings.Join(names, " "); got != tt.tunnels {
			t.Errorf("%s: tunnels %q", tt.name, got)
		}
		if c := h.Payload(packet); string(c) != message || h.SrcPort != 50000 || h.DstPort != 53 || !h.HasTransport || h.Protocol != ProtocolUDP {
			t.Errorf("%s: %+v, payload %q", tt.name, h, c)
		}
	}
}

// A message that looks like a tunnel, but has no packet in it, stays one.
func TestDeepKeepsMessages(t *testing.T) {
	const vni = "\x00\x00\x07\x00"
	for _, tt := range []struct {
		name     string
		src, dst int
		data     string
	}{
		{"VXLAN with ARP", 50000, PortVXLAN, "\x08\x00\x00\x00" + vni + macs + "\x08\x06data"},
		{"DNS to VXLAN's port", 53, PortVXLAN, "\x08\x00\x84\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"},
		{"text to GTP's port", 50000, 2152, "0\xff text that is no packet but long enough for one"},
		{"control message of L2TP", 50000, 1701, "\xc8\x02\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00" + in4(ProtocolUDP, udp)},
		{"IPv4 with a wrong checksum", 50000, 40000, in4(ProtocolUDP, udp)},
		{"IPv6 that is longer", 50000, 40000, v6(9, ProtocolUDP, udp)},
		{"IPv6 that is shorter", 50000, 40000, v6(7, ProtocolUDP, udp)},
		{"DNS with a version and a length of IPv6", 50000, 40053, "jD\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01b\x07_dns-sd\x04_udp\x04ntop\x03org\x00\x00\x0c\x00\x01"},
		{"Teredo with IPv4", 50000, 3544, in4(ProtocolUDP, udp)},
		{"labels without an end", 50000, 6635, strings.Repeat("\x00\x01\x00\x40", 9)},
	} {
		packet := []byte(ip4(ProtocolUDP, udpFrom(tt.src, tt.dst, tt.data)))
		var h Headers
		deepAll.Decode(&h, LinkRaw, packet)
		if c := h.Payload(packet); string(c) != tt.data || len(h.Tunnels()) > 0 || int(h.SrcPort) != tt.src || int(h.DstPort) != tt.dst {
			t.Errorf("%s: %+v, payload %q", tt.name, h, c)
		}
	}
}

// split cuts the payload of an IP packet into fragments of at most size bytes,
// a multiple of 8, behind the given link header.
func split(link, packet string, size int) (all []string) {
	if packet[0]>>4 == 4 {
		payload := packet[20:]
		for at := 0; at < len(payload); at += size {
			end := min(at+size, len(payload))
			b := []byte(v4(20+end-at, packet[9], payload[at:end]))
			field := at / 8
			if end < len(payload) {
				field |= 0x2000
			}
			binary.BigEndian.PutUint16(b[6:], uint16(field))
			all = append(all, link+summed(string(b)))
		}
		return all
	}
	payload := packet[40:]
	for at := 0; at < len(payload); at += size {
		end := min(at+size, len(payload))
		field := at
		if end < len(payload) {
			field |= 1
		}
		header := string([]byte{packet[6], 0, byte(field >> 8), byte(field), 0, 0, 0, 7})
		all = append(all, link+ip6(fragment, header+payload[at:end]))
	}
	return all
}

// In any order, and with copies, fragments give the packet once.
func TestFragments(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	inner := ip4(ProtocolUDP, udpTo(53, long))
	for name, list := range map[string][]string{
		"IPv4":               split(macs+ipv4Type, inner, 64),
		"IPv6":               split(macs+ipv6Type, ip6(ProtocolUDP, udpTo(53, long)), 32),
		"IPv6, extensions":   split(macs+ipv6Type, ip6(destination, "\x11\x00\x01\x04\x00\x00\x00\x00"+udpTo(53, long)), 8),
		"around a tunnel":    split(macs+ipv4Type, ip4(ProtocolGRE, "\x20\x00"+ipv4Type+"\x00\x00\x00\x07"+inner), 48),
		"inside of a tunnel": split(macs+ipv4Type+ip4(ProtocolGRE, "\x20\x00"+ipv4Type+"\x00\x00\x00\x07"+strings.Repeat("-", 84))[:28], inner, 64),
	} {
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 1))
			order := append(r.Perm(len(list)), r.Perm(len(list))...)
			reader := deepAll.NewReader(0)
			found := 0
			var memory []byte
			for i, n := range order {
				var h Headers
				data := reader.Read(&h, LinkEthernet, []byte(list[n]), int64(i)*1e6, &memory)
				if h.Fragment {
					continue
				}
				found++
				if string(h.Payload(data)) != long || h.DstPort != 53 || !h.Reassembled {
					t.Fatalf("%s, %v: %+v, payload %q", name, order, h, h.Payload(data))
				}
			}
			if found != 1 {
				t.Fatalf("%s, %v: %d packets", name, order, found)
			}
			if a, b, c := reader.Fragments(); a+b+c != 0 {
				t.Errorf("%s: counted %d, %d, %d", name, a, b, c)
			}
		}
	}
}

// Fragments that never end take no more memory than is allowed.
func TestEndlessFragments(t *testing.T) {
	reader := deepAll.NewReader(reassembly.DatagramMemoryLow)
	b := []byte(split(macs+ipv4Type, ip4(ProtocolUDP, strings.Repeat("x", 3000)), 1480)[0])
	var memory []byte
	var h Headers
	const n = 100_000
	for i := range n {
		binary.BigEndian.PutUint32(b[14+12:], uint32(i))
		reader.Read(&h, LinkEthernet, b, 0, &memory)
	}
	_, evicted, _ := reader.Fragments()
	if left := n - evicted; left == 0 || left > 1<<20/1480 {
		t.Errorf("%d packets are held", left)
	}
	reader.Read(&h, LinkEthernet, b, 3600e9, &memory)
	if expired, _, _ := reader.Fragments(); expired != n-evicted {
		t.Errorf("%d packets timed out, %d were held", expired, n-evicted)
	}
}

func TestDeepNoAllocations(t *testing.T) {
	reader := deepAll.NewReader(0)
	var h Headers
	memory := make([]byte, 0, 1<<16)
	list := split(macs+ipv4Type, ip4(ProtocolUDP, udpTo(53, strings.Repeat("x", 3000))), 1480)
	plain := []byte(macs + ipv4Type + ip4(ProtocolUDP, udpTo(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+macs+ipv6Type+ip6(ProtocolUDP, udpTo(53, message)))))
	frames := make([][]byte, len(list))
	for i := range list {
		frames[i] = []byte(list[i])
	}
	id := uint16(0)
	run := func() {
		memory = memory[:0]
		id++
		for i, f := range frames {
			binary.BigEndian.PutUint16(f[18:], id)
			reader.Read(&h, LinkEthernet, f, int64(id)*40e9, &memory)
			if (i == len(frames)-1) != h.Reassembled {
				t.Fatalf("%d: %+v", i, h)
			}
		}
		reader.Read(&h, LinkEthernet, plain, int64(id)*40e9, &memory)
	}
	run()
	run()
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzDeep decodes what the fuzzer makes of packets, alone and as fragments:
// whatever is read lies in the packet.
func FuzzDeep(f *testing.F) {
	inner := ip4(ProtocolUDP, udpTo(53, message))
	for _, p := range []string{
		macs + ipv4Type + ip4(ProtocolGRE, "\xf0\x00"+ipv4Type+"\xab\xcd\x00\x00"+"\x00\x00\x00\x07"+"\x00\x00\x00\x08"+"\x08\x00\x00\x04\x01\x02\x03\x04"+"\x00\x00\x00\x00"+inner),
		macs + ipv4Type + ip4(ProtocolUDP, udpTo(2152, "\x34\xff\x00\x40\x00\x00\x00\x05\x00\x00\x00\x85"+"\x01\x10\x01\x40"+"\x00"+inner)),
		macs + mpls + "\x00\x01\x01\x40\x00\x00\x00\x00" + macs + ipv4Type + inner,
		macs + ipv4Type + ip4(protocolL2TP, "\x00\x00\x00\x0712345678\x00\x00\x00\x00"+macs+ipv4Type+inner),
		macs + "\x00\x40\xaa\xaa\x03\x00\x00\x00" + ipv4Type + inner,
		split(macs+ipv4Type, inner, 16)[1],
		split(macs+ipv6Type, ip6(ProtocolUDP, udpTo(53, message)), 8)[0],
	} {
		f.Add([]byte(p), uint16(1), uint8(16))
	}
	f.Fuzz(func(t *testing.T, data []byte, linkType uint16, size uint8) {
		reader := deepAll.NewReader(reassembly.DatagramMemoryLow)
		var memory []byte
		read := func(p []byte, now int64) {
			var h Headers
			b := reader.Read(&h, linkType, p, now, &memory)
			_, _, _, _ = h.Payload(b), h.Key(b), h.Hash(b), h.IP(b)
			h.TCP(b)
			for _, u := range h.Tunnels() {
				if int(u.ip)+20 > len(b) {
					t.Fatalf("tunnel at %d of %d", u.ip, len(b))
				}
			}
			if end := int(h.payload) + int(h.payloadLen); !h.Truncated && end > len(b) {
				t.Fatalf("payload up to %d of %d", end, len(b))
			}
		}
		read(data, 0)
		read(data, 1)
		if len(data) == 0 {
			return
		}
		for i, p := range split(macs+ipv4Type, ip4(ProtocolIPv4, string(data[:min(len(data), 2000)])), (int(size)&31+1)*8) {
			linkType = LinkEthernet
			read([]byte(p), int64(i))
			if i%3 == 1 {
				read([]byte(fmt.Sprint(p)), int64(i))
			}
		}
	})
}
