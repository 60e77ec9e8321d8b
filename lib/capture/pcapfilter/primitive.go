package pcapfilter

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// qualifiers stand before an identifier.
type qualifiers struct {
	protocol  string // such as "tcp" or "ip6"; may be empty
	direction string // "src", "dst", "src or dst", "src and dst", or empty
	kind      string // "host", "net", "port", "portrange", "proto", or empty
}

// protocol is a protocol that is a primitive by itself.
func protocol(name string) node {
	if t, ok := etherTypes[name]; ok {
		return etherType{t}
	}
	var list []node
	for _, v := range versions(name) {
		list = append(list, ipProtocol{v, ipProtocols[name]})
	}
	return anyOf(list...)
}

func isProtocol(name string) bool {
	_, ether := etherTypes[name]
	_, ip := ipProtocols[name]
	return ether || ip || name == "ether" || name == "link"
}

// primitive reads qualifiers and an identifier, or one of the special
// primitives.
func (p *parser) primitive() node {
	start := p.next
	switch {
	case p.accept("less"):
		return relation{op: "<=", left: length{}, right: p.numeral()}
	case p.accept("greater"):
		return relation{op: ">=", left: length{}, right: p.numeral()}
	case p.accept("vlan"):
		return vlan{p.optional(4095)}
	case p.accept("mpls"):
		return mpls{p.optional(1<<20 - 1)}
	case p.accept("pppoes"):
		return pppoe{p.optional(65535)}
	}
	var q qualifiers
	if t := p.peek(); !t.sign && isProtocol(t.text) {
		q.protocol = t.text
		p.next++
		if q.protocol == "link" {
			q.protocol = "ether"
		}
	}
	switch {
	case p.accept("broadcast"):
		return p.broadcast(q.protocol)
	case p.accept("multicast"):
		return p.multicast(q.protocol)
	}
	q.direction = p.direction()
	if t := p.peek().text; slices.Contains([]string{"host", "net", "port", "portrange", "proto"}, t) {
		q.kind = t
		p.next++
	}
	t := p.peek()
	isEnd := t.text == "" || t.sign || t.text == "and" || t.text == "or" || t.text == "not"
	switch {
	case isEnd && q.protocol != "" && q.direction == "" && q.kind == "":
		if q.protocol == "ether" {
			p.fail("ether needs an address or a protocol")
		}
		p.last = qualifiers{}
		return protocol(q.protocol)
	case isEnd:
		p.fail("an address, a port or a protocol is missing")
		return never{}
	case p.next == start:
		q = p.last // those of the identifier before
	}
	if q.kind == "" {
		q.kind = "host"
	}
	p.last = q
	return p.identifier(q)
}

// direction reads "src", "dst", "src or dst" or "src and dst".
func (p *parser) direction() string {
	t := p.peek().text
	if t != "src" && t != "dst" {
		return ""
	}
	p.next++
	join, other := p.text(p.next), p.text(p.next+1)
	if (join == "or" || join == "and") && (other == "src" || other == "dst") && other != t {
		// "src or dst host x", not "src x or dst y"
		p.next += 2
		return "src " + join + " dst"
	}
	return t
}

func (p *parser) numeral() value {
	n, err := number(p.peek().text)
	if err != nil {
		p.fail("a number is missing")
		return constant(0)
	}
	p.next++
	return constant(n)
}

// optional reads a number if there is one; -1 is none.
func (p *parser) optional(most uint32) int {
	n, err := number(p.peek().text)
	if err != nil {
		return -1
	}
	if n > most {
		p.fail("%d is greater than %d", n, most)
	}
	p.next++
	return int(n)
}

