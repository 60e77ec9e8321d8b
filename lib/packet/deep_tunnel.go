package packet

import (
	"merctools/lib/wire"
)

// Numbers of protocols that only deep looks into.
const (
	protocolEtherIP  = 97  // RFC 3378
	protocolL2TP     = 115 // RFC 3931
	protocolMPLS     = 137 // RFC 4023
	protocolEthernet = 143 // RFC 8986
)

// Ports of tunnels over UDP that only deep looks into.
const (
	portL2TP     = 1701
	portGTP      = 2152
	portTeredo   = 3544
	portVXLANGPE = 4790
	portGUE      = 6080
	portMPLS     = 6635
	portVXLANOld = 8472 // of Linux before RFC 7348
)

// tunnel reads the header of a tunnel, with c behind the innermost IP or UDP
// header. ok is false where there is no tunnel, or no IP packet in it.
func (d *deep) tunnel(c wire.Cursor) (inner wire.Cursor, t Tunnel, ok bool) {
	h := d.h
	if c.Failed() || !d.step() {
		return nil, t, false
	}
	var etherType uint16
	sure := true // of the tunnel: what is inside need not be proved
	switch h.Protocol {
	case ProtocolUDP:
		if !h.HasTransport {
			return nil, t, false
		}
		return d.overUDP(c)
	case ProtocolIPv4, ProtocolIPv6:
		t.Type = TunnelIP
		inner, etherType = c, EtherTypeIPv4
	case ProtocolGRE:
		inner, etherType = d.gre(c, &t)
	case protocolEtherIP:
		t.Type = TunnelEthernet
		const version3 = 0x3000
		if c.Uint16() == version3 {
			inner, etherType = d.ethernet(c)
		}
	case protocolEthernet:
		t.Type = TunnelEthernet
		inner, etherType = d.ethernet(c)
	case protocolMPLS:
		t.Type = TunnelMPLS
		inner, etherType = d.mpls(c)
	case protocolL2TP:
		t.Type = TunnelL2TP
		session := c.Uint32()
		if session != 0 { // that of control messages
			inner, etherType = d.pseudowire(c)
		}
		sure = false
	}
	return inner, t, isIP(etherType) && (isPacket(inner) || sure && mayBePacket(inner))
}

// overUDP is tunnel for what a UDP header is before. Either port says what it
// may be, the destination's first.
func (d *deep) overUDP(c wire.Cursor) (inner wire.Cursor, t Tunnel, ok bool) {
	h := d.h
	isMessage := d.decoder.cfg.IsMessage != nil && d.decoder.cfg.IsMessage(h.SrcPort, h.DstPort)
	for i, port := range [...]uint16{h.DstPort, h.SrcPort} {
		var etherType uint16
		sure := i == 0 && !isMessage
		t = Tunnel{}
		switch port {
		case PortVXLAN, portVXLANOld, portVXLANGPE:
			t.Type = TunnelVXLAN
			inner, etherType = d.vxlan(c)
		case PortGENEVE:
			t.Type = TunnelGENEVE
			inner, etherType = d.geneve(c, &t)
		case PortGRE:
			inner, etherType = d.gre(c, &t)
		case portGTP:
			t.Type = TunnelGTP
			inner, etherType = d.gtp(c)
		case portL2TP:
			t.Type = TunnelL2TP
			inner, etherType = d.l2tp(c)
			sure = false
		case portTeredo:
			t.Type = TunnelTeredo
			inner, etherType = teredo(c)
			sure = false
		case portMPLS:
			t.Type = TunnelMPLS
			inner, etherType = d.mpls(c)
			sure = false
		case portGUE:
			t.Type = TunnelUDP
			inner, etherType = gue(c)
			sure = false
		}
		if isIP(etherType) && (isPacket(inner) || sure && mayBePacket(inner)) {
			return inner, t, true
		}
	}
	if !isMessage && fills(c) && isPacket(c) {
		return c, Tunnel{Type: TunnelUDP}, true
	}
	return nil, Tunnel{}, false
}

