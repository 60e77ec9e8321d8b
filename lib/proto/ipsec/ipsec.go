// Package ipsec reads messages of IPsec: the key exchange IKE, and the first
// packets of ESP.
package ipsec

import (
	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// Protocol describes IKE and ESP.
var Protocol = &proto.Protocol{
	Name: "IPsec",
	Doc:  "Internet Key Exchange and Encapsulating Security Payload",
	Spec: "RFC 7296, RFC 4303, RFC 3948",
	Messages: []proto.Kind{
		{
			Name:   "IKE message",
			FDC:    "ike",
			Select: []string{"ipsec"},
			Match: []detect.Rule{
				{Layer: detect.UDP, Port: portNAT, Prefix: nonESPMarker, Early: true},
				{Layer: detect.UDP, Port: portIKE},
			},
			New: func(*proto.Options) proto.Message { return new(IKE) },
		},
		{
			Name:   "ESP packet",
			FDC:    "esp",
			Select: []string{"ipsec"},
			Match: []detect.Rule{
				{Layer: detect.UDP, Port: portNAT, Early: true},
				{Layer: detect.IP, Number: packet.ProtocolESP},
			},
			New: func(o *proto.Options) proto.Message { return &ESP{metadata: o.Metadata} },
		},
	},
	Fields: []proto.Field{
		proto.O("ike", "an IKE message", ikeFields...),
		proto.O("esp", "the first ESP packet of a security association",
			proto.F("spi", proto.Hex, "security parameters index"),
			proto.F("seq", proto.Hex, "sequence number"),
			proto.F("payload_length", proto.Uint, "length of what follows, in bytes"),
			proto.F("payload", proto.Hex, "its first 32 bytes").If("--metadata")),
	},
}

// Ports of UDP. On that for NAT traversal, IKE has a marker before each
// message, where ESP has an index that is not zero (RFC 3948, section 2.2).
const (
	portIKE      = 500
	portNAT      = 4500
	nonESPMarker = "\x00\x00\x00\x00"
)
