package packet

import (
	"encoding/binary"

	"merctools/lib/wire"
)

// mayBePacket reports whether an IP header is there, as far as can be told
// without its checksum.
func mayBePacket(c wire.Cursor) bool {
	first, _ := c.Peek()
	switch first >> 4 {
	case 4:
		size := int(first&15) * 4
		if size < ipv4Len || len(c) < size {
			return false
		}
		total := int(binary.BigEndian.Uint16(c[2:]))
		return total == 0 || total >= size
	case 6:
		return len(c) >= ipv6Len
	}
	return false
}

// isPacket reports whether an IP header is there that makes sense: the
// checksum of IPv4 is right, the length of IPv6 is not more than there is, and
// what it carries is known.
func isPacket(c wire.Cursor) bool {
	if !mayBePacket(c) {
		return false
	}
	if c[0]>>4 == 4 {
		return checksum(c[:int(c[0]&15)*4]) == 0xffff
	}
	switch length := int(binary.BigEndian.Uint16(c[4:])); {
	case length > len(c)-ipv6Len, c[7] == 0, !isSender(c[8]):
		return false
	}
	const noNext = 59
	switch c[6] {
	case hopByHop, routing, fragment, authHeader, destination, noNext, ProtocolIPv4, ProtocolIPv6, ProtocolTCP, ProtocolUDP,
		ProtocolGRE, ProtocolESP, ProtocolICMPv6, ProtocolOSPF, ProtocolSCTP, protocolL2TP, mobility:
		return true
	}
	return false
}

// isSender reports whether an IPv6 address that begins with a byte can be that
// of a sender: a global, unique local or link-local one. Addresses that
// begin with a zero are left out: zeros are in all messages.
func isSender(first byte) bool {
	return first>>5 == 1 || first >= 0xfc && first < 0xff
}

// fills reports whether an IP header says that it ends where c does.
func fills(c wire.Cursor) bool {
	switch {
	case len(c) < ipv4Len:
		return false
	case c[0]>>4 == 4:
		return int(binary.BigEndian.Uint16(c[2:])) == len(c)
	case c[0]>>4 == 6:
		return int(binary.BigEndian.Uint16(c[4:]))+ipv6Len == len(c)
	}
	return false
}

// checksum is the sum of 16-bit words of RFC 1071; that of a header with a
// right checksum in it is 0xffff. The number of bytes is even.
func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return sum
}
