package packet

import (
	"strings"
	"testing"
	"unsafe"

	"merctools/lib/flow"
)

const udp = "\x03\xe8\x00\x35\x00\x0c\xab\xcd" // from port 1000 to 53

// all follows all tunnels.
var all = NewDecoder(Config{Tunnels: 1<<TunnelGRE | 1<<TunnelVXLAN | 1<<TunnelGENEVE})

// to is the header of a datagram from port 7.
func to(port int) string {
	return "\x00\x07" + string([]byte{byte(port >> 8), byte(port)}) + "\x00\x00\x00\x00"
}

// in4 is a packet with the given protocol, as long as it says.
func in4(protocol byte, payload string) string { return v4(20+len(payload), protocol, payload) }

func TestDecode(t *testing.T) {
	inner := in4(ProtocolUDP, udp+"data")
	const vxlan = "\x08\x00\x00\x00\x00\x00\x07\x00"
	for _, tt := range []struct {
		name     string
		linkType uint16
		packet   string
		tunnels  []TunnelType
		protocol uint8
		ports    [2]uint16
		payload  string
	}{
		{"Ethernet", LinkEthernet, macs + ipv4Type + inner + "padding", nil, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"IPv6 in a VLAN", LinkEthernet, macs + vlan + tci + ipv6Type + v6(12, ProtocolUDP, udp+"data"), nil, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"cooked", LinkSLL2, ipv4Type + "\x00\x00\x00\x00\x00\x01\x00\x01\x04\x0612345678" + inner, nil, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"IP in IP", LinkRaw, in4(ProtocolIPv4, inner), []TunnelType{TunnelIP}, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"GRE", LinkRaw, in4(ProtocolGRE, "\x00\x00"+ipv4Type+inner), []TunnelType{TunnelGRE}, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"VXLAN", LinkRaw, in4(ProtocolUDP, to(PortVXLAN)+vxlan+macs+ipv4Type+inner), []TunnelType{TunnelVXLAN}, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"GENEVE in GRE in UDP", LinkRaw, in4(ProtocolUDP, to(PortGRE)+"\x00\x00"+ipv4Type+in4(ProtocolUDP, to(PortGENEVE)+"\x00\x00"+ipv4Type+"\x00\x00\x07\x00"+inner)),
			[]TunnelType{TunnelGRE, TunnelGENEVE}, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"as deep as they are followed", LinkRaw, in4(4, in4(4, in4(4, in4(4, inner)))), []TunnelType{TunnelIP, TunnelIP, TunnelIP, TunnelIP}, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"deeper", LinkRaw, in4(4, in4(4, in4(4, in4(4, in4(4, inner))))), []TunnelType{TunnelIP, TunnelIP, TunnelIP, TunnelIP}, ProtocolIPv4, [2]uint16{}, inner},
		// The ports of a tunnel stay where the inner packet has none.
		{"no ports in VXLAN", LinkRaw, in4(ProtocolUDP, to(PortVXLAN)+vxlan+macs+ipv4Type+in4(ProtocolICMP, "echo")), []TunnelType{TunnelVXLAN}, ProtocolICMP, [2]uint16{7, PortVXLAN}, "echo"},
		{"ports cut off in VXLAN", LinkRaw, in4(ProtocolUDP, to(PortVXLAN)+vxlan+macs+ipv4Type+in4(ProtocolUDP, "cut off")), []TunnelType{TunnelVXLAN}, ProtocolUDP, [2]uint16{7, PortVXLAN}, "cut off"},
		// A tunnel without an IP packet has taken what it read; another UDP
		// header is expected behind.
		{"VXLAN without IP", LinkRaw, in4(ProtocolUDP, to(PortVXLAN)+vxlan+macs+"\x08\x06"+udp+"data"), nil, ProtocolUDP, [2]uint16{1000, 53}, "data"},
		{"nothing in a tunnel", LinkRaw, in4(ProtocolIPv4, ""), []TunnelType{TunnelIP}, ProtocolReserved, [2]uint16{}, ""},
		{"no IP", LinkEthernet, macs + "\x08\x06data", nil, ProtocolReserved, [2]uint16{}, "data"},
		{"empty", LinkEthernet, "", nil, ProtocolReserved, [2]uint16{}, ""},
	} {
		h := Headers{UnknownLink: true, Truncated: true, tunnelCount: 3, HasTransport: true, SrcPort: 1}
		packet := []byte(tt.packet)
		all.Decode(&h, tt.linkType, packet)
		var tunnels []TunnelType
		for _, u := range h.Tunnels() {
			tunnels = append(tunnels, u.Type)
		}
		if h.Protocol != tt.protocol || h.SrcPort != tt.ports[0] || h.DstPort != tt.ports[1] || string(h.Payload(packet)) != tt.payload || h.LinkType != tt.linkType || h.UnknownLink {
			t.Errorf("%s: %+v, payload %q", tt.name, h, h.Payload(packet))
		}
		if len(tunnels) != len(tt.tunnels) || string(types(tunnels)) != string(types(tt.tunnels)) {
			t.Errorf("%s: %v", tt.name, tunnels)
		}
		if h.HasTransport != (h.Protocol == ProtocolUDP && tt.payload == "data") {
			t.Errorf("%s: transport %v", tt.name, h.HasTransport)
		}
	}
}

