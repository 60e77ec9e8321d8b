package packet

import "merctools/lib/wire"

const ipv6Len = 40 // of a header without extension headers

// Extension headers of IPv6 that a packet's protocol can lie behind.
const (
	hopByHop    = 0
	routing     = 43
	fragment    = 44
	authHeader  = 51
	destination = 60
	mobility    = 135
	hostIdent   = 139
	shim6       = 140
)

// readIPv6 reads a header of RFC 8200, section 3, and the extension headers
// behind it. What is behind one that is cut off is known by its type, but is
// not there: r has failed.
func (h *Headers) readIPv6(r *rest) {
	offset := r.offset()
	b := r.Bytes(ipv6Len)
	if b.Failed() {
		h.Protocol = ProtocolReserved
		return
	}
	h.Version, h.network, h.extensionsLen = 6, offset, 0
	b.Skip(4)
	// Quirk Q3: a length of 0 means an empty packet.
	length := int(b.Uint16())
	next := b.Uint8()
	r.truncate(length)

	before := r.Len()
	for r.More() {
		more, ok := skipExtension(&r.Cursor, next)
		if !ok {
			break
		}
		next = more
	}
	h.Protocol = next
	if r.Ok() {
		h.extensionsLen = uint16(before - r.Len())
	}
}

// skipExtension passes over one extension header (RFC 6564) and returns the
// type of what follows; ok is false where there is none.
func skipExtension(c *wire.Cursor, header uint8) (next uint8, ok bool) {
	switch header {
	case hopByHop, routing, destination, mobility, hostIdent, shim6:
		next = c.Uint8()
		c.Skip(int(c.Uint8())*8 + 6)
	case fragment:
		next = c.Uint8()
		// Quirk Q2: the fragment offset is not looked at.
		c.Skip(7)
	case authHeader:
		next = c.Uint8()
		c.Skip(int(c.Uint8())*4 + 6)
	default:
		return 0, false
	}
	return next, true
}

// ipv6 returns the fields of a header. All 24 bits before the length are the
// identification, so that a traffic class counts as not zero.
func ipv6(c wire.Cursor) IP {
	// Quirk Q4: four bits of the traffic class are in the identification.
	ip := IP{Version: 6, ID: c.Uint32() & 0xffffff}
	c.Skip(3)
	ip.TTL = c.Uint8()
	return ip
}
