// Package netbios reads messages of the NetBIOS session and datagram services.
package netbios

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
)

// Ports of the services (RFC 1002, section 5).
const (
	portDatagram = 138
	portSession  = 139
)

// Protocol describes the NetBIOS session and datagram services.
var Protocol = &proto.Protocol{
	Name: "NetBIOS",
	Doc:  "NetBIOS session and datagram services",
	Spec: "RFC 1002",
	Selectors: map[string]string{
		"nbss": "NetBIOS session service",
		"nbds": "NetBIOS datagram service",
	},
	Messages: []proto.Kind{
		{
			Name:   "session packet",
			FDC:    "nbss",
			Select: []string{"nbss"},
			Match:  []detect.Rule{{Layer: detect.TCP, Port: portSession}},
			New:    func(*proto.Options) proto.Message { return new(Session) },
		},
		{
			Name:   "datagram",
			FDC:    "nbds",
			Select: []string{"nbds"},
			Match:  []detect.Rule{{Layer: detect.UDP, Port: portDatagram, Side: detect.Both}},
			New:    func(*proto.Options) proto.Message { return new(Datagram) },
		},
	},
	Records: []proto.Recognition{
		{Selector: "nbss", With: "nbss"},
		{Selector: "nbds", With: "nbds"},
	},
	Fields: []proto.Field{
		proto.O("nbss", "a packet of the session service",
			proto.F("type", proto.String, "packet type"),
			proto.F("length", proto.Uint, "low 16 bits of the length that the packet says it has"),
			proto.F("data", proto.Hex, "all that follows the header")),
		proto.O("nbds", "a packet of the datagram service",
			proto.F("msg_type", proto.String, "packet type"),
			proto.F("flags", proto.Hex, "flags"),
			proto.F("datagram_id", proto.Uint, "identifier"),
			proto.F("source_ip", proto.Address, "address of the sender"),
			proto.F("source_port", proto.Uint, "port of the sender"),
			proto.F("datagram_length", proto.Uint, "length that the datagram says it has"),
			proto.F("packet_offset", proto.Uint, "offset of a fragment"),
			proto.F("source_name", proto.Text, "NetBIOS name of the sender"),
			proto.F("destination_name", proto.Text, "NetBIOS name of the receiver"),
			proto.F("error_code", proto.Uint, "error code"),
			proto.F("data", proto.Hex, "names and data of a datagram, or the body of a packet of unknown type")),
	},
}
