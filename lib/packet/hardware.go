package packet

import "merctools/lib/wire"

// EtherTypeVLAN9100 is a type of VLAN tags from before IEEE 802.1ad.
const EtherTypeVLAN9100 = 0x9100

// Hardware is what a link layer says of the hosts on the same link. Its slices
// are views into the packet.
type Hardware struct {
	// Src and Dst are hardware addresses, nil where the link layer has none.
	// Linux cooked captures have a source only.
	Src, Dst []byte

	tags wire.Cursor // from the first VLAN tag on
	next uint16      // type of the tag
}

// Hardware reads the outermost link-layer header of Ethernet and of Linux
// cooked captures; it is empty for others.
func (h *Headers) Hardware(packet []byte) (w Hardware) {
	const macLen = 6
	c := wire.Of(packet)
	switch h.LinkType {
	case LinkEthernet:
		w.Dst, w.Src = c.Bytes(macLen), c.Bytes(macLen)
		w.next = c.Uint16()
	case LinkSLL:
		c.Skip(2 + 2) // packet type, hardware
		w.Src = address(&c, c.Uint16())
		w.next = c.Uint16()
	case LinkSLL2:
		w.next = c.Uint16()
		c.Skip(2 + 4 + 2 + 1) // reserved, interface, hardware, packet type
		w.Src = address(&c, uint16(c.Uint8()))
	}
	w.tags = c
	return w
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

// NextVLAN returns the identifiers of VLANs (IEEE 802.1Q), the outermost
// first; ok is false at the end.
func (w *Hardware) NextVLAN() (id uint16, ok bool) {
	const idMask = 0x0fff
	switch w.next {
	case EtherTypeVLAN, EtherTypeQinQ, EtherTypeVLAN9100:
		id = w.tags.Uint16() & idMask
		ok = w.tags.Ok()
		w.next = w.tags.Uint16()
	}
	return id, ok
}
