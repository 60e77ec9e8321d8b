// Package pcapfilter compiles filter expressions, such as "tcp port 443 and not
// host 192.0.2.1", into programs for the kernel's packet filter (BPF).
//
// The language is that of pcap-filter(7): primitives with the qualifiers host,
// net, port, portrange and proto, the directions src and dst, protocols by
// name, protochain, llc, vlan, mpls, pppoed, pppoes, less, greater, broadcast,
// multicast, inbound, outbound, ifindex, and relations between arithmetic
// expressions such as "tcp[tcpflags] & tcp-syn != 0". As there, "and" and "or"
// have the same precedence and associate to the left, and "tcp port 80 or 443"
// repeats the qualifiers.
//
// Filters accept what those of libpcap 1.10 accept, with four exceptions.
// Protocols over LLC, such as IS-IS, are found in Linux cooked captures, too.
// "protochain" follows several authentication headers, and 8 headers at most: the
// kernel takes no program with a loop. The upper three bits of the type of an
// IS-IS packet, which are reserved, are ignored. All headers that a relation reads must be
// there, also those to the right of an arithmetic operator.
//
// Host names are not looked up: a filter names addresses. Names of ports are.
// "ip broadcast" needs the netmask of an interface. "gateway", "geneve", addresses
// of DECnet, and primitives for ATM, MTP, PF and wireless frames are errors.
package pcapfilter
