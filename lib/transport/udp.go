package transport

import "merctools/lib/wire"

// UDP is the header of a datagram (RFC 768).
type UDP struct {
	Valid            bool // there was a whole header
	SrcPort, DstPort uint16
}

const udpLen = 8

// ParseUDP reads a header from c and leaves the data there. The length field
// is not used: what the packet holds counts. Where there is no whole header,
// what there is stays in c as data.
func ParseUDP(c *wire.Cursor, h *UDP) bool {
	if c.Len() < udpLen {
		*h = UDP{}
		return false
	}
	b := c.Bytes(udpLen)
	*h = UDP{Valid: true, SrcPort: b.Uint16(), DstPort: b.Uint16()}
	return true
}