// gre reads a header of GRE, version 0 with what RFC 1701 and RFC 2890 put in
// it, or version 1, that of PPTP (RFC 2637, section 4.1); then that of ERSPAN.
func (d *deep) gre(c wire.Cursor, t *Tunnel) (wire.Cursor, uint16) {
	const (
		checksumPresent = 0x8000
		routingPresent  = 0x4000
		keyPresent      = 0x2000
		sequencePresent = 0x1000
		ackPresent      = 0x0080
		version         = 0x0007
	)
	flags := c.Uint16()
	t.Type, t.Protocol = TunnelGRE, c.Uint16()
	skipIf := func(present uint16) {
		if flags&present != 0 {
			c.Skip(4)
		}
	}
	if flags&version == 1 {
		c.Skip(4) // length, call
		skipIf(sequencePresent)
		skipIf(ackPresent)
		return d.typed(c, t.Protocol)
	}
	skipIf(checksumPresent | routingPresent)
	skipIf(keyPresent)
	skipIf(sequencePresent)
	if flags&routingPresent != 0 {
		for c.Ok() {
			family := c.Uint16()
			c.Skip(1)
			size := int(c.Uint8())
			c.Skip(size)
			if family == 0 && size == 0 {
				break
			}
		}
	}
	switch {
	case c.Failed() || flags&version != 0:
		return nil, EtherTypeNone
	case t.Protocol == etherTypeERSPAN:
		t.Type = TunnelERSPAN
		if inner, etherType := d.ethernet(c); flags&sequencePresent == 0 || isIP(etherType) && isPacket(inner) {
			return inner, etherType // type I has no header
		}
		return d.erspan(c)
	case t.Protocol == etherTypeERSPAN3:
		t.Type = TunnelERSPAN
		return d.erspan(c)
	case t.Protocol == etherTypeWCCP:
		if !mayBePacket(c) {
			c.Skip(4) // redirect header, of version 2
		}
		return c, EtherTypeIPv4
	}
	return d.typed(c, t.Protocol)
}

// erspan reads a header of ERSPAN, type II or III, whose versions are 1 and 2
// (draft-foschiano-erspan-03, section 4).
func (d *deep) erspan(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		size2, size3 = 8, 12
		subheader    = 0x0001
		frameTypes   = 0x7c00
		ipFrame      = 2 << 10
	)
	first, _ := c.Peek()
	switch first >> 4 {
	case 1:
		c.Skip(size2)
	case 2:
		c.Skip(size3 - 2)
		flags := c.Uint16()
		if flags&subheader != 0 {
			c.Skip(8)
		}
		if flags&frameTypes == ipFrame {
			return c, EtherTypeIPv4
		}
	default:
		return nil, EtherTypeNone
	}
	return d.ethernet(c)
}

// vxlan reads a header of RFC 7348, section 5, or of its generic extension
// (draft-ietf-nvo3-vxlan-gpe), which says what it carries.
func (d *deep) vxlan(c wire.Cursor) (wire.Cursor, uint16) {
	const validNetwork, nextProtocol = 0x08, 0x04
	flags := c.Uint8()
	c.Skip(2)
	next := c.Uint8()
	c.Skip(3 + 1)
	switch {
	case c.Failed() || flags&(validNetwork|nextProtocol) == 0:
		return nil, EtherTypeNone
	case flags&nextProtocol != 0:
		return d.typed(c, servicePayload(next))
	}
	return d.ethernet(c)
}

// geneve reads a header of RFC 8926, section 3.4, with its options.
func (d *deep) geneve(c wire.Cursor, t *Tunnel) (wire.Cursor, uint16) {
	first := c.Uint8()
	c.Skip(1)
	t.Protocol = c.Uint16()
	c.Skip(3 + 1)
	c.Skip(4 * int(first&0x3f))
	switch {
	case c.Failed() || first>>6 != 0:
		return nil, EtherTypeNone
	case t.Protocol == EtherTypeNone:
		return readLoopback(c)
	}
	return d.typed(c, t.Protocol)
}

