package packet

import (
	"encoding/binary"

	"merctools/lib/wire"
)

// Types of Ethernet frames (IEEE 802 Numbers).
const (
	EtherTypeNone  = 0
	EtherTypeIPv4  = 0x0800
	EtherTypeARP   = 0x0806
	EtherTypeVLAN  = 0x8100 // IEEE 802.1Q
	EtherTypeIPv6  = 0x86dd
	EtherTypeMPLS  = 0x8847 // RFC 3032
	EtherTypePPPoE = 0x8864 // RFC 2516, session stage
	EtherTypeQinQ  = 0x88a8 // IEEE 802.1ad
	EtherTypeLLDP  = 0x88cc
	EtherTypeCMD   = 0x8909 // Cisco metadata, as with security group tags
	EtherTypeCDP   = 0xffff // reserved; stands for CDP, whose frames have a length and an LLC header in place of a type

	minEtherType = 0x0600 // smaller numbers are lengths
)

func isIP(etherType uint16) bool {
	return etherType == EtherTypeIPv4 || etherType == EtherTypeIPv6
}

const ethernetLen = 14 // of a header without tags

// readEthernetLink reads a frame of link type Ethernet.
func readEthernetLink(c wire.Cursor) (wire.Cursor, uint16) {
	c, t := readEthernet(c)
	if t == EtherTypePPPoE {
		return readPPPoE(c)
	}
	return c, t
}

// readEthernet reads an Ethernet header and the tags behind it: 802.1ad,
// 802.1Q, MPLS labels, Cisco metadata. It returns what is behind them and its
// type, which is EtherTypeNone where they are cut off.
func readEthernet(c wire.Cursor) (wire.Cursor, uint16) {
	if len(c) >= ethernetLen {
		if t := binary.BigEndian.Uint16(c[ethernetLen-2:]); isIP(t) {
			return c[ethernetLen:], t
		}
	}
	c.SkipUpTo(ethernetLen - 2)
	t := c.Uint16()
	if t < minEtherType && c.HasPrefix(snapCDP) {
		return c, EtherTypeCDP
	}
	// Quirk Q7: tags are read in this order only.
	if t == EtherTypeQinQ {
		c.SkipUpTo(2)
		t = c.Uint16()
	}
	for t == EtherTypeVLAN {
		c.SkipUpTo(2)
		t = c.Uint16()
	}
	if t == EtherTypeMPLS {
		skipLabels(&c)
		// Quirk Q6: MPLS always carries IP.
		t = EtherTypeIPv4
	}
	if t == EtherTypeCMD {
		c.SkipUpTo(6)
		t = c.Uint16()
	}
	if c.Failed() {
		return c, EtherTypeNone
	}
	return c, t
}

// readIPInEthernet reads an Ethernet header and reports whether an IP packet
// follows.
func readIPInEthernet(c wire.Cursor) (wire.Cursor, bool) {
	c, t := readEthernetLink(c)
	return c, isIP(t)
}

// readPPPoE reads a header of RFC 2516, section 4, and that of PPP.
func readPPPoE(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(6) // version and type, code, session, length
	return readPPP(c)
}
