// Package registry lists the protocols. Their order is the order in which
// they are tried wherever more than one could be meant.
package registry

import (
	"slices"

	"merctools/lib/proto"
	"merctools/lib/proto/arp"
	"merctools/lib/proto/cdp"
	"merctools/lib/proto/dhcp"
	"merctools/lib/proto/dns"
	"merctools/lib/proto/dtls"
	"merctools/lib/proto/ftp"
	"merctools/lib/proto/http"
	"merctools/lib/proto/icmp"
	"merctools/lib/proto/lldp"
	"merctools/lib/proto/netbios"
	"merctools/lib/proto/ospf"
	"merctools/lib/proto/sctp"
	"merctools/lib/proto/tcp"
	"merctools/lib/proto/tftp"
	"merctools/lib/proto/tunnels"
	"merctools/lib/proto/wireguard"
)

// All lists the protocols.
var All = []*proto.Protocol{
	tcp.Protocol,
	arp.Protocol,
	icmp.Protocol,
	tunnels.Protocol,
	netbios.Protocol,
	dns.Protocol,
	tftp.Protocol,
	dhcp.Protocol,
	cdp.Protocol,
	lldp.Protocol,
	ospf.Protocol,
	sctp.Protocol,
}

// Selectors returns the names that a selection can be made of, sorted.
func Selectors() []string {
	names := []string{"all", "none", "tcp.message", "tcp.syn_ack"}
	for _, p := range All {
		for _, k := range p.Messages {
			names = append(names, k.Select...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
