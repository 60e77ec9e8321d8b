// Package registry lists the protocols. Their order is the order in which
// they are tried wherever more than one could be meant.
package registry

import (
	"slices"

	"merctools/lib/proto"
	"merctools/lib/proto/arp"
	"merctools/lib/proto/dnp3"
	"merctools/lib/proto/icmp"
	"merctools/lib/proto/iec"
	"merctools/lib/proto/rdp"
	"merctools/lib/proto/smb"
	"merctools/lib/proto/socks"
	"merctools/lib/proto/tacacs"
	"merctools/lib/proto/tcp"
	"merctools/lib/proto/tofsee"
	"merctools/lib/proto/tunnels"
	"merctools/lib/proto/wireguard"
)

// All lists the protocols.
var All = []*proto.Protocol{
	tcp.Protocol,
	arp.Protocol,
	icmp.Protocol,
	tunnels.Protocol,
	smb.Protocol,
	iec.Protocol,
	dnp3.Protocol,
	tacacs.Protocol,
	rdp.Protocol,
	socks.Protocol,
	tofsee.Protocol,
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
