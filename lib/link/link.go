// Package link finds the network packet in a frame: link types of capture
// files, and what lies between an Ethernet header and the packet.
package link

import "merctools/lib/wire"

// Link types of capture files (the LINKTYPE values of pcap).
const (
	Null     = 0   // BSD loopback: a protocol family in the byte order of the host
	Ethernet = 1   // IEEE 802.3
	PPP      = 9   // RFC 1661, with or without HDLC framing
	RawBSD   = 12  // IPv4 or IPv6; the number that some systems use for Raw
	RawOpen  = 14  // the same on other systems
	Raw      = 101 // IPv4 or IPv6
	Loop     = 108 // OpenBSD loopback: a protocol family in network byte order
	SLL      = 113 // Linux cooked capture
	IPv4     = 228
	IPv6     = 229
	SLL2     = 276 // Linux cooked capture, version 2
)

// Types of Ethernet frames (IEEE 802 Numbers).
const (
	TypeNone  = 0
	TypeIPv4  = 0x0800
	TypeARP   = 0x0806
	TypeVLAN  = 0x8100 // IEEE 802.1Q
	TypeIPv6  = 0x86dd
	TypeMPLS  = 0x8847 // RFC 3032
	TypePPPoE = 0x8864 // RFC 2516, session stage
	TypeQinQ  = 0x88a8 // IEEE 802.1ad
	TypeLLDP  = 0x88cc
	TypeCMD   = 0x8909 // Cisco metadata, as with security group tags
	TypeCDP   = 0xffff // reserved; stands for CDP, whose frames have a length and an LLC header in place of a type

	minType = 0x0600 // smaller numbers are lengths
)

// Frame leaves in c what a frame of the given link type carries, and returns
// the Ethernet type of it: TypeIPv4 or TypeIPv6 (which of them does not
// matter: the packet's first bits decide), the type of another protocol, or
// TypeNone where there is nothing known.
func Frame(linkType uint16, c *wire.Cursor) uint16 {
	switch linkType {
	case Ethernet:
		t := EthernetFrame(c)
		if t == TypePPPoE {
			return pppoe(c)
		}
		return t
	case Raw, RawBSD, RawOpen, IPv4, IPv6:
		return TypeIPv4
	case PPP:
		return ppp(c)
	case SLL:
		return cooked(c)
	case SLL2:
		return cooked2(c)
	case Null, Loop:
		return Loopback(c)
	}
	return TypeNone
}

// EthernetFrame reads an Ethernet header and the tags behind it: 802.1ad,
// 802.1Q, MPLS labels, Cisco metadata.
func EthernetFrame(c *wire.Cursor) uint16 {
	c.SkipUpTo(12)
	t := c.Uint16()
	if t < minType && c.HasPrefix("\xaa\xaa\x03\x00\x00\x0c\x20\x00") {
		return TypeCDP
	}
	if t == TypeQinQ {
		c.SkipUpTo(2)
		t = c.Uint16()
	}
	for t == TypeVLAN {
		c.SkipUpTo(2)
		t = c.Uint16()
	}
	if t == TypeMPLS {
		const bottomOfStack = 0x100
		for c.Ok() && c.Uint32()&bottomOfStack == 0 {
		}
		t = TypeIPv4
	}
	if t == TypeCMD {
		c.SkipUpTo(6)
		t = c.Uint16()
	}
	if c.Failed() {
		return TypeNone
	}
	return t
}

// IPInEthernet reads an Ethernet header and reports whether an IP packet
// follows.
func IPInEthernet(c *wire.Cursor) bool {
	switch t := EthernetFrame(c); t {
	case TypeIPv4, TypeIPv6:
		return true
	case TypePPPoE:
		return pppoe(c) != TypeNone
	}
	return false
}

func pppoe(c *wire.Cursor) uint16 {
	c.Skip(6) // version and type, code, session, length
	return ppp(c)
}

// ppp reads the framing and the protocol field (RFC 1661, section 2; RFC
// 1662), either of which may be compressed.
func ppp(c *wire.Cursor) uint16 {
	const (
		flag    = 0x7e
		address = 0xff
		ipv4    = 0x0021
		ipv6    = 0x0057
	)
	b, _ := c.Peek()
	if b == flag {
		c.Skip(1)
		b, _ = c.Peek()
	}
	if b == address {
		c.Skip(2) // and the control field
		b, _ = c.Peek()
	}
	var protocol uint16
	if b&1 != 0 {
		protocol = uint16(c.Uint8())
	} else {
		protocol = c.Uint16()
	}
	switch {
	case c.Failed():
		return TypeNone
	case protocol == ipv4:
		return TypeIPv4
	case protocol == ipv6:
		return TypeIPv6
	}
	return TypeNone
}

// Hardware types of cooked captures that carry Ethernet types.
const (
	hardwareEthernet = 1
	hardwareLoopback = 772
)

func cooked(c *wire.Cursor) uint16 {
	c.Skip(2) // packet type
	hardware := c.Uint16()
	c.Skip(2 + 8) // address
	return cookedType(c, hardware, c.Uint16())
}

func cooked2(c *wire.Cursor) uint16 {
	t := c.Uint16()
	c.Skip(2 + 4) // reserved, interface
	hardware := c.Uint16()
	c.Skip(1 + 1 + 8) // packet type, address
	return cookedType(c, hardware, t)
}

func cookedType(c *wire.Cursor, hardware, t uint16) uint16 {
	if c.Ok() && (hardware == hardwareEthernet || hardware == hardwareLoopback) && (t == TypeIPv4 || t == TypeIPv6) {
		return t
	}
	return TypeNone
}

// Loopback reads the protocol family of a loopback header, in either byte
// order: that of the host is not known.
func Loopback(c *wire.Cursor) uint16 {
	switch c.Uint32() {
	case 2, 2 << 24:
		return TypeIPv4
	case 24, 24 << 24, 28, 28 << 24, 30, 30 << 24:
		return TypeIPv6
	}
	return TypeNone
}
