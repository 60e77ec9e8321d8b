// Package transport reads the headers of TCP and UDP.
package transport

import "merctools/lib/wire"

// Flags of a TCP header (RFC 9293, section 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// TCP is the header of a segment (RFC 9293, section 3.1).
type TCP struct {
	Valid            bool // there was a whole fixed header
	Flags            uint8
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Window           uint16
	Options          wire.Cursor // failed where the data offset is no valid one
}

const tcpFixedLen = 20

// ParseTCP reads a header from c and leaves the segment's data there. Where
// the data offset is too small or goes past the end there is a header but no
// data: c has failed.
func ParseTCP(c *wire.Cursor, h *TCP) bool {
	fixed := c.Bytes(tcpFixedLen)
	if fixed.Failed() {
		*h = TCP{}
		return false
	}
	h.Valid = true
	h.SrcPort = fixed.Uint16()
	h.DstPort = fixed.Uint16()
	h.Seq = fixed.Uint32()
	h.Ack = fixed.Uint32()
	offset := int(fixed.Uint8()>>4) * 4
	h.Flags = fixed.Uint8()
	h.Window = fixed.Uint16()
	h.Options = c.Bytes(offset - tcpFixedLen)
	return true
}

// IsSYN reports whether the segment opens a connection.
func (h *TCP) IsSYN() bool { return h.Flags&(SYN|ACK) == SYN }

// IsSYNACK reports whether the segment answers one that opens a connection.
func (h *TCP) IsSYNACK() bool { return h.Flags&(SYN|ACK) == SYN|ACK }
