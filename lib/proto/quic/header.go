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
	if *h = (header{}); c.Len() < minDatagramLen {
		return false
	}
	h.read(&c, true)
	return h.payload.Len() >= minPayloadLen
}

// read reads a packet with a long header. Without always, it reads a token only
// where the version has one in a packet of this type, or is not known.
func (h *header) read(c *wire.Cursor, always bool) {
	whole := *c
	*h = header{first: c.Uint8(), version: c.Bytes(versionLen), dcid: readConnID(c), scid: readConnID(c)}
	if s := suiteOf(h.versionNumber()); always || s == nil || h.first&initialMask == s.initial {
		h.token = readBytes(c, readVarint(c))
	}
	length := readVarint(c)
	h.raw = whole.UpTo(len(whole) - c.Len())
	h.payload = readBytes(c, length)
}

// readConnID reads a connection ID; c fails where it is too long.
func readConnID(c *wire.Cursor) wire.Cursor {
	n := c.Uint8()
	if n > maxConnIDLen {
		c.Fail()
	}
	return c.Bytes(int(n))
}

func (h *header) versionNumber() uint32 {
	v := h.version
	return v.Uint32()
}

// packetNumberLen is the length in bytes of the packet number, which the two
// last bits of the first byte tell.
func packetNumberLen(first byte) int { return int(first&0x03) + 1 }
