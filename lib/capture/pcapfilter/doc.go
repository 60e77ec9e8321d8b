// Package pcapfilter compiles filter expressions, such as "tcp port 443 and not
// host 192.0.2.1", into programs for the kernel's packet filter (BPF).
//
// The language is that of pcap-filter(7): primitives with the qualifiers host,
// net, port, portrange and proto, the directions src and dst, protocols by
// name, vlan, mpls, pppoes, less, greater, broadcast, multicast, and relations
// between arithmetic expressions such as "tcp[tcpflags] & tcp-syn != 0". As
// there, "and" and "or" have the same precedence and associate to the left,
// and "tcp port 80 or 443" repeats the qualifiers.
//
// Host names are not looked up: a filter names addresses. Names of ports are.
// "gateway", "protochain", "inbound", "outbound" and the primitives for ATM and
// wireless frames are not supported.
package pcapfilter
