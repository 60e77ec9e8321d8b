package packet

import (
	"merctools/lib/flow"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A TunnelType is a kind of tunnel that carries IP packets.
type TunnelType uint8

// The types of tunnels.
const (
	TunnelNone   TunnelType = iota
	TunnelIP                // IP in IP: no header of its own
	TunnelGRE               // RFC 2784
	TunnelGENEVE            // RFC 8926
	TunnelVXLAN             // RFC 7348

	// Only a Decoder that looks deep follows these.
	TunnelERSPAN   // draft-foschiano-erspan-03, in GRE
	TunnelEthernet // RFC 3378 and RFC 8986: frames in IP
	TunnelGTP      // 3GPP TS 29.281
	TunnelL2TP     // RFC 2661 and RFC 3931
	TunnelMPLS     // RFC 4023 and RFC 7510: over IP or UDP
	TunnelTeredo   // RFC 4380
	TunnelUDP      // IP over UDP, without a header of its own
)

var tunnelNames = [...]string{
	TunnelNone:   "none",
	TunnelIP:     "ip encapsulation",
	TunnelGRE:    "gre",
	TunnelGENEVE: "geneve",
	TunnelVXLAN:  "vxlan",

	TunnelERSPAN:   "erspan",
	TunnelEthernet: "ethernet",
	TunnelGTP:      "gtp-u",
	TunnelL2TP:     "l2tp",
	TunnelMPLS:     "mpls",
	TunnelTeredo:   "teredo",
	TunnelUDP:      "udp",
}

// String returns the name of the tunnel in records.
func (t TunnelType) String() string { return tunnelNames[t] }

// A TunnelSet is a set of types.
type TunnelSet uint32

// Add puts in a type.
func (s *TunnelSet) Add(t TunnelType) { *s |= 1 << t }

// Has reports whether a type is in the set.
func (s TunnelSet) Has(t TunnelType) bool { return s>>t&1 != 0 }

// Destination ports of the tunnels over UDP.
const (
	PortGRE    = 4754 // RFC 8086
	PortVXLAN  = 4789
	PortGENEVE = 6081
)

// udpTunnels are the tunnels over UDP, by destination port. A reader returns
// what is behind the tunnel's header, the Ethernet type of it where the header
// has one, and whether it is an IP packet.
var udpTunnels = [...]struct {
	port   uint16
	tunnel TunnelType
	read   func(wire.Cursor) (wire.Cursor, uint16, bool)
}{
	{PortGRE, TunnelGRE, readGRE},
	{PortVXLAN, TunnelVXLAN, readVXLAN},
	{PortGENEVE, TunnelGENEVE, readGENEVE},
}

// udpTunnel returns the index in udpTunnels of the tunnel that is to be
// followed, or -1.
func (d *Decoder) udpTunnel(srcPort, dstPort uint16) int {
	for i := range udpTunnels {
		if udpTunnels[i].port == dstPort {
			if d.cfg.Tunnels.Has(udpTunnels[i].tunnel) && (d.cfg.IsMessage == nil || !d.cfg.IsMessage(srcPort, dstPort)) {
				return i
			}
			return -1
		}
	}
	return -1
}

// A Tunnel is a tunnel that a packet came through.
type Tunnel struct {
	Type     TunnelType
	Protocol uint16 // Ethernet type of the payload, for GRE, ERSPAN and GENEVE
	ip       uint32 // offset of the IP header that carries the tunnel
}

// Tunnels returns the tunnels that the packet came through, the outermost
// first.
func (h *Headers) Tunnels() []Tunnel { return h.tunnels[:h.tunnelCount] }

// TunnelFields describes the member encapsulations.
var TunnelFields = []record.Field{record.A("encapsulations", "the tunnels that the packet came through, the outermost first",
	record.F("type", record.String, "ip encapsulation, gre, geneve or vxlan; with --deep also erspan, ethernet, gtp-u, l2tp, mpls, teredo, or udp, which is IP over UDP"),
	record.F("src_ip", record.Address, "where the tunnel begins"),
	record.F("dst_ip", record.Address, "where the tunnel ends"),
	record.F("protocol_type", record.Uint, "Ethernet type of what is inside, for GRE, ERSPAN and GENEVE"),
)}

// WriteTunnels writes the member encapsulations, unless there are none.
func (h *Headers) WriteTunnels(w *record.Writer, packet []byte) {
	if h.tunnelCount == 0 {
		return
	}
	w.Key("encapsulations").Array()
	for _, t := range h.Tunnels() {
		var k flow.Key
		setAddresses(&k, packet[t.ip:])
		w.Elem().Object()
		w.Key("type").Str(t.Type.String())
		k.WriteAddrs(w)
		if t.Type == TunnelGRE || t.Type == TunnelGENEVE || t.Type == TunnelERSPAN {
			w.Key("protocol_type").Uint(uint64(t.Protocol))
		}
		w.EndObject()
	}
	w.EndArray()
}

// readGRE reads a header of RFC 2784, section 2. The optional checksum is
// passed over; keys and sequence numbers (RFC 2890) are not.
func readGRE(c wire.Cursor) (wire.Cursor, uint16, bool) {
	const checksumPresent = 0x8000
	flags := c.Uint16()
	protocol := c.Uint16()
	// Quirk Q11: key and sequence number are not passed over.
	if flags&checksumPresent != 0 {
		c.SkipUpTo(4)
	}
	return c, protocol, c.Ok() && isIP(protocol)
}

// readVXLAN reads a header of RFC 7348, section 5, and the Ethernet header
// behind it.
func readVXLAN(c wire.Cursor) (wire.Cursor, uint16, bool) {
	const validNetwork = 0x08
	flags := c.Uint8()
	c.Skip(3 + 3 + 1) // reserved, network identifier, reserved
	if flags&validNetwork == 0 {
		return c, EtherTypeNone, false
	}
	c, ok := readIPInEthernet(c)
	return c, EtherTypeNone, ok
}

// readGENEVE reads a header of RFC 8926, section 3.4, and the link header
// behind it, if there is one.
func readGENEVE(c wire.Cursor) (wire.Cursor, uint16, bool) {
	options := int(c.Uint8() & 0x3f)
	c.Skip(1)
	protocol := c.Uint16()
	c.Skip(3 + 1) // network identifier, reserved
	c.Skip(4 * options)
	switch protocol {
	case etherTypeEthernet:
		c, ok := readIPInEthernet(c)
		return c, protocol, ok
	// Quirk Q12: RFC 8926 knows no such payload.
	case EtherTypeNone:
		c, t := readLoopback(c)
		return c, protocol, t != EtherTypeNone
	}
	return c, protocol, isIP(protocol)
}