func types(list []TunnelType) (b []byte) {
	for _, x := range list {
		b = append(b, byte(x))
	}
	return b
}

// Tunnels that are not selected are not followed, nor those whose ports stand
// for a message.
func TestConfig(t *testing.T) {
	packet := []byte(in4(ProtocolUDP, to(PortGENEVE)+"\x00\x00"+ipv4Type+"\x00\x00\x07\x00"+in4(ProtocolUDP, udp)))
	for _, tt := range []struct {
		cfg  Config
		want int
	}{
		{Config{}, 0},
		{Config{Tunnels: 1 << TunnelGRE}, 0},
		{Config{Tunnels: 1 << TunnelGENEVE}, 1},
		{Config{Tunnels: 1 << TunnelGENEVE, IsMessage: func(src, dst uint16) bool { return src == 7 && dst == PortGENEVE }}, 0},
		{Config{Tunnels: 1 << TunnelGENEVE, IsMessage: func(src, dst uint16) bool { return false }}, 1},
	} {
		var h Headers
		NewDecoder(tt.cfg).Decode(&h, LinkRaw, packet)
		if got := len(h.Tunnels()); got != tt.want {
			t.Errorf("%v: %d tunnels", tt.cfg.Tunnels, got)
		}
	}
}

// Hashes are the same in both directions, behind all tunnels, and differ
// between flows.
func TestHash(t *testing.T) {
	hash := func(packet string) uint64 {
		var h Headers
		all.Decode(&h, LinkRaw, []byte(packet))
		return h.Hash([]byte(packet))
	}
	reverse := func(packet string, addresses, length int) string {
		a := addresses + length
		b := a + length
		return packet[:addresses] + packet[a:b] + packet[addresses:a] + packet[b+2:b+4] + packet[b:b+2] + packet[b+4:]
	}
	four, six := in4(ProtocolUDP, udp+"data"), v6(12, ProtocolUDP, udp+"data")
	for _, tt := range []struct{ there, back string }{
		{four, reverse(four, 12, 4)},
		{six, reverse(six, 8, 16)},
	} {
		want := hash(tt.there)
		if want == 0 || hash(tt.back) != want {
			t.Errorf("%x there, %x back", want, hash(tt.back))
		}
		for _, tunneled := range []string{
			in4(ProtocolIPv4, tt.back),
			in4(ProtocolUDP, to(PortGRE)+"\x00\x00"+ipv4Type+tt.back),
			in4(ProtocolUDP, to(PortVXLAN)+"\x08\x00\x00\x00\x00\x00\x07\x00"+macs+ipv4Type+tt.there),
		} {
			if got := hash(tunneled); got != want {
				t.Errorf("%x in a tunnel, %x without", got, want)
			}
		}
	}
	seen := map[uint64]string{0: "none"}
	for port := range 256 {
		for _, protocol := range []byte{ProtocolUDP, 136} { // UDP-Lite has no ports here
			packet := in4(protocol, "\x03\xe8\x00"+string([]byte{byte(port)})+"\x00\x08\x00\x00")
			if protocol != ProtocolUDP && port > 0 {
				continue
			}
			if other := seen[hash(packet)]; other != "" {
				t.Errorf("%x and %x have the same", packet, other)
			}
			seen[hash(packet)] = packet
		}
	}
	// The low bits alone spread flows.
	var count [4]int
	for h := range seen {
		count[h%4]++
	}
	for _, n := range count {
		if n < 30 {
			t.Errorf("%v of %d", count, len(seen))
		}
	}
}

