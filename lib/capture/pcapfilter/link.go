package pcapfilter

import "merctools/lib/packet"

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
		return Link{Header: 16, TypeAt: 14}, true
	case packet.LinkSLL2:
		return Link{Header: 20}, true
	}
	return Link{}, false
}
