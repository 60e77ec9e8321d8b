// Package tunnel reads the headers of tunnels that carry IP packets: GRE,
// GENEVE, VXLAN, and IP in IP.
package tunnel

import (
	"merctools/lib/link"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Type is a kind of tunnel.
type Type uint8

// The types.
const (
	IP     Type = iota // IP in IP: no header of its own
	GRE                // RFC 2784
	GENEVE             // RFC 8926
	VXLAN              // RFC 7348
)

// String is the name of the tunnel in records.
func (t Type) String() string {
	return [...]string{"ip encapsulation", "gre", "geneve", "vxlan"}[t]
}

// Ports of the tunnels over UDP.
const (
	PortGRE    = 4754 // RFC 8086
	PortVXLAN  = 4789
	PortGENEVE = 6081
)

// A Header is the header of a tunnel.
type Header struct {
	Type     Type
	Protocol uint16 // Ethernet type of the payload, for GRE and GENEVE
}

// ParseUDP reads the header of the tunnel that a UDP port stands for, and
// reports whether an IP packet follows.
func (h *Header) ParseUDP(c *wire.Cursor, port uint16) bool {
	switch port {
	case PortVXLAN:
		return h.parseVXLAN(c)
	case PortGENEVE:
		return h.parseGENEVE(c)
	}
	return h.ParseGRE(c)
}

// ParseGRE reads a header of RFC 2784, section 2. The optional checksum is
// passed over; keys and sequence numbers (RFC 2890) are not.
func (h *Header) ParseGRE(c *wire.Cursor) bool {
	const checksumPresent = 0x8000
	h.Type = GRE
	flags := c.Uint16()
	h.Protocol = c.Uint16()
	if flags&checksumPresent != 0 {
		c.SkipUpTo(4)
	}
	return c.Ok() && isIP(h.Protocol)
}

// parseVXLAN follows RFC 7348, section 5.
func (h *Header) parseVXLAN(c *wire.Cursor) bool {
	const validNetwork = 0x08
	h.Type = VXLAN
	flags := c.Uint8()
	c.Skip(3 + 3 + 1) // reserved, network identifier, reserved
	return flags&validNetwork != 0 && link.IPInEthernet(c)
}

// parseGENEVE follows RFC 8926, section 3.4.
func (h *Header) parseGENEVE(c *wire.Cursor) bool {
	const ethernet = 0x6558
	h.Type = GENEVE
	options := int(c.Uint8() & 0x3f)
	c.Skip(1)
	h.Protocol = c.Uint16()
	c.Skip(3 + 1) // network identifier, reserved
	c.Skip(4 * options)
	switch h.Protocol {
	case ethernet:
		return link.IPInEthernet(c)
	case link.TypeNone:
		return link.Loopback(c) != link.TypeNone
	}
	return isIP(h.Protocol)
}

func isIP(ethernetType uint16) bool {
	return ethernetType == link.TypeIPv4 || ethernetType == link.TypeIPv6
}

// WriteRecord writes the header's members.
func (h *Header) WriteRecord(w *record.Writer) {
	if h.Type == GRE || h.Type == GENEVE {
		w.Key("protocol_type").Uint(uint64(h.Protocol))
	}
}
