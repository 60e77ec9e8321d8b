package quic

import "merctools/lib/wire"

// Sizes in bytes. Clients pad datagrams with Initial packets to 1200 bytes
// (RFC 9000, section 14.1); implementations of drafts did with a little less.
const (
	// Quirk Q48: RFC 9000 says 1200.
	minDatagramLen = 1184
	minPayloadLen  = 64 // packet number and what follows it
	versionLen     = 4
	maxConnIDLen   = 20 // RFC 9000, section 17.2
)

// header is a long header with the members that Initial packets have
// (RFC 9000, section 17.2.2).
type header struct {
	first      byte // as it came, protected
	version    wire.Cursor
	dcid, scid wire.Cursor
	token      wire.Cursor
	raw        wire.Cursor // all up to the packet number
	payload    wire.Cursor // packet number and what follows it
}

// parse reads a header and reports whether it can be that of an Initial
// packet. What follows the packet in the datagram is not looked at.
func (h *header) parse(c wire.Cursor) bool {
	*h = header{}
	if c.Len() < minDatagramLen {
		return false
	}
	whole := c
	h.first = c.Uint8()
	h.version = c.Bytes(versionLen)
	var ok bool
	if h.dcid, ok = readConnID(&c); !ok {
		return false
	}
	if h.scid, ok = readConnID(&c); !ok {
		return false
	}
	h.token = readBytes(&c, readVarint(&c))
	length := readVarint(&c)
	h.raw = whole.UpTo(whole.Len() - c.Len())
	h.payload = readBytes(&c, length)
	return h.payload.Len() >= minPayloadLen
}

func readConnID(c *wire.Cursor) (id wire.Cursor, ok bool) {
	n := c.Uint8()
	if n > maxConnIDLen {
		return nil, false
	}
	id = c.Bytes(int(n))
	return id, id.Ok()
}

func (h *header) versionNumber() uint32 {
	v := h.version
	return v.Uint32()
}

// packetNumberLen is the length in bytes of the packet number, which the two
// last bits of the first byte tell.
func packetNumberLen(first byte) int { return int(first&0x03) + 1 }
