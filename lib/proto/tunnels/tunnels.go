// Package tunnels describes the tunnels through which packets are followed;
// package packet reads them.
package tunnels

import (
	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// Protocol describes GRE, GENEVE and VXLAN.
var Protocol = &proto.Protocol{
	Name: "tunnels",
	Doc:  "Tunnels that carry IP packets: GRE, GENEVE and VXLAN; IP in IP is always followed",
	Spec: "RFC 2784, RFC 8926, RFC 7348, RFC 2003",
	Selectors: map[string]string{
		"vxlan":  "traffic in VXLAN tunnels",
		"geneve": "traffic in GENEVE tunnels",
		"gre":    "traffic in GRE tunnels",
	},
	Messages: []proto.Kind{
		{
			Name:   "VXLAN",
			Select: []string{"vxlan"},
			Match:  []detect.Rule{{Layer: detect.UDP, Port: packet.PortVXLAN, Side: detect.Destination}},
			Tunnel: packet.TunnelVXLAN,
		},
		{
			Name:   "GENEVE",
			Select: []string{"geneve"},
			Match:  []detect.Rule{{Layer: detect.UDP, Port: packet.PortGENEVE, Side: detect.Destination}},
			Tunnel: packet.TunnelGENEVE,
		},
		{
			Name:   "GRE",
			Select: []string{"gre"},
			Match: []detect.Rule{
				{Layer: detect.IP, Number: packet.ProtocolGRE},
				{Layer: detect.UDP, Port: packet.PortGRE, Side: detect.Destination},
			},
			Tunnel: packet.TunnelGRE,
		},
	},
	Records: []proto.Recognition{
		{Selector: "vxlan", With: "encapsulations.*.type", Value: packet.TunnelVXLAN.String()},
		{Selector: "geneve", With: "encapsulations.*.type", Value: packet.TunnelGENEVE.String()},
		{Selector: "gre", With: "encapsulations.*.type", Value: packet.TunnelGRE.String()},
	},
	Fields: packet.TunnelFields,
}
