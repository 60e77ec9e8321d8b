package transport

import "merctools/lib/wire"

// UDP is the header of a datagram (RFC 768).
type UDP struct {
	Valid            bool // there was a whole header
	SrcPort, DstPort uint16
}

// ParseUDP reads a header from c and leaves the data there. The length field
// is not used: what the packet holds counts.
func ParseUDP(c *wire.Cursor, h *UDP) bool {
	b := c.Bytes(8)
	*h = UDP{Valid: b.Ok(), SrcPort: b.Uint16(), DstPort: b.Uint16()}
	return h.Valid
}
