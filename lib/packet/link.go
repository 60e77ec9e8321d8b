package packet

import (
	"strconv"

	"merctools/lib/wire"
)

// Link types of capture files (the LINKTYPE values of pcap) that can be read.
const (
	LinkNull     = 0   // BSD loopback: a protocol family in the byte order of the host
	LinkEthernet = 1   // IEEE 802.3
	LinkPPP      = 9   // RFC 1661, with or without HDLC framing
	LinkRawBSD   = 12  // IPv4 or IPv6; the number that some systems use for LinkRaw
	LinkRawOpen  = 14  // the same on other systems
	LinkRaw      = 101 // IPv4 or IPv6
	Link80211    = 105 // IEEE 802.11
	LinkLoop     = 108 // OpenBSD loopback: a protocol family in network byte order
	LinkSLL      = 113 // Linux cooked capture
	LinkRadiotap = 127 // IEEE 802.11 behind a radiotap header
	LinkIPv4     = 228
	LinkIPv6     = 229
	LinkSLL2     = 276 // Linux cooked capture, version 2
)

// A linkType is what is known of a link type. read returns what a frame
// carries, and its Ethernet type: EtherTypeNone where the frame is cut off or
// carries nothing that has one. It is nil where nothing can read the frames.
type linkType struct {
	name string
	read func(wire.Cursor) (wire.Cursor, uint16)
}

// linkTypes are the link types by number. A new one is a line here.
var linkTypes = [...]linkType{
	LinkNull:     {"BSD loopback", readLoopback},
	LinkEthernet: {"Ethernet", readEthernetLink},
	6:            {"IEEE 802.5 token ring", readTokenRing},
	7:            {"ARCNET", nil},
	8:            {"SLIP", readSLIP},
	LinkPPP:      {"PPP", readPPP},
	10:           {"FDDI", readFDDI},
	LinkRawBSD:   {"raw IP", readRaw},
	LinkRawOpen:  {"raw IP", readRaw},
	50:           {"PPP in HDLC framing", readPPPOrHDLC},
	51:           {"PPPoE", readPPPoE},
	100:          {"RFC 1483 ATM", readLLC},
	LinkRaw:      {"raw IP", readRaw},
	104:          {"Cisco HDLC", readCiscoHDLC},
	Link80211:    {"IEEE 802.11", read80211},
	107:          {"Frame Relay", readFrameRelay},
	LinkLoop:     {"OpenBSD loopback", readLoopback},
	109:          {"OpenBSD enc", readEnc},
	LinkSLL:      {"Linux cooked capture", readCooked},
	114:          {"LocalTalk", nil},
	117:          {"OpenBSD pflog", readPFLog},
	119:          {"IEEE 802.11 with PRISM header", readPRISM},
	122:          {"IP over Fibre Channel", readFibreChannel},
	123:          {"SunATM", readSunATM},
	LinkRadiotap: {"IEEE 802.11 with radiotap header", readRadiotap},
	129:          {"Linux ARCNET", nil},
	138:          {"IP over IEEE 1394", readFireWire},
	139:          {"MTP2 with pseudo-header", nil},
	140:          {"MTP2", nil},
	141:          {"MTP3", nil},
	142:          {"SCCP", nil},
	143:          {"DOCSIS", readDOCSIS},
	144:          {"Linux IrDA", nil},
	149:          {"Apple pktap", readPKTAP},
	163:          {"IEEE 802.11 with AVS header", readAVS},
	166:          {"PPP of pppd", readPPPD},
	169:          {"GPRS LLC", nil},
	177:          {"Linux LAPD", nil},
	187:          {"Bluetooth HCI", nil},
	189:          {"Linux USB", nil},
	192:          {"PPI", readPPI},
	195:          {"IEEE 802.15.4", nil},
	201:          {"Bluetooth HCI with direction", nil},
	203:          {"LAPD", nil},
	204:          {"PPP with direction", readDirectedPPP},
	205:          {"Cisco HDLC with direction", readDirectedHDLC},
	206:          {"Frame Relay with direction", readDirectedFrameRelay},
	207:          {"LAPB with direction", nil},
	219:          {"MPLS", readMPLS},
	220:          {"Linux USB, padded", nil},
	226:          {"Solaris IPNET", readIPNET},
	227:          {"CAN", nil},
	LinkIPv4:     {"IPv4", readRaw},
	LinkIPv6:     {"IPv6", readRaw},
	230:          {"IEEE 802.15.4 without FCS", nil},
	239:          {"Linux NFLOG", readNFLOG},
	240:          {"Hilscher netANALYZER", readNetANALYZER},
	241:          {"Hilscher netANALYZER, transparent", readNetANALYZERTransparent},
	242:          {"IP over InfiniBand", readInfiniBand},
	247:          {"InfiniBand", nil},
	248:          {"SCTP", nil},
	249:          {"USBPcap", nil},
	251:          {"Bluetooth Low Energy", nil},
	252:          {"Wireshark upper-layer PDU", nil},
	253:          {"Linux netlink", nil},
	256:          {"Bluetooth Low Energy with pseudo-header", nil},
	258:          {"Apple pktap", readPKTAP},
	271:          {"Linux vsock", nil},
	274:          {"Ethernet mPacket", readMPacket},
	LinkSLL2:     {"Linux cooked capture, version 2", readCooked2},
}

