package pcapfilter

import "merctools/lib/packet"

// A Link says how the frames begin that a filter looks at, and what the kernel
// tells of them beside.
type Link struct {
	// Raw says that they begin with an IP header; otherwise it is an Ethernet
	// header.
	Raw bool
	// Live says that the kernel runs the filter, on a packet socket.
	Live bool
	// Stripped says that the kernel has taken the outermost VLAN tag out of
	// the frame and tells it beside, as on a packet socket.
	Stripped bool
	// Cooked says that they begin with what a link layer carries, and that the
	// kernel tells its Ethernet type beside.
	Cooked bool
	// Header is the length of what is before the IP header, in bytes, where
	// that is no Ethernet header. With Raw it has no Ethernet type; otherwise
	// it has one, at the offset TypeAt.
	Header, TypeAt uint32
	// DirectionAt is the offset of the byte that says who sent the packet and
	// IndexAt that of the number of the interface, in a header of Linux;
	// otherwise 0.
	DirectionAt, IndexAt uint32
	// Hosts has the bits of the interface's IPv4 addresses that tell hosts of
	// its network apart; 0 where they are not known.
	Hosts uint32
}

// ethernet reports whether frames begin with an Ethernet header.
func (l Link) ethernet() bool { return !l.Raw && !l.Cooked && l.Header == 0 }

// LinkOf says how frames of a link type begin in a file. ok is false where
// there are no filters for them.
func LinkOf(linkType uint16) (link Link, ok bool) {
	switch linkType {
	case packet.LinkEthernet:
		return Link{}, true
	case packet.LinkRaw, packet.LinkRawBSD, packet.LinkRawOpen, packet.LinkIPv4, packet.LinkIPv6:
		return Link{Raw: true}, true
	case packet.LinkNull, packet.LinkLoop:
		// The family's number depends on the system; the IP header tells its
		// version.
		return Link{Raw: true, Header: 4}, true
	case packet.LinkSLL:
		return Link{Header: 16, TypeAt: 14, DirectionAt: 1}, true
	case packet.LinkSLL2:
		return Link{Header: 20, DirectionAt: 10, IndexAt: 4}, true
	}
	return Link{}, false
}

// Valid reports what is wrong with an expression for captures of all link types.
func Valid(expression string) error {
	_, err := Compile(expression, Link{})
	if err == nil {
		return nil
	}
	// Only headers of Linux have the direction.
	cooked, _ := LinkOf(packet.LinkSLL2)
	if _, ok := Compile(expression, cooked); ok == nil {
		return nil
	}
	return err
}
