package packet

import "merctools/lib/wire"

// MACLen is the length in bytes of a hardware address of Ethernet.
const MACLen = 6

// Hardware returns the addresses that the outermost link-layer header of Ethernet
// or of a Linux cooked capture has, as views into the packet; nil where it has
// none. Cooked captures have a source only.
func (h *Headers) Hardware(packet []byte) (src, dst []byte) {
	c := wire.Of(packet)
	switch h.LinkType {
	case LinkEthernet:
		dst, src = c.Bytes(MACLen), c.Bytes(MACLen)
	case LinkSLL:
		c.Skip(2 + 2) // packet type, hardware
		src = address(&c, c.Uint16())
	case LinkSLL2:
		c.Skip(2 + 2 + 4 + 2 + 1) // protocol, reserved, interface, hardware, packet type
		src = address(&c, uint16(c.Uint8()))
	}
	return src, dst
}

// address reads the address field of a cooked capture, of eight bytes, and
// returns the address in it.
func address(c *wire.Cursor, length uint16) []byte {
	const field = 8
	a := c.Bytes(field)
	if length == 0 || int(length) > len(a) {
		return nil
	}
	return a[:length]
}

// VLANs are the VLAN tags that follow a link-layer header (IEEE 802.1Q).
type VLANs struct {
	next uint16 // type of the next tag
	tags wire.Cursor
}

// VLANs returns the tags behind the outermost link-layer header of Ethernet or
// of a Linux cooked capture; there are none behind others.
func (h *Headers) VLANs(packet []byte) (v VLANs) {
	c := wire.Of(packet)
	switch h.LinkType {
	case LinkEthernet:
		c.Skip(2 * MACLen)
		v.next = c.Uint16()
		v.tags = c
	case LinkSLL:
		v.tags, _, v.next = cookedHeader(c)
	case LinkSLL2:
		v.tags, _, v.next = cooked2Header(c)
	}
	return v
}

// Next returns the identifier of the next VLAN, the outermost first; ok is false
// at the end.
func (v *VLANs) Next() (id uint16, ok bool) {
	const idMask = 0x0fff
	switch v.next {
	case EtherTypeVLAN, EtherTypeQinQ, etherTypeOldQinQ:
		id = v.tags.Uint16() & idMask
		ok = v.tags.Ok()
		v.next = v.tags.Uint16()
	}
	return id, ok
}

// BelowIP returns the headers in front of the innermost IP header: those of the
// link layer, and of tunnels. It is nil where there is no IP header.
func (h *Headers) BelowIP(packet []byte) []byte {
	if h.Version == 0 || int(h.network) > len(packet) {
		return nil
	}
	return packet[:h.network]
}
