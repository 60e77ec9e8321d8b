package packet

import "merctools/lib/wire"

// readLLC reads an LLC header (IEEE 802.2), with the SNAP header (RFC 1042)
// behind it, or that of NLPIDs in its place (RFC 2684, section 5.2).
func readLLC(c wire.Cursor) (wire.Cursor, uint16) {
	switch {
	case skipPrefix(&c, snap):
		return readSNAP(c)
	case skipPrefix(&c, "\xfe\xfe\x03"):
		return readNLPID(c)
	case skipPrefix(&c, "\x06\x06\x03"): // RFC 948
		return c, EtherTypeIPv4
	}
	return nil, EtherTypeNone
}

// What LLC headers begin with that SNAP follows, and what they are of CDP.
const (
	snap    = "\xaa\xaa\x03"
	snapCDP = snap + "\x00\x00\x0c\x20\x00"
)

// isTyped reports whether an organization in a SNAP header has Ethernet types:
// those of RFC 1042 and of IEEE 802.1H have.
func isTyped(organization uint32) bool { return organization == 0 || organization == 0x0000f8 }

// isBridged reports whether a SNAP header says that a whole Ethernet frame
// follows, with or without its checksum (IEEE 802.1; RFC 2684, section 5.2).
func isBridged(organization uint32, t uint16) bool {
	return organization == 0x0080c2 && (t == 0x0001 || t == 0x0007)
}

// readSNAP reads the organization and the type.
func readSNAP(c wire.Cursor) (wire.Cursor, uint16) {
	organization, t := c.Uint24(), c.Uint16()
	switch {
	case isTyped(organization):
		return readTyped(c, t)
	case isBridged(organization, t):
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
	if skipLabels(&c); c.Failed() {
		return nil, EtherTypeNone
	}
	return c, EtherTypeIPv4
}

// skipLabels passes over a stack of labels.
func skipLabels(c *wire.Cursor) {
	const bottomOfStack = 0x100
	for c.Ok() && c.Uint32()&bottomOfStack == 0 {
	}
}

// skipPrefix skips a prefix if it is there, and reports whether it is.
func skipPrefix(c *wire.Cursor, prefix string) bool {
	if !c.HasPrefix(prefix) {
		return false
	}
	c.Skip(len(prefix))
	return true
}
