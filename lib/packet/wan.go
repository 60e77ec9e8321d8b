package packet

import "merctools/lib/wire"

// readCiscoHDLC reads address, control and type of a frame (RFC 1547, section
// 4.3).
func readCiscoHDLC(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(2)
	t := c.Uint16()
	return readTyped(c, t)
}

// readPPPOrHDLC reads a frame of a serial line, by the address: PPP or Cisco
// HDLC.
func readPPPOrHDLC(c wire.Cursor) (wire.Cursor, uint16) {
	const unicast, broadcast = 0x0f, 0x8f
	if b, _ := c.Peek(); b == unicast || b == broadcast {
		return readCiscoHDLC(c)
	}
	return readPPP(c)
}

// readFrameRelay reads an address of two to four bytes (ITU-T Q.922, section
// 3.3), then the header of RFC 2427 or Cisco's, which is an Ethernet type.
func readFrameRelay(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		last        = 1 // bit of the address byte after which there is none
		mostAddress = 4
	)
	for n := 1; c.Uint8()&last == 0; n++ {
		if c.Failed() || n == mostAddress {
			return nil, EtherTypeNone
		}
	}
	if skipPrefix(&c, "\x03") { // control field: unnumbered information
		return readNLPID(c)
	}
	t := c.Uint16()
	return readTyped(c, t)
}

// Behind a byte that tells the direction.

func readDirectedPPP(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(1)
	return readPPP(c)
}

func readDirectedHDLC(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(1)
	return readCiscoHDLC(c)
}

func readDirectedFrameRelay(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(1)
	return readFrameRelay(c)
}

// readPPPD reads a frame as pppd gives it: the direction stands in place of
// the address.
func readPPPD(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(1)
	skipPrefix(&c, "\x03") // control
	return readPPP(c)
}

// readSLIP reads the header that captures of SLIP have: direction, kind, and
// what the header would be compressed. Compressed packets (RFC 1144) are not
// read.
func readSLIP(c wire.Cursor) (wire.Cursor, uint16) {
	const kinds, uncompressed = 0xf0, 0x40
	c.Skip(1)
	kind := c.Uint8()
	c.Skip(14)
	if c.Failed() || kind&kinds != uncompressed {
		return nil, EtherTypeNone
	}
	return c, EtherTypeIPv4
}

// readSunATM reads the header of SunATM: what kind of traffic it is, and the
// virtual circuit, then LLC or an Ethernet frame of LAN emulation.
func readSunATM(c wire.Cursor) (wire.Cursor, uint16) {
	const emulation, llc = 1, 2
	kind := c.Uint8() & 0x0f
	c.Skip(1 + 2)
	switch kind {
	case llc:
		return readLLC(c)
	case emulation:
		c.Skip(2)
		return readEthernetIn(c)
	}
	return nil, EtherTypeNone
}
