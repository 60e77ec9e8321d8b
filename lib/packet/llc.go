package packet

import "merctools/lib/wire"

// readLLC reads an LLC header (IEEE 802.2), with the SNAP header (RFC 1042)
// behind it, or that of NLPIDs in its place (RFC 2684, section 5.2).
func readLLC(c wire.Cursor) (wire.Cursor, uint16) {
	switch {
	case skipPrefix(&c, "\xaa\xaa\x03"):
		return readSNAP(c)
	case skipPrefix(&c, "\xfe\xfe\x03"):
		return readNLPID(c)
	case skipPrefix(&c, "\x06\x06\x03"): // RFC 948
		return c, EtherTypeIPv4
	}
	return nil, EtherTypeNone
}

// readSNAP reads the organization and the type. The organizations that have
// Ethernet types are those of RFC 1042 and of IEEE 802.1H.
func readSNAP(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		ethernet = 0x000000
		bridge   = 0x0000f8
		bridged  = 0x0080c2 // IEEE 802.1
		frame    = 0x0001   // of these, an Ethernet frame with its checksum
		frameOf  = 0x0007   // and one without
	)
	organization, t := c.Uint24(), c.Uint16()
	switch {
	case organization == ethernet, organization == bridge:
		return readTyped(c, t)
	case organization == bridged && (t == frame || t == frameOf):
		c.Skip(2) // padding
		return readEthernetLink(c)
	}
	return nil, EtherTypeNone
}

// readNLPID reads a network layer protocol identifier (ISO/IEC TR 9577).
func readNLPID(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		padding = 0x00
		snap    = 0x80
		ipv6    = 0x8e
		ipv4    = 0xcc
		ppp     = 0xcf
	)
	id := c.Uint8()
	if id == padding {
		id = c.Uint8()
	}
	switch {
	case c.Failed():
	case id == ipv4:
		return c, EtherTypeIPv4
	case id == ipv6:
		return c, EtherTypeIPv6
	case id == snap:
		return readSNAP(c)
	case id == ppp:
		return readPPP(c)
	}
	return nil, EtherTypeNone
}

// readTyped goes on behind an Ethernet type: it reads tags and labels as
// those of an Ethernet frame are read.
func readTyped(c wire.Cursor, t uint16) (wire.Cursor, uint16) {
	for t == EtherTypeVLAN || t == EtherTypeQinQ {
		c.Skip(2)
		t = c.Uint16()
	}
	switch {
	case c.Failed():
		return nil, EtherTypeNone
	case t == EtherTypeMPLS:
		return readMPLS(c)
	case t == EtherTypePPPoE:
		return readPPPoE(c)
	}
	return c, t
}

// readMPLS reads a stack of labels (RFC 3032, section 2.1), which is taken to
// carry IP.
func readMPLS(c wire.Cursor) (wire.Cursor, uint16) {
	const bottomOfStack = 0x100
	for c.Ok() && c.Uint32()&bottomOfStack == 0 {
	}
	if c.Failed() {
		return nil, EtherTypeNone
	}
	return c, EtherTypeIPv4
}

// skipPrefix skips a prefix if it is there, and reports whether it is.
func skipPrefix(c *wire.Cursor, prefix string) bool {
	if !c.HasPrefix(prefix) {
		return false
	}
	c.Skip(len(prefix))
	return true
}
