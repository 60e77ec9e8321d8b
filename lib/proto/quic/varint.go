package quic

import "merctools/lib/wire"

// readVarint reads a variable-length integer (RFC 9000, section 16).
func readVarint(c *wire.Cursor) uint64 {
	v, _ := c.Varint()
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
