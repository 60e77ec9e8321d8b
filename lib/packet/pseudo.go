package packet

import (
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"merctools/lib/wire"
)

// Headers that operating systems put before packets.

// readPFLog reads the header of OpenBSD's packet filter.
func readPFLog(c wire.Cursor) (wire.Cursor, uint16) {
	h, err := decodePFLog(c)
	if err != nil {
		return nil, EtherTypeNone
	}
	c.Skip(len(h.Contents))
	return readFamily(c, uint32(h.Family))
}

func decodePFLog(packet []byte) (h layers.PFLog, err error) {
	defer rescue(&err)
	err = h.DecodeFromBytes(packet, gopacket.NilDecodeFeedback)
	return h, err
}

// readEnc reads the header of OpenBSD's enc interfaces: family, in the order
// of the host, SPI and flags.
func readEnc(c wire.Cursor) (wire.Cursor, uint16) {
	c, t := readLoopback(c)
	c.Skip(4 + 4)
	if c.Failed() {
		return nil, EtherTypeNone
	}
	return c, t
}

// readIPNET reads the header of Solaris's IP observability: version, family,
// and more of 24 bytes together.
func readIPNET(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(1)
	family := c.Uint8()
	c.Skip(22)
	return readFamily(c, uint32(family))
}

// readFamily says what a number of an address family means. For IPv6 each
// system has its own.
func readFamily(c wire.Cursor, family uint32) (wire.Cursor, uint16) {
	switch {
	case c.Failed():
	case family == 2:
		return c, EtherTypeIPv4
	case family == 10, family == 24, family == 26, family == 28, family == 30:
		return c, EtherTypeIPv6
	}
	return nil, EtherTypeNone
}

// readNFLOG reads what Linux's NFLOG target gives: family, version and group,
// then attributes, whose lengths and types have the order of the host, that
// is, mostly, little-endian. One of them is the packet.
func readNFLOG(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		version0  = 0
		payload   = 9
		attribute = 4      // bytes of length and type, which count
		kinds     = 0x3fff // the rest are flags
		maxKind   = 0x00ff // types are small: in the other order they are not
	)
	family := c.Uint8()
	version := c.Uint8()
	c.Skip(2)
	if c.Failed() || version != version0 {
		return nil, EtherTypeNone
	}
	for c.More() {
		big := c
		size, kind := int(c.Uint16LE()), c.Uint16LE()&kinds
		if kind > maxKind {
			size, kind = int(big.Uint16()), big.Uint16()&kinds
		}
		switch {
		case c.Failed() || size < attribute:
			return nil, EtherTypeNone
		case kind == payload:
			return readFamily(c, uint32(family))
		}
		c.Skip((size+3)&^3 - attribute)
	}
	return nil, EtherTypeNone
}

// readPKTAP reads the header of Apple's pktap interfaces, which says of which
// link type the packet is; numbers are little-endian.
func readPKTAP(c wire.Cursor) (wire.Cursor, uint16) {
	const isPacket = 1
	head := c
	size, record, linkType := head.Uint32LE(), head.Uint32LE(), head.Uint32LE()
	if head.Failed() || record != isPacket || size < 12 || int64(size) > int64(len(c)) {
		return nil, EtherTypeNone
	}
	c.Skip(int(size))
	return readInner(c, linkType)
}

// readPPI reads a per-packet information header, which says of which link
// type the packet is; numbers are little-endian.
func readPPI(c wire.Cursor) (wire.Cursor, uint16) {
	head := c
	head.Skip(1 + 1) // version, flags
	size, linkType := head.Uint16LE(), head.Uint32LE()
	if head.Failed() || size < 8 || int(size) > len(c) {
		return nil, EtherTypeNone
	}
	c.Skip(int(size))
	return readInner(c, linkType)
}

// readInner reads a packet of a link type that another header names: one of
// those that such headers are put before.
func readInner(c wire.Cursor, linkType uint32) (wire.Cursor, uint16) {
	switch linkType {
	case LinkNull, LinkLoop:
		return readLoopback(c)
	case LinkEthernet:
		return readEthernetIn(c)
	case LinkPPP:
		return readPPP(c)
	case LinkRawBSD, LinkRawOpen, LinkRaw, LinkIPv4, LinkIPv6:
		return readRaw(c)
	case Link80211:
		return read80211(c)
	case LinkRadiotap:
		return readRadiotap(c)
	}
	return nil, EtherTypeNone
}