// A slice of Headers goes with each batch of packets.
func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(Headers{}); n > 76 {
		t.Errorf("%d bytes", n)
	}
}

func TestNoAllocations(t *testing.T) {
	packets := []string{
		macs + qinq + tci + vlan + tci + mpls + "\x00\x01\x01\x40" + in4(ProtocolIPv6, v6(20, hopByHop, "\x11\x00\x01\x04\x00\x00\x00\x00"+udp+"data")),
		macs + ipv4Type + in4(ProtocolTCP, string(segment(6, FlagSYN, "\x02\x04\x05\xb4data"))),
		macs + ipv4Type + in4(ProtocolUDP, to(PortGENEVE)+"\x02\x00\x65\x58\x00\x00\x07\x0012345678"+macs+ipv4Type+in4(ProtocolUDP, udp)),
	}
	var key flow.Key
	for _, data := range packets {
		packet := []byte(data)
		h := new(Headers)
		if n := testing.AllocsPerRun(100, func() {
			all.Decode(h, LinkEthernet, packet)
			h.Hash(packet)
			h.Payload(packet)
			h.IP(packet)
			h.TCP(packet)
			key = h.Key(packet)
		}); n != 0 || key.Version == 0 {
			t.Errorf("%v allocations, %+v", n, key)
		}
	}
}

func FuzzDecode(f *testing.F) {
	inner := in4(ProtocolUDP, udp+"data")
	f.Add(uint16(LinkRaw), []byte(inner))
	f.Add(uint16(LinkEthernet), []byte(macs+ipv6Type+v6(12, hopByHop, "\x11\x00\x01\x04\x00\x00\x00\x00data")))
	f.Add(uint16(LinkEthernet), []byte(macs+ipv4Type+in4(ProtocolTCP, string(segment(6, FlagSYN, "\x02\x04\x05\xb4data")))))
	f.Add(uint16(LinkRaw), []byte(in4(ProtocolTCP, string(segment(15, FlagSYN|FlagACK, "")))))
	f.Add(uint16(LinkRaw), []byte(in4(ProtocolIPv4, inner)))
	f.Add(uint16(LinkRaw), []byte(in4(ProtocolGRE, "\x80\x00"+ipv4Type+"\xab\xcd\x00\x00"+inner)))
	f.Add(uint16(LinkRaw), []byte(in4(ProtocolUDP, to(PortVXLAN)+"\x08\x00\x00\x00\x00\x00\x07\x00"+macs+ipv4Type+inner)))
	f.Add(uint16(LinkRaw), []byte(in4(ProtocolUDP, to(PortVXLAN)+"\x08\x00\x00\x00\x00\x00\x07\x00"+macs+"\x08\x06"+udp+"data")))
	f.Fuzz(func(t *testing.T, linkType uint16, packet []byte) {
		var h Headers
		all.Decode(&h, linkType, packet)
		if c := h.Payload(packet); !strings.Contains(string(packet), string(c)) || c.Failed() != (h.Truncated || h.UnknownLink) {
			t.Errorf("payload %x of %x", c, packet)
		}
		ip := h.IP(packet)
		if ip.Version != h.Version || len(ip.Extensions) > 0 && ip.Version != 6 {
			t.Errorf("%+v in %+v", ip, h)
		}
		if tcp, ok := h.TCP(packet); ok && (tcp.Seq != h.Seq || tcp.Flags != h.TCPFlags || tcp.Options.Failed() != h.Truncated) {
			t.Errorf("%+v in %+v", tcp, h)
		}
		// Of both directions, or of what comes behind: one value for all.
		k, hash := h.Key(packet), h.Hash(packet)
		if (k.Version == 0) != (hash == 0) || k.SrcPort != h.SrcPort {
			t.Errorf("%+v has hash %d", k, hash)
		}
		again := Headers{tunnelCount: 4, SrcPort: 9, Seq: 9, Version: 6}
		all.Decode(&again, linkType, packet)
		if again != h {
			t.Errorf("first %+v, then %+v", h, again)
		}
	})
}
