package pcapfilter

import (
	"net"
	"strconv"
	"strings"
)

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
	if a, b, ok := strings.Cut(text, "-"); ok && q.kind == "portrange" {
		low, high = a, b
	}
	first, only, err1 := portNumber(q.protocol, low)
	last, lastOnly, err2 := portNumber(q.protocol, high)
	if err1 != nil || err2 != nil {
		p.fail("%q is not a %s", text, q.kind)
		return never{}
	}
	p.next++
	if only != "" && only == lastOnly {
		protocols = []string{only}
	}
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

// portNumber reads a port. Where it is a name that only one protocol has, and
// none is asked for, only is that protocol.
func portNumber(protocol, s string) (port uint16, only string, err error) {
	if n, err := strconv.ParseUint(s, 0, 16); err == nil {
		return uint16(n), "", nil
	}
	if s == "domain" {
		return 53, "", nil // package net has it for UDP only where there is no /etc/services
	}
	tcp, tcpErr := net.LookupPort("tcp", s)
	udp, udpErr := net.LookupPort("udp", s)
	switch {
	case tcpErr == nil && (protocol == "tcp" || udpErr == nil && udp == tcp):
		return uint16(tcp), "", nil
	case udpErr == nil && protocol == "udp":
		return uint16(udp), "", nil
	case protocol != "":
		return 0, "", strconv.ErrSyntax
	case tcpErr == nil:
		return uint16(tcp), "tcp", nil
	}
	return uint16(udp), "udp", udpErr
}
