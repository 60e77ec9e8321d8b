// Package socks reads messages of SOCKS, by which a client asks a proxy for a
// connection.
package socks

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
)

// Protocol describes SOCKS, versions 4 and 5.
var Protocol = &proto.Protocol{
	Name: "SOCKS",
	Doc:  "SOCKS proxies, versions 4, 4a and 5",
	Spec: "SOCKS 4 (Koblas, Lee), RFC 1928",
	Messages: []proto.Kind{
		{
			Name:   "SOCKS4 request",
			FDC:    "socks4",
			Select: []string{"socks"},
			Match:  []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xfc\x00\x00", Value: "\x04\x00\x00\x00", Length: lengthV4}},
			New:    func(o *proto.Options) proto.Message { return &RequestV4{metadata: o.Metadata} },
		},
		{
			Name:   "SOCKS5 hello",
			FDC:    "socks5",
			Select: []string{"socks"},
			Match:  []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xf0\x00\x00", Value: "\x05\x00\x00\x00", Length: lengthHello}},
			New:    func(o *proto.Options) proto.Message { return &Hello{metadata: o.Metadata} },
		},
		{
			Name:   "SOCKS5 request or reply",
			FDC:    "socks5_req_resp",
			Select: []string{"socks"},
			Match:  []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xf0\xff\xf8", Value: "\x05\x00\x00\x00", Length: lengthV5}},
			New:    func(o *proto.Options) proto.Message { return &MessageV5{metadata: o.Metadata} },
		},
	},
	Framer: &proto.Framer{Frame: frame},
	Fields: []proto.Field{
		proto.O("socks4", "a request of SOCKS 4 or 4a",
			proto.F("cmd", proto.String, "command"),
			proto.F("port", proto.Uint, "port of the destination"),
			proto.F("ip", proto.Address, "address of the destination").If("--metadata"),
			proto.F("id", proto.Text, "user"),
			proto.F("socks4a", proto.Bool, "a domain name is given in place of an address").If("--metadata"),
			proto.F("domain", proto.Text, "domain name of the destination")),
		proto.O("socks5", "the first message of a client of SOCKS 5",
			proto.F("nauth", proto.Uint, "number of authentication methods").If("--metadata"),
			proto.L("auth_list", proto.String, "authentication methods that the client offers")),
		proto.O("socks5_req_resp", "a request of SOCKS 5, or the reply to it",
			proto.F("cmd", proto.String, "command of a request or status of a reply"),
			proto.F("addr_type", proto.Uint, "type of the address").If("--metadata"),
			proto.F("ipv4", proto.Address, "IPv4 address"),
			proto.F("ipv6", proto.Address, "IPv6 address"),
			proto.F("domain", proto.Text, "domain name"),
			proto.F("dst_port", proto.Uint, "port")),
	},
}
