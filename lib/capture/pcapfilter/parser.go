package pcapfilter

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A parser reads tokens. The first error ends it.
type parser struct {
	expression string
	tokens     []token
	next       int
	depth      int
	last       qualifiers // of the identifier before, for "port 80 or 443"
	err        error
}

// maxDepth bounds how deep parentheses, negations and indexes are nested. All of
// them go through term or operand, which count.
const maxDepth = 100

// qualifiers stand before an identifier.
type qualifiers struct {
	protocol  string // such as "tcp" or "ip6"; may be empty
	direction string // "src", "dst", "src or dst", "src and dst", or empty
	kind      string // "host", "net", "port", "portrange", "proto", or empty
}

func parse(s string) (node, error) {
	tokens, err := scan(s)
	if err != nil {
		return nil, err
	}
	p := &parser{expression: s, tokens: tokens}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("empty filter")
	}
	n := p.conditions()
	if t := p.peek(); p.err == nil && t.text != "" {
		p.fail("unexpected %q", t.text)
	}
	return n, p.err
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		at := len(p.expression)
		if p.next < len(p.tokens) {
			at = p.tokens[p.next].at
		}
		p.err = fmt.Errorf("offset %d: %s", at, fmt.Sprintf(format, args...))
	}
	p.next = len(p.tokens)
}

// peek is the next token, an empty one at the end.
func (p *parser) peek() token {
	if p.next < len(p.tokens) {
		return p.tokens[p.next]
	}
	return token{}
}

// text is that of a token, empty behind the end.
func (p *parser) text(i int) string {
	if i < len(p.tokens) {
		return p.tokens[i].text
	}
	return ""
}

// accept passes over the next token if it is one of those.
func (p *parser) accept(texts ...string) bool {
	if t := p.peek(); t.text != "" && slices.Contains(texts, t.text) {
		p.next++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail("%q is missing", text)
	}
}

// conditions reads terms that "and" and "or" join, from left to right.
func (p *parser) conditions() node {
	n := p.term()
	for p.err == nil {
		switch {
		case p.accept("and", "&&"):
			n = and{n, p.term()}
		case p.accept("or", "||"):
			n = or{n, p.term()}
		default:
			return n
		}
	}
	return n
}

func (p *parser) term() node {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deep")
		return never{}
	}
	defer func() { p.depth-- }()
	if p.accept("not", "!") {
		return not{p.term()}
	}
	if p.isRelation() {
		return p.relation()
	}
	if p.accept("(") {
		n := p.conditions()
		p.expect(")")
		return n
	}
	return p.primitive()
}

// isRelation reports whether what follows is a comparison of values: whether it
// begins with a value and, where parentheses are before that, they enclose a
// value, too.
func (p *parser) isRelation() bool {
	first := p.next
	for p.text(first) == "(" || p.text(first) == "-" {
		first++
	}
	switch text, next := p.text(first), p.text(first+1); {
	case text == "len", next == "[":
	case isNumber(text) && (isOperator(next) || next == ")" && first > p.next):
	default:
		return false
	}
	return p.text(p.next) != "(" || p.enclosesValue()
}

// enclosesValue reports whether an operator follows the parenthesis that closes
// the next token.
func (p *parser) enclosesValue() bool {
	depth := 0
	for i := p.next; i < len(p.tokens); i++ {
		switch p.text(i) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return isOperator(p.text(i + 1))
			}
		}
	}
	return false
}

func isNumber(s string) bool {
	_, isName := names[s]
	_, err := number(s)
	return isName || err == nil
}

func isOperator(s string) bool {
	_, arithmetic := precedences[s]
	return arithmetic || isComparison(s)
}

func isComparison(s string) bool {
	return slices.Contains([]string{"<", ">", "<=", ">=", "=", "==", "!="}, s)
}

// relation reads "value operator value".
func (p *parser) relation() node {
	r := relation{left: p.value(0)}
	r.op = p.peek().text
	if !isComparison(r.op) {
		p.fail("a comparison is missing")
		return never{}
	}
	p.next++
	r.right = p.value(0)
	r.needs = needs(needs(nil, r.left), r.right)
	return r
}

// precedences are those of arithmetic operators.
var precedences = map[string]int{"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}

// value reads operators of at least a precedence.
func (p *parser) value(least int) value {
	v := p.operand()
	for p.err == nil {
		op := p.peek().text
		precedence, ok := precedences[op]
		if !ok || precedence < least {
			return v
		}
		p.next++
		v = fold(operation{op, v, p.value(precedence + 1)})
	}
	return v
}

// fold computes what has constant operands.
func fold(b operation) value {
	l, ok := b.left.(constant)
	r, ok2 := b.right.(constant)
	if ok && ok2 {
		if n, ok := calculate(operations[b.op], uint32(l), uint32(r)); ok {
			return constant(n)
		}
	}
	return b
}

func (p *parser) operand() value {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deep")
		return constant(0)
	}
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case p.accept("("):
		v := p.value(0)
		p.expect(")")
		return v
	case p.accept("-"):
		return fold(operation{"-", constant(0), p.operand()})
	case p.accept("len"):
		return length{}
	case p.text(p.next+1) == "[":
		return p.load()
	}
	if n, ok := names[t.text]; ok {
		p.next++
		return constant(n)
	}
	if n, err := number(t.text); err == nil {
		p.next++
		return constant(n)
	}
	p.fail("%q is no value", t.text)
	return constant(0)
}

// load reads "protocol[index:size]".
func (p *parser) load() value {
	l := load{header: p.peek().text, size: 1}
	if !slices.Contains([]string{"ether", "link", "ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "icmp6", "sctp", "igmp"}, l.header) {
		p.fail("the bytes of %q can't be read", l.header)
		return constant(0)
	}
	p.next += 2
	l.index = p.value(0)
	if p.accept(":") {
		switch size := p.peek().text; size {
		case "1", "2", "4":
			l.size = int(size[0] - '0')
			p.next++
		default:
			p.fail("a size is 1, 2 or 4")
		}
	}
	p.expect("]")
	return l
}

// needs appends what must hold for a value to be there.
func needs(list []node, v value) []node {
	switch v := v.(type) {
	case operation:
		return needs(needs(list, v.left), v.right)
	case load:
		list = needs(list, v.index)
		switch v.header {
		case "ether", "link":
		case "ip", "ip6", "arp", "rarp":
			list = append(list, etherType{etherTypes[v.header]})
		case "icmp6":
			list = append(list, protocol("icmp6"))
		default:
			list = append(list, allOf(ipProtocol{4, ipProtocols[v.header]}, notFragment{}))
		}
	}
	return list
}

// number reads a number: decimal, hexadecimal or octal.
func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 0, 32)
	return uint32(n), err
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