// gtp reads a header of GTP-U with its extension headers (3GPP TS 29.281,
// section 5). It carries an IP packet, or an Ethernet frame.
func (d *deep) gtp(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		version1, versionBits = 0x30, 0xf0 // with the bit that tells GTP from GTP'
		extension             = 0x04
		optional              = 0x07 // any of extension, sequence number, N-PDU number
		userData              = 255
	)
	flags := c.Uint8()
	kind := c.Uint8()
	c.Skip(2 + 4) // length, tunnel
	if flags&versionBits != version1 || kind != userData {
		return nil, EtherTypeNone
	}
	if flags&optional != 0 {
		c.Skip(2 + 1)
		next := c.Uint8()
		for c.Ok() && flags&extension != 0 && next != 0 {
			size := int(c.Uint8()) * 4
			c.Skip(size - 2)
			next = c.Uint8()
		}
	}
	if c.Failed() {
		return nil, EtherTypeNone
	}
	if mayBePacket(c) {
		return c, EtherTypeIPv4
	}
	return d.ethernet(c)
}

// l2tp reads a header of L2TP over UDP: version 2 (RFC 2661, section 3.1),
// which carries PPP, or version 3 (RFC 3931, section 4.1.2).
func (d *deep) l2tp(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		control  = 0x8000
		length   = 0x4000
		sequence = 0x0800
		offset   = 0x0200
		version  = 0x000f
	)
	flags := c.Uint16()
	switch {
	case flags&control != 0:
		return nil, EtherTypeNone
	case flags&version == 3:
		c.Skip(2 + 4) // reserved, session
		return d.pseudowire(c)
	case flags&version != 2:
		return nil, EtherTypeNone
	}
	if flags&length != 0 {
		c.Skip(2)
	}
	c.Skip(2 + 2) // tunnel, session
	if flags&sequence != 0 {
		c.Skip(2 + 2)
	}
	if flags&offset != 0 {
		c.Skip(int(c.Uint16()))
	}
	return d.ppp(c)
}

// pseudowire finds what a session of L2TP version 3 carries. What is before it
// only the two ends know: a cookie of 0, 4 or 8 bytes, and 4 bytes of a
// sublayer or none.
func (d *deep) pseudowire(c wire.Cursor) (wire.Cursor, uint16) {
	for range 4 {
		if isPacket(c) {
			return c, EtherTypeIPv4
		}
		if inner, t := d.ethernet(c); isIP(t) && isPacket(inner) {
			return inner, t
		}
		if inner, t := d.ppp(c); isIP(t) && isPacket(inner) {
			return inner, t
		}
		c.Skip(4)
	}
	return nil, EtherTypeNone
}

// gue reads a header of Generic UDP Encapsulation, version 0
// (draft-ietf-intarea-gue-09, section 3.1). Version 1 has none.
func gue(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		versionControl = 0xe0
		headerWords    = 0x1f
	)
	first, protocol := c.Uint8(), c.Uint8()
	c.Skip(2 + 4*int(first&headerWords)) // flags, and the fields that they announce
	if first&versionControl != 0 || protocol != ProtocolIPv4 && protocol != ProtocolIPv6 || c.Failed() {
		return nil, EtherTypeNone
	}
	return c, EtherTypeIPv4
}

// teredo reads what can be before the IPv6 packet: authentication and origin
// indications (RFC 4380, section 5.1.1).
func teredo(c wire.Cursor) (wire.Cursor, uint16) {
	const authentication, origin = "\x00\x01", "\x00\x00"
	if skipPrefix(&c, authentication) {
		id, value := int(c.Uint8()), int(c.Uint8())
		c.Skip(id + value + 8 + 1) // nonce, confirmation
	}
	if skipPrefix(&c, origin) {
		c.Skip(2 + 4)
	}
	if first, _ := c.Peek(); first>>4 != 6 {
		return nil, EtherTypeNone
	}
	return c, EtherTypeIPv6
}
