package packet

import (
	"encoding/binary"

	"merctools/lib/wire"
)

// HasFirstByte reports whether the payload of the innermost IP packet begins
// with its first byte, and so with the header of its protocol: the packet is
// whole, or the first fragment of several. It is false where there is no IP
// header.
func (h *Headers) HasFirstByte(packet []byte) bool {
	if h.Version == 4 {
		const flagsLen = 3 // bits before the offset
		return binary.BigEndian.Uint16(packet[h.network+6:])<<flagsLen == 0
	}
	return h.Version == 6 && h.beginsIPv6(packet)
}

// beginsIPv6 is HasFirstByte for IPv6.
func (h *Headers) beginsIPv6(packet []byte) bool {
	header := packet[h.network:]
	next := header[6]
	c := wire.Of(header[ipv6Len:][:h.extensionsLen])
	for c.More() {
		if next == fragment {
			b := c
			b.Skip(2)
			return b.Uint16()>>3 == 0
		}
		var ok bool
		if next, ok = skipExtension(&c, next); !ok {
			break
		}
	}
	return true
}
