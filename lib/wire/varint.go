package wire

// Varint reads a variable-length integer of QUIC (RFC 9000, section 16): its two
// most significant bits say how long it is. encoded is the integer with these
// bits, in the most significant bytes.
func (c *Cursor) Varint() (v, encoded uint64) {
	first, ok := c.Peek()
	if !ok {
		c.Fail()
		return 0, 0
	}
	if first < 1<<6 { // as most are
		*c = (*c)[1:]
		return uint64(first), uint64(first) << 56
	}
	size := 1 << (first >> 6)
	unused := 64 - 8*size
	encoded = c.Uint(size) << unused
	return encoded << 2 >> 2 >> unused, encoded
}
