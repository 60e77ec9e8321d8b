package pcapfilter

import (
	"encoding/hex"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// hardwareAddress reads six bytes, three groups of two, or all of them in one,
// in hexadecimal digits.
func hardwareAddress(s string) (addr [6]byte, ok bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' || r == '.' })
	width := map[int]int{6: 2, 3: 4, 1: 12}[len(parts)]
	var digits string
	for _, part := range parts {
		if len(part) > width || len(part) < width && width != 2 {
			return addr, false
		}
		digits += strings.Repeat("0", width-len(part)) + part
	}
	b, err := hex.DecodeString(digits)
	return [6]byte(append(b, addr[:]...)), err == nil && len(b) == 6
}

// inAddresses is an address, by the bits of a mask, in a protocol.
func (p *parser) inAddresses(q qualifiers, addr netip.Addr, mask net.IPMask) node {
	in := func(t uint16) node {
		arp := t == typeARP || t == typeRARP
		return allOf(etherType{t}, p.directed(q, func(source bool) node { return address{addr.AsSlice(), mask, source, arp} }))
	}
	is6 := addr.Is6()
	switch {
	case q.protocol == "" && is6:
		return in(typeIPv6)
	case q.protocol == "":
		return anyOf(in(typeIPv4), in(typeARP), in(typeRARP))
	case is6 != (q.protocol == "ip6"):
		p.fail("%s is not an address of %s", addr, q.protocol)
	}
	return in(etherTypes[q.protocol])
}

// network reads "192.0.2.0/24", "192.0.2.0 mask 255.255.255.0", "10.1" or
// "2001:db8::/32".
func (p *parser) network(q qualifiers) node {
	text := p.peek().text
	name, bits, hasBits := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(name)
	n := 0
	if err == nil {
		n = addr.BitLen()
	} else if parts := strings.Split(name, "."); len(parts) < 4 {
		// The bytes that are not there are zero, and not part of the network.
		n = 8 * len(parts)
		addr, err = netip.ParseAddr(name + strings.Repeat(".0", 4-len(parts)))
	}
	if err != nil || addr.Zone() != "" {
		p.fail("%q is not a network", text)
		return never{}
	}
	if hasBits {
		if n, err = strconv.Atoi(bits); err != nil || n < 0 || n > addr.BitLen() {
			p.fail("%q is not a network", text)
			return never{}
		}
	}
	p.next++
	mask := net.CIDRMask(n, addr.BitLen())
	if !hasBits && p.accept("mask") {
		m, err := netip.ParseAddr(p.peek().text)
		if err != nil || !m.Is4() || !addr.Is4() {
			p.fail("%q is not a mask", p.peek().text)
			return never{}
		}
		p.next++
		mask = m.AsSlice()
	}
	for i, b := range addr.AsSlice() {
		if b&^mask[i] != 0 {
			p.fail("%s has bits beyond its mask", addr)
			break
		}
	}
	return p.inAddresses(q, addr, mask)
}
