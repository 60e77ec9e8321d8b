package packet

import "merctools/lib/wire"

// readFDDI reads a frame of FDDI, as captures have it: frame control and
// addresses. It is an LLC frame where the frame control says so.
func readFDDI(c wire.Cursor) (wire.Cursor, uint16) {
	const llc, mask = 0x50, 0x70 // synchronous or not, of any priority
	if c.Uint8()&mask != llc {
		return nil, EtherTypeNone
	}
	c.Skip(6 + 6)
	return readLLC(c)
}

// readTokenRing reads a frame of IEEE 802.5. The first bit of the source
// address says that there is routing information, which begins with its
// length.
func readTokenRing(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		llc     = 0x40 // frame control: not a frame of the ring itself
		routed  = 0x80
		maxSize = 0x1f
	)
	c.Skip(1) // access control
	if c.Uint8()&0xc0 != llc {
		return nil, EtherTypeNone
	}
	c.Skip(6)
	source, _ := c.Peek()
	c.Skip(6)
	if source&routed != 0 {
		size, _ := c.Peek()
		c.Skip(max(int(size&maxSize), 2))
	}
	return readLLC(c)
}

// readFibreChannel reads the network header of IP over Fibre Channel (RFC
// 2625, section 3.2).
func readFibreChannel(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(8 + 8)
	return readLLC(c)
}

// readFireWire reads the header of IP over IEEE 1394, as captures have it: two
// addresses and the type.
func readFireWire(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(8 + 8)
	t := c.Uint16()
	return readTyped(c, t)
}

// readInfiniBand reads IP over InfiniBand: a global routing header, then that
// of RFC 4391, section 6.
func readInfiniBand(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(40)
	t := c.Uint16()
	c.Skip(2)
	return readTyped(c, t)
}

// readDOCSIS reads a frame of cable modems (DOCSIS 3.0 MULPI, section 6.2.1):
// frame control, parameter, length, an extended header where the frame control
// says so, and a checksum, then an Ethernet frame.
func readDOCSIS(c wire.Cursor) (wire.Cursor, uint16) {
	const packetKind, extended = 0, 1
	control, parameter := c.Uint8(), c.Uint8()
	if c.Failed() || control>>6 != packetKind {
		return nil, EtherTypeNone
	}
	c.Skip(2)
	if control&extended != 0 {
		c.Skip(int(parameter))
	}
	c.Skip(2)
	return readEthernetIn(c)
}

// readNetANALYZER reads what Hilscher's devices put before an Ethernet frame,
// which ends with its checksum.
func readNetANALYZER(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(4)
	return readEthernetIn(c)
}

// readNetANALYZERTransparent is the same with the frame's preamble.
func readNetANALYZERTransparent(c wire.Cursor) (wire.Cursor, uint16) {
	c.Skip(4 + 8)
	return readEthernetIn(c)
}

// readMPacket reads the preamble of IEEE 802.3br. Only frames that are whole
// are read.
func readMPacket(c wire.Cursor) (wire.Cursor, uint16) {
	const express = 0xd5
	c.Skip(7)
	if c.Uint8() != express {
		return nil, EtherTypeNone
	}
	return readEthernetIn(c)
}

// readEthernetIn reads an Ethernet frame behind another header, of which there
// must be something.
func readEthernetIn(c wire.Cursor) (wire.Cursor, uint16) {
	if c.Failed() {
		return nil, EtherTypeNone
	}
	return readEthernetLink(c)
}
