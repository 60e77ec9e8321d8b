package quic

import "merctools/lib/wire"

// readVarint reads a variable-length integer (RFC 9000, section 16). Its two
// most significant bits say how long it is.
func readVarint(c *wire.Cursor) uint64 {
	first := c.Uint8()
	v := uint64(first & 0x3f)
	switch first >> 6 {
	case 1:
		v = v<<8 | uint64(c.Uint8())
	case 2:
		v = v<<24 | uint64(c.Uint24())
	case 3:
		v = v<<24 | uint64(c.Uint24())
		v = v<<32 | uint64(c.Uint32())
	}
	return v
}

// readBytes reads n bytes. n comes from the packet and may be any number.
func readBytes(c *wire.Cursor, n uint64) wire.Cursor {
	if n > uint64(c.Len()) {
		c.Fail()
		return nil
	}
	return c.Bytes(int(n))
}