// CanRead reports whether packets of a link type can be read.
func CanRead(linkType uint16) bool {
	return int(linkType) < len(linkTypes) && linkTypes[linkType].read != nil
}

// LinkTypeName returns the name of a link type, such as "IEEE 802.11"; where
// it has none here, its number: "link type 147".
func LinkTypeName(linkType uint16) string {
	if int(linkType) < len(linkTypes) && linkTypes[linkType].name != "" {
		return linkTypes[linkType].name
	}
	return "link type " + strconv.Itoa(int(linkType))
}

// readRaw reads nothing: the frame is an IP packet.
func readRaw(c wire.Cursor) (wire.Cursor, uint16) { return c, EtherTypeIPv4 }

// readPPP reads the framing and the protocol field (RFC 1661, section 2; RFC
// 1662), either of which may be compressed.
func readPPP(c wire.Cursor) (wire.Cursor, uint16) {
	protocol := pppProtocol(&c)
	switch {
	case c.Failed():
		return c, EtherTypeNone
	case protocol == pppIPv4:
		return c, EtherTypeIPv4
	case protocol == pppIPv6:
		return c, EtherTypeIPv6
	}
	return c, EtherTypeNone
}

// Numbers of protocols that PPP carries.
const (
	pppIPv4    = 0x0021
	pppBridged = 0x0031 // RFC 3518
	pppIPv6    = 0x0057
	pppMPLS    = 0x0281 // RFC 3032
)

// pppProtocol reads up to the protocol field, and returns it.
func pppProtocol(c *wire.Cursor) uint16 {
	const (
		flag    = 0x7e
		address = 0xff
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
	if b&1 != 0 {
		return uint16(c.Uint8())
	}
	return c.Uint16()
}

func readCooked(c wire.Cursor) (wire.Cursor, uint16)  { return cookedIP(cookedHeader(c)) }
func readCooked2(c wire.Cursor) (wire.Cursor, uint16) { return cookedIP(cooked2Header(c)) }

// cookedHeader reads the header of a Linux cooked capture: it returns what is
// behind it, the type of the hardware, and that of what is behind.
func cookedHeader(c wire.Cursor) (rest wire.Cursor, hardware, t uint16) {
	c.Skip(2) // packet type
	hardware = c.Uint16()
	c.Skip(2 + 8) // address
	t = c.Uint16()
	return c, hardware, t
}

// cooked2Header reads the header of version 2.
func cooked2Header(c wire.Cursor) (rest wire.Cursor, hardware, t uint16) {
	t = c.Uint16()
	c.Skip(2 + 4) // reserved, interface
	hardware = c.Uint16()
	c.Skip(1 + 1 + 8) // packet type, address
	return c, hardware, t
}

// cookedIP returns the type of what is behind the header, if that is IP and
// the hardware type one that has Ethernet types.
func cookedIP(c wire.Cursor, hardware, t uint16) (wire.Cursor, uint16) {
	const (
		ethernet = 1
		loopback = 772
	)
	// Quirk Q8: other hardware carries IP, too.
	if c.Ok() && (hardware == ethernet || hardware == loopback) && isIP(t) {
		return c, t
	}
	return c, EtherTypeNone
}

// readLoopback reads the protocol family of a loopback header, in either byte
// order: that of the host is not known.
func readLoopback(c wire.Cursor) (wire.Cursor, uint16) {
	switch c.Uint32() {
	case 2, 2 << 24:
		return c, EtherTypeIPv4
	case 24, 24 << 24, 28, 28 << 24, 30, 30 << 24:
		return c, EtherTypeIPv6
	}
	return c, EtherTypeNone
}
