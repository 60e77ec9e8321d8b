package packet

import (
	"encoding/binary"

	"merctools/lib/wire"
)

const ipv4Len = 20 // of a header without options

// readIPv4 reads a header of RFC 791, section 3.1. Its options stay at the
// start of the payload: the header length is not believed.
func (h *Headers) readIPv4(r *rest) {
	offset := r.offset()
	b := r.Bytes(ipv4Len)
	if b.Failed() {
		h.Protocol = ProtocolReserved
		return
	}
	h.Version, h.network, h.extensionsLen = 4, offset, 0
	b = b[:ipv4Len]
	// Quirk Q3: a length of 0 means an empty packet.
	total := int(binary.BigEndian.Uint16(b[2:]))
	// Quirk Q2: the fragment offset is not looked at.
	h.Protocol = b[9]
	// Quirk Q1: the header length is not believed.
	r.truncate(max(total-ipv4Len, 0))
}

// ipv4 returns the fields of a header.
func ipv4(c wire.Cursor) IP {
	c.Skip(4)
	ip := IP{Version: 4, ID: uint32(c.Uint16())}
	c.Skip(2)
	ip.TTL = c.Uint8()
	return ip
}
