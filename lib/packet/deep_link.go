package packet

import "merctools/lib/wire"

// More types of Ethernet frames, which only deep reads.
const (
	etherTypeNSH       = 0x894f // RFC 8300
	etherTypeETag      = 0x893f // IEEE 802.1BR
	etherTypeITag      = 0x88e7 // IEEE 802.1ah
	etherTypeMACsec    = 0x88e5 // IEEE 802.1AE
	etherTypeMPLSMulti = 0x8848
	etherTypeOldQinQ   = 0x9100
	etherTypeOldQinQ2  = 0x9200
	etherTypeOldQinQ3  = 0x9300
	etherTypePPP       = 0x880b
	etherTypeEthernet  = 0x6558 // a whole frame; RFC 1701
	etherTypeWCCP      = 0x883e
	etherTypeERSPAN    = 0x88be // types I and II
	etherTypeERSPAN3   = 0x22eb
)

// step reports whether one more header may be read.
func (d *deep) step() bool {
	d.steps--
	return d.steps >= 0
}

// link reads the header of a link type and what is between it and IP. Its
// results are those of a linkType's read.
func (d *deep) link(linkType uint16, c wire.Cursor) (wire.Cursor, uint16) {
	const pppoe, mpls = 51, 219
	switch linkType {
	case LinkEthernet:
		return d.ethernet(c)
	case LinkPPP:
		return d.ppp(c)
	case pppoe:
		c.Skip(6)
		return d.ppp(c)
	case LinkSLL:
		return d.cooked(cookedHeader(c))
	case LinkSLL2:
		return d.cooked(cooked2Header(c))
	case mpls:
		return d.mpls(c)
	}
	c, t := linkTypes[linkType].read(c)
	if t == EtherTypeNone {
		return c, t
	}
	return d.typed(c, t)
}

// cooked goes on behind the header of a Linux cooked capture. Hardware of
// nearly all types has Ethernet types.
func (d *deep) cooked(c wire.Cursor, hardware, t uint16) (wire.Cursor, uint16) {
	const (
		ieee80211 = 801 // and with headers of adapters, up to radiotap
		radiotap  = 803
		netlink   = 824
		llc       = 0x0004
	)
	switch {
	case c.Failed(), hardware == netlink, hardware >= ieee80211 && hardware <= radiotap:
		return c, EtherTypeNone
	case t == llc:
		return d.llc(c)
	case t < minEtherType:
		return c, EtherTypeNone
	}
	return d.typed(c, t)
}

// ethernet reads an Ethernet header and what is between it and IP.
func (d *deep) ethernet(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(6 + 6)
	t := c.Uint16()
	return d.typed(c, t)
}

// typed goes on behind an Ethernet type: through tags, labels and frames
// inside frames, in any order.
func (d *deep) typed(c wire.Cursor, t uint16) (wire.Cursor, uint16) {
	for d.step() && c.Ok() {
		switch t {
		case EtherTypeVLAN, EtherTypeQinQ, etherTypeOldQinQ, etherTypeOldQinQ2, etherTypeOldQinQ3:
			c.Skip(2)
		case etherTypeITag:
			c.Skip(4 + 6 + 6) // service, addresses of the customer
		case etherTypeETag, EtherTypeCMD:
			c.Skip(6)
		case etherTypeMACsec:
			const explicit, encrypted, changed = 0x20, 0x08, 0x04
			control := c.Uint8()
			if control&(encrypted|changed) != 0 {
				return nil, EtherTypeNone
			}
			c.Skip(1 + 4) // short length, packet number
			if control&explicit != 0 {
				c.Skip(8)
			}
		case etherTypeEthernet:
			c.Skip(6 + 6)
		case EtherTypeMPLS, etherTypeMPLSMulti:
			return d.mpls(c)
		case EtherTypePPPoE:
			c.Skip(6) // version and type, code, session, length
			return d.ppp(c)
		case etherTypePPP:
			return d.ppp(c)
		case etherTypeNSH:
			c, t = d.nsh(c)
			continue
		default:
			if t < minEtherType && t != EtherTypeNone {
				return d.llc(c)
			}
			return c, t
		}
		t = c.Uint16()
	}
	return nil, EtherTypeNone
}

// llc reads an LLC header (IEEE 802.2), with that of SNAP behind it.
func (d *deep) llc(c wire.Cursor) (wire.Cursor, uint16) {
	if c.HasPrefix(snapCDP) {
		return c, EtherTypeCDP
	}
	if !d.step() || !skipPrefix(&c, snap) {
		return readLLC(c)
	}
	organization, t := c.Uint24(), c.Uint16()
	switch {
	case c.Failed():
	case isTyped(organization):
		if t >= minEtherType {
			return d.typed(c, t)
		}
	case isBridged(organization, t):
		c.Skip(2)
		return d.ethernet(c)
	}
	return nil, EtherTypeNone
}

// ppp reads the header of PPP, and what is between it and IP.
func (d *deep) ppp(c wire.Cursor) (wire.Cursor, uint16) {
	protocol := pppProtocol(&c)
	switch {
	case c.Failed() || !d.step():
	case protocol == pppIPv4:
		return c, EtherTypeIPv4
	case protocol == pppIPv6:
		return c, EtherTypeIPv6
	case protocol == pppMPLS:
		return d.mpls(c)
	case protocol == pppBridged:
		c.Skip(1 + 1) // flags, type of the frame
		return d.ethernet(c)
	}
	return nil, EtherTypeNone
}

// nsh reads the network service header of RFC 8300, section 2.
func (d *deep) nsh(c wire.Cursor) (wire.Cursor, uint16) {
	head := c
	size := int(head.Uint16()&0x3f) * 4
	head.Skip(1) // type of metadata
	next := head.Uint8()
	if size < 8 {
		return nil, EtherTypeNone
	}
	c.Skip(size)
	return c, servicePayload(next)
}

// servicePayload is the Ethernet type of what a network service header or
// VXLAN-GPE says that it carries.
func servicePayload(next uint8) uint16 {
	types := [...]uint16{1: EtherTypeIPv4, 2: EtherTypeIPv6, 3: etherTypeEthernet, 4: etherTypeNSH, 5: EtherTypeMPLS}
	if int(next) < len(types) {
		return types[next]
	}
	return EtherTypeNone
}

// mpls reads a stack of labels (RFC 3032, section 2.1) and finds out what it
// carries, since no label says so: an IP packet, an Ethernet frame behind a
// control word (RFC 4448, section 4.6), or without one.
func (d *deep) mpls(c wire.Cursor) (wire.Cursor, uint16) {
	if skipLabels(&c); c.Failed() || !d.step() {
		return nil, EtherTypeNone
	}
	if isPacket(c) {
		return c, EtherTypeIPv4
	}
	first, _ := c.Peek()
	if first>>4 == 0 {
		behind := c
		behind.Skip(4)
		if inner, t := d.ethernet(behind); isIP(t) && isPacket(inner) {
			return inner, t
		}
	}
	if inner, t := d.ethernet(c); isIP(t) && isPacket(inner) {
		return inner, t
	}
	if mayBePacket(c) {
		return c, EtherTypeIPv4
	}
	return nil, EtherTypeNone
}
