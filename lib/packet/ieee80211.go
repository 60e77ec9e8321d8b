package packet

import "merctools/lib/wire"

// read80211 reads the header of a data frame (IEEE 802.11, section 9.3.2) and
// the LLC header in it. Frames of other kinds, encrypted ones, and the second
// and later fragments carry nothing that can be read. Of several packets in
// one frame (A-MSDU) it is the first. A checksum at the end does no harm: the
// length of an IP packet stands in its header.
func read80211(c wire.Cursor) (wire.Cursor, uint16) { return dataFrame(c, false) }

// dataFrame reads a data frame, whose header may be padded to a multiple of 4
// bytes.
func dataFrame(c wire.Cursor, padded bool) (wire.Cursor, uint16) {
	const (
		typeMask, dataType = 0x0c, 0x08
		noData             = 0x40 // a frame without a body
		hasQoS             = 0x80

		fourAddresses = 0x03 // flags: from one distribution system to another
		protected     = 0x40
		hasHTControl  = 0x80 // if there is QoS

		fragmentMask = 0x000f // of the sequence control field
		aMSDU        = 0x80   // of the QoS control field
	)
	size := len(c)
	kind, flags := c.Uint8(), c.Uint8()
	c.Skip(2 + 6 + 6 + 6) // duration, addresses
	sequence := c.Uint16LE()
	if kind&(typeMask|noData) != dataType || flags&protected != 0 || sequence&fragmentMask != 0 {
		return nil, EtherTypeNone
	}
	if flags&fourAddresses == fourAddresses {
		c.Skip(6)
	}
	several := false
	if kind&hasQoS != 0 {
		several = c.Uint8()&aMSDU != 0
		c.Skip(1)
		if flags&hasHTControl != 0 {
			c.Skip(4)
		}
	}
	if padded {
		c.Skip((len(c) - size) & 3)
	}
	if several {
		c.Skip(6 + 6 + 2) // addresses and length of the first packet
	}
	return readLLC(c)
}

// readRadiotap reads a radiotap header, then the frame (www.radiotap.org). Of
// its fields, which are aligned, those that stand up to the flags count.
func readRadiotap(c wire.Cursor) (wire.Cursor, uint16) {
	const (
		hasTime, hasFlags, hasMore = 1 << 0, 1 << 1, 1 << 31 // bits of a bitmap of fields

		padding = 0x20 // flag: the frame's header is padded
	)
	head := c
	head.Skip(2) // version, padding
	size := int(head.Uint16LE())
	if size < 8 {
		return nil, EtherTypeNone
	}
	head = c.Bytes(size)
	head.Skip(4)
	fields := head.Uint32LE()
	for more := fields; more&hasMore != 0; {
		more = head.Uint32LE()
	}
	if fields&hasTime != 0 {
		head.Skip((len(head) - size) & 7)
		head.Skip(8)
	}
	return dataFrame(c, fields&hasFlags != 0 && head.Uint8()&padding != 0)
}

// readPRISM reads a header of PRISM cards, whose numbers are little-endian,
// then the frame. Some drivers write an AVS header for the same link type.
func readPRISM(c wire.Cursor) (wire.Cursor, uint16) {
	const least = 24 // message, length, name of the device
	if c.HasPrefix("\x80\x21\x10") {
		return readAVS(c)
	}
	head := c
	head.Skip(4)
	size := head.Uint32LE()
	if size < least {
		return nil, EtherTypeNone
	}
	c.Skip(int(size))
	return read80211(c)
}

// readAVS reads an AVS header, whose numbers are big-endian, then the frame.
func readAVS(c wire.Cursor) (wire.Cursor, uint16) {
	const least = 8 // magic number and version, length
	head := c
	head.Skip(4)
	size := head.Uint32()
	if size < least {
		return nil, EtherTypeNone
	}
	c.Skip(int(size))
	return read80211(c)
}
