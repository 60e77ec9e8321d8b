package ssh

import "merctools/lib/wire"

// maxPacket is the largest packet length that is believed. It is half of what
// RFC 4253, section 6.1, demands, but far more than a KEXINIT takes.
const maxPacket = 16384

// A packet is an unencrypted binary packet (RFC 4253, section 6).
type packet struct {
	length  uint32      // without the length field itself
	payload wire.Cursor // with padding; what there is of it
	behind  wire.Cursor // what follows the packet
	missing uint32      // bytes of the packet beyond the end of the data
}

func parsePacket(c wire.Cursor) (p packet) {
	p.length = c.Uint32()
	c.Skip(1)
	if p.length < 1 || p.length > maxPacket || !c.More() {
		return p
	}
	size := int(p.length) - 1
	if size > c.Len() {
		p.missing = uint32(size - c.Len())
	}
	p.payload = c.UpTo(size)
	p.behind = c
	return p
}