func (p *parser) broadcast(protocol string) node {
	if protocol != "" && protocol != "ether" {
		p.fail("%s broadcast is not supported; use ether broadcast", protocol)
	}
	return mac{addr: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
}

func (p *parser) multicast(protocol string) node {
	switch protocol {
	case "", "ether":
		return groupMAC{}
	case "ip":
		return allOf(etherType{typeIPv4}, groupIP{4})
	case "ip6":
		return allOf(etherType{typeIPv6}, groupIP{6})
	}
	p.fail("%s has no multicast", protocol)
	return never{}
}

// identifier reads what the qualifiers are about.
func (p *parser) identifier(q qualifiers) node {
	switch q.kind {
	case "port", "portrange":
		return p.ports(q)
	case "proto":
		return p.protocolNumber(q)
	case "net":
		return p.network(q)
	}
	if q.protocol == "ether" {
		addr, err := net.ParseMAC(p.peek().text)
		if err != nil || len(addr) != 6 {
			p.fail("%q is not a hardware address", p.peek().text)
			return never{}
		}
		p.next++
		return p.directed(q, func(source bool) node { return mac{[6]byte(addr), source} })
	}
	addr, err := netip.ParseAddr(p.peek().text)
	if err != nil || addr.Zone() != "" {
		p.fail("%q is not an address; names are not looked up", p.peek().text)
		return never{}
	}
	p.next++
	return p.inAddresses(q, netip.PrefixFrom(addr, addr.BitLen()))
}

// directed joins a condition on the source and one on the destination.
func (p *parser) directed(q qualifiers, one func(source bool) node) node {
	switch q.direction {
	case "src":
		return one(true)
	case "dst":
		return one(false)
	case "src and dst":
		return allOf(one(true), one(false))
	}
	return anyOf(one(true), one(false))
}

// inAddresses is a network in the addresses of a protocol.
func (p *parser) inAddresses(q qualifiers, network netip.Prefix) node {
	in := func(t uint16) node {
		arp := t == typeARP || t == typeRARP
		return allOf(etherType{t}, p.directed(q, func(source bool) node { return address{network, source, arp} }))
	}
	is6 := network.Addr().Is6()
	switch q.protocol {
	case "":
		if is6 {
			return in(typeIPv6)
		}
		return anyOf(in(typeIPv4), in(typeARP), in(typeRARP))
	case "ip", "ip6", "arp", "rarp":
		if is6 != (q.protocol == "ip6") {
			p.fail("%s is not an address of %s", network.Addr(), q.protocol)
		}
		return in(etherTypes[q.protocol])
	}
	p.fail("%s has no addresses", q.protocol)
	return never{}
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
	if !hasBits && p.accept("mask") {
		mask, err := netip.ParseAddr(p.peek().text)
		if err != nil || !mask.Is4() || !addr.Is4() {
			p.fail("%q is not a mask", p.peek().text)
			return never{}
		}
		m := mask.As4()
		ones, size := net.IPMask(m[:]).Size()
		if size == 0 {
			p.fail("%s is not a mask of leading ones", mask)
			return never{}
		}
		p.next++
		n = ones
	}
	network := netip.PrefixFrom(addr, n)
	if network.Masked() != network {
		p.fail("%s has bits beyond its %d", addr, n)
	}
	return p.inAddresses(q, network)
}

// ports reads a port or a range of them.
func (p *parser) ports(q qualifiers) node {
	protocols := []string{"tcp", "udp", "sctp"}
	switch q.protocol {
	case "":
	case "tcp", "udp", "sctp":
		protocols = []string{q.protocol}
	default:
		p.fail("%s has no ports", q.protocol)
		return never{}
	}
	text := p.peek().text
	low, high := text, text
	if q.kind == "portrange" {
		var ok bool
		if low, high, ok = strings.Cut(text, "-"); !ok {
			p.fail("%q is not a range of ports", text)
			return never{}
		}
	}
	first, err1 := portNumber(q.protocol, low)
	last, err2 := portNumber(q.protocol, high)
	if err1 != nil || err2 != nil {
		p.fail("%q is not a port", text)
		return never{}
	}
	p.next++
	first, last = min(first, last), max(first, last)
	var versions []node
	for _, v := range []int{4, 6} {
		var carried []node
		for _, name := range protocols {
			carried = append(carried, ipProtocol{v, ipProtocols[name]})
		}
		list := []node{anyOf(carried...)}
		if v == 4 {
			list = append(list, notFragment{})
		}
		list = append(list, p.directed(q, func(source bool) node { return ports{v, source, first, last} }))
		versions = append(versions, allOf(list...))
	}
	return anyOf(versions...)
}

func portNumber(protocol, s string) (uint16, error) {
	if n, err := strconv.ParseUint(s, 0, 16); err == nil {
		return uint16(n), nil
	}
	if protocol == "udp" {
		n, err := net.LookupPort("udp", s)
		return uint16(n), err
	}
	n, err := net.LookupPort("tcp", s)
	if err != nil {
		n, err = net.LookupPort("udp", s)
	}
	return uint16(n), err
}

// protocolNumber reads the number or the name of a protocol.
func (p *parser) protocolNumber(q qualifiers) node {
	text := p.peek().text
	n, err := number(text)
	if q.protocol == "ether" {
		if t, ok := etherTypes[text]; ok {
			n, err = uint32(t), nil
		}
		if err != nil || n > 0xffff {
			p.fail("%q is not a protocol of Ethernet", text)
			return never{}
		}
		p.next++
		return etherType{uint16(n)}
	}
	if proto, ok := ipProtocols[text]; ok {
		n, err = uint32(proto), nil
	}
	if err != nil || n > 0xff {
		p.fail("%q is not a protocol of IP", text)
		return never{}
	}
	p.next++
	switch q.protocol {
	case "ip":
		return ipProtocol{4, uint8(n)}
	case "ip6":
		return ipProtocol{6, uint8(n)}
	case "":
		return anyOf(ipProtocol{4, uint8(n)}, ipProtocol{6, uint8(n)})
	}
	p.fail("%s proto is not supported", q.protocol)
	return never{}
}
