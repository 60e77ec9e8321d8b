package pcapfilter

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// qualifiers stand before an identifier.
type qualifiers struct {
	protocol  string // such as "tcp" or "ip6"; may be empty
	direction string // "src", "dst", "src or dst", "src and dst", or empty
	kind      string // one of kinds, or empty
}

var kinds = []string{"host", "net", "port", "portrange", "proto", "protochain"}

// unsupported are the words of pcap-filter(7) for frames that there are no
// filters for, for tunnels and for names of hosts.
var unsupported = strings.Fields(`gateway geneve vxlan byte radio
	type subtype dir direction ra ta addr1 addr2 addr3 addr4 address1 address2 address3 address4
	on ifname rnr rulenum srnr subrulenum reason rset ruleset action
	lane vpi vci metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic connectmsg metaconnect
	fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls`)

// protocol is a protocol that is a primitive by itself. ok is false for other
// names.
func protocol(name string) (n node, ok bool) {
	if t, ok := etherTypes[name]; ok {
		return linkProtocol(t), true
	}
	if t, ok := isoProtocols[name]; ok {
		return isoProtocol(t), true
	}
	var list []node
	if number, ok := ipProtocols[name]; ok {
		for _, v := range versions(name) {
			list = append(list, ipProtocol{v, number})
		}
	}
	for _, t := range isisTypes[name] {
		list = append(list, isisType(t))
	}
	if list == nil {
		return nil, false
	}
	return anyOf(list...), true
}

// isLink reports whether a name is that of the link layer, which has the same
// meaning for all link types.
func isLink(name string) bool {
	return slices.Contains([]string{"ether", "link", "fddi", "tr", "wlan", "ppp", "slip"}, name)
}

// primitive reads qualifiers and an identifier, or one of the special
// primitives.
func (p *parser) primitive() node {
	if p.peek().name && p.last.kind != "" {
		return p.identifier(p.last) // "proto (\\tcp or \\udp)"
	}
	start := p.next
	switch {
	case p.accept("less"):
		return relation{op: "<=", left: length{}, right: p.numeral()}
	case p.accept("greater"):
		return relation{op: ">=", left: length{}, right: p.numeral()}
	case p.accept("vlan"):
		p.tags = true
		return vlan{p.optional(4095)}
	case p.accept("mpls"):
		return mpls{p.optional(1<<20 - 1)}
	case p.accept("pppoes"):
		return pppoe{p.optional(65535)}
	case p.accept("pppoed"):
		return etherType{typePPPoEDiscovery}
	case p.accept("llc"):
		return p.llcFrame()
	case p.accept("inbound"):
		return not{outgoing{}}
	case p.accept("outbound"):
		return outgoing{}
	case p.accept("ifindex"):
		return onInterface{uint32(p.numeral())}
	}
	var q qualifiers
	itself, isProtocol := protocol(p.peek().text)
	switch {
	case isProtocol:
		q.protocol = p.peek().text
		p.next++
	case isLink(p.peek().text):
		q.protocol = "ether"
		p.next++
	}
	switch {
	case p.accept("broadcast"):
		return p.broadcast(q.protocol)
	case p.accept("multicast"):
		return p.multicast(q.protocol)
	}
	q.direction = p.direction()
	if t := p.peek().text; slices.Contains(kinds, t) {
		q.kind = t
		p.next++
	}
	t := p.peek()
	isEnd := t.text == "" || t.sign || t.text == "and" || t.text == "or" || t.text == "not"
	switch {
	case isEnd && isProtocol && q.direction == "" && q.kind == "":
		p.last = qualifiers{}
		return itself
	case (q.direction != "" || q.kind != "") && (t.text == "(" || t.text == "not" || t.text == "!"):
		p.last = q // "port (80 or 443)"
		return p.term()
	case isEnd:
		p.fail("an address, a port or a protocol is missing")
		return never{}
	case p.next == start:
		q = p.last // those of the identifier before
	}
	if q.kind == "" {
		if slices.Contains(unsupported, t.text) {
			p.fail("%q is not supported", t.text)
		}
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

func (p *parser) numeral() constant {
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
	switch protocol {
	case "", "ether":
		return mac{addr: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	case "ip":
		return allOf(etherType{typeIPv4}, broadcastIP{})
	}
	p.fail("%s has no broadcast", protocol)
	return never{}
}

func (p *parser) multicast(protocol string) node {
	switch protocol {
	case "", "ether":
		return groupMAC{}
	case "ip":
		first := load{layer: networkLayer, index: constant(16), size: 1}
		return allOf(etherType{typeIPv4}, relation{op: ">=", left: first, right: constant(224)})
	case "ip6":
		return allOf(etherType{typeIPv6}, payload(24, 1, 0xff, 0xff))
	}
	p.fail("%s has no multicast", protocol)
	return never{}
}

// identifier reads what the qualifiers are about.
func (p *parser) identifier(q qualifiers) node {
	switch q.kind {
	case "port", "portrange":
		return p.ports(q)
	case "proto", "protochain":
		return p.protocolNumber(q)
	}
	switch {
	case q.protocol == "ether" && q.kind == "host":
		addr, ok := hardwareAddress(p.peek().text)
		if !ok {
			p.fail("%q is not a hardware address", p.peek().text)
			return never{}
		}
		p.next++
		return p.directed(q, func(source bool) node { return mac{addr, source} })
	case !slices.Contains([]string{"", "ip", "ip6", "arp", "rarp"}, q.protocol):
		p.fail("%s %s is not supported", q.protocol, q.kind)
		return never{}
	case q.kind == "net":
		return p.network(q)
	}
	addr, err := netip.ParseAddr(p.peek().text)
	if err != nil || addr.Zone() != "" {
		p.fail("%q is not an address; names are not looked up", p.peek().text)
		return never{}
	}
	p.next++
	return p.inAddresses(q, addr, net.CIDRMask(addr.BitLen(), addr.BitLen()))
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

// protocolNumber reads the number or the name of a protocol.
func (p *parser) protocolNumber(q qualifiers) node {
	if q.kind == "proto" {
		switch q.protocol {
		case "ether":
			n := namedNumber(p, "Ethernet", etherTypes)
			if n > 0xff && n <= lastLength {
				p.fail("ether proto %d is a length", n)
			}
			return linkProtocol(n)
		case "iso":
			return isoProtocol(namedNumber(p, "ISO", isoProtocols))
		case "isis", "is-is":
			n := namedNumber[uint8](p, "IS-IS")
			if n > 0x1f {
				p.fail("isis proto %d is greater than 31", n)
			}
			return isisType(n)
		}
	}
	n := namedNumber(p, "IP", ipProtocols, moreIPProtocols)
	in := func(version int) node {
		if q.kind == "protochain" {
			return protoChain{version, n}
		}
		return ipProtocol{version, n}
	}
	switch q.protocol {
	case "ip":
		return in(4)
	case "ip6":
		return in(6)
	case "":
		return anyOf(in(4), in(6))
	}
	p.fail("%s %s is not supported", q.protocol, q.kind)
	return never{}
}

// namedNumber reads the number of a protocol, or a name of one in a table.
func namedNumber[N uint8 | uint16](p *parser, of string, tables ...map[string]N) N {
	text := p.peek().text
	for _, names := range tables {
		if n, ok := names[text]; ok {
			p.next++
			return n
		}
	}
	n, err := number(text)
	if err != nil || n > uint32(^N(0)) {
		p.fail("%q is not a protocol of %s", text, of)
	}
	p.next++
	return N(n)
}
