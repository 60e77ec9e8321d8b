// Package openvpn reads the control channel of OpenVPN over TCP, and the TLS
// ClientHello in it.
package openvpn

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
)

// Protocol describes OpenVPN.
var Protocol = &proto.Protocol{
	Name: "OpenVPN",
	Doc:  "OpenVPN over TCP: the packets of a segment, and the TLS ClientHello in them",
	Spec: "https://openvpn.net/community-resources/openvpn-protocol/",
	Selectors: map[string]string{
		"openvpn_tcp": "OpenVPN over TCP, with the TLS ClientHello in it",
	},
	Messages: []proto.Kind{{
		Name:         "packets",
		FDC:          "openvpn",
		Select:       []string{"openvpn_tcp"},
		Match:        []detect.Rule{{Layer: detect.TCP, Port: 1194}},
		Fingerprints: []npf.Type{npf.OpenVPN},
		New:          newMessage,
		Carrier:      true,
	}},
	Records: []proto.Recognition{{Selector: "openvpn_tcp", With: "openvpn"}},
	Fields: []proto.Field{
		proto.O("openvpn", "OpenVPN packets",
			proto.F("num_records", proto.Uint, "packets in the segment"),
			proto.A("records", "packets of the control channel: first those with a message, then acknowledgements",
				proto.F("opcode", proto.String, "kind of packet"),
				proto.F("session_id", proto.Hex, "session of the sender").If("--metadata"),
				proto.F("hmac", proto.Bool, "whether there is an HMAC").If("--metadata"),
				proto.F("net_time", proto.Uint, "time in seconds since 1970, where it is there").To(proto.Seconds).Saying("time of the sender, where it is there").If("--metadata"),
				proto.F("replay_pkt_id", proto.Uint, "number against replay"),
				proto.F("id_array_len", proto.Uint, "packets that are acknowledged"),
				proto.F("msg_pkt_id", proto.Uint, "number of a packet with a message")),
			proto.F("data_len", proto.Uint, "bytes of TLS data that did not fit the buffer for it"),
			proto.F("has_tls", proto.Bool, "whether there is a ClientHello")),
		proto.O("tls", "the ClientHello", proto.O("client", "a ClientHello", tls.HelloFields...)),
		proto.O("dtls", "a ClientHello that has a version of DTLS", proto.O("client", "a ClientHello", tls.HelloFields...)),
	},
}
