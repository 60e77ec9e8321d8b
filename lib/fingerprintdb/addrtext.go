package fingerprintdb

import (
	"merctools/lib/record"
)

// Addresses as text. What is accepted goes a little beyond RFC 4291, section
// 2.2, and RFC 6943, section 3.1.1: names come from packets and lists of
// names, and an address in them is meant even where it is written badly.

// scanIPv4 reads a dotted quad at the start of s and returns its length. An
// octet without digits is 0.
func scanIPv4(s []byte) (addr [4]byte, n int, ok bool) {
	for octet := range addr {
		if octet > 0 {
			if n >= len(s) || s[n] != '.' {
				return addr, 0, false
			}
			n++
		}
		v := 0
		// Quirk Q128: no digits are 0.
		for ; n < len(s) && isDigit(s[n]); n++ {
			if v = 10*v + int(s[n]-'0'); v > 255 {
				return addr, 0, false
			}
		}
		addr[octet] = byte(v)
	}
	return addr, n, true
}

// scanIPv6 reads an address at the start of s, with or without square
// brackets around it, and returns its length. Only the IPv4-mapped form may
// end in a dotted quad.
func scanIPv6(s []byte) (addr [16]byte, n int, ok bool) {
	const maxPieces = 15 // read before it is known whether they are too many
	var pieces [maxPieces + 1]uint16
	count, gap := 0, -1
	bracket := len(s) > 0 && s[0] == '['
	if bracket {
		n++
	}
scan:
	for n < len(s) {
		switch {
		case s[n] == ':' && n+1 < len(s) && s[n+1] == ':':
			n += 2
			if gap >= 0 {
				return addr, 0, false
			}
			gap = count
			if len(s)-n < 5 || string(s[n:n+5]) != "ffff:" {
				continue
			}
			n += 5
			quad, length, isQuad := scanIPv4(s[n:])
			if count > 0 || !isQuad {
				return addr, 0, false
			}
			n += length
			if n < len(s) && s[n] == ']' {
				n++
			}
			addr[10], addr[11] = 0xff, 0xff
			copy(addr[12:], quad[:])
			return addr, n, true
		case s[n] == ':':
			n++
		case s[n] == ']':
			n++
			break scan
		default:
			v, start := uint16(0), n
			for ; n < len(s) && isHexDigit(s[n]); n++ {
				v = v<<4 | hexValue(s[n])
			}
			if n == start || count == maxPieces {
				return addr, 0, false
			}
			pieces[count] = v
			count++
		}
	}
	if gap < 0 && count != 8 || gap >= 0 && count > 7 {
		return addr, 0, false
	}
	at := 0
	for i, v := range pieces[:count] {
		if i == gap {
			at = 8 - count + i
		}
		addr[2*at], addr[2*at+1] = byte(v>>8), byte(v)
		at++
	}
	return addr, n, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func hexValue(c byte) uint16 {
	if isDigit(c) {
		return uint16(c - '0')
	}
	return uint16(c|0x20-'a') + 10
}

// isPrivate4 says whether an address is one of RFC 1918.
func isPrivate4(a [4]byte) bool {
	return a[0] == 10 || a[0] == 172 && a[1]&0xf0 == 16 || a[0] == 192 && a[1] == 168
}

// isMapped says whether an address is an IPv4-mapped one (RFC 4291, section
// 2.5.5.2).
func isMapped(a *[16]byte) bool {
	return [12]byte(a[:12]) == [12]byte{10: 0xff, 11: 0xff}
}

// Addresses that are not global stand for hosts that differ from site to
// site, so the classifier takes them all for one.
var (
	anyPrivate4 = [4]byte{10, 0, 0, 1}
	anyLocal6   = [16]byte{0: 0xfd, 15: 1}
)

func normalIPv4(a [4]byte) [4]byte {
	if isPrivate4(a) {
		return anyPrivate4
	}
	return a
}

func normalIPv6(a [16]byte) [16]byte {
	if a[0]&0xe0 != 0x20 && !isMapped(&a) {
		return anyLocal6
	}
	return a
}

// appendLabel4 appends an address as one label of a domain name, and a dot.
func appendLabel4(b []byte, a [4]byte) []byte {
	return appendLabel(b, func(b []byte) []byte { return record.AppendIPv4(b, a) }, '.')
}

// appendLabel6 is appendLabel4 for IPv6.
func appendLabel6(b []byte, a [16]byte) []byte {
	return appendLabel(b, func(b []byte) []byte { return record.AppendIPv6(b, a) }, ':')
}

func appendLabel(b []byte, text func([]byte) []byte, separator byte) []byte {
	start := len(b)
	b = text(b)
	for i := start; i < len(b); i++ {
		if b[i] == separator {
			b[i] = '-'
		}
	}
	return append(b, '.')
}
