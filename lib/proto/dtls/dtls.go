// Package dtls reads the messages that open DTLS connections: ClientHello,
// HelloVerifyRequest, ServerHello and Certificate. They are those of TLS, in
// records of another form and possibly in fragments.
package dtls

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
)

// Protocol describes DTLS.
var Protocol = &proto.Protocol{
	Name: "DTLS",
	Doc:  "Datagram Transport Layer Security: hello messages and certificates",
	Spec: "RFC 6347, RFC 9147",
	Messages: []proto.Kind{{
		Name:         "client hello",
		FDC:          "dtls",
		Select:       []string{"dtls"},
		Match:        startsWith(tls.TypeClientHello),
		Fingerprints: []npf.Type{npf.DTLS},
		New:          newClientMessage,
	}, {
		Name:         "server hello",
		FDC:          "dtls",
		Select:       []string{"dtls"},
		Match:        startsWith(tls.TypeServerHello),
		Fingerprints: []npf.Type{npf.DTLSServer},
		New:          newServerMessage,
	}, {
		Name:   "hello verify request",
		FDC:    "dtls",
		Select: []string{"dtls"},
		Match:  startsWith(tls.TypeHelloVerifyRequest),
		New:    func(*proto.Options) proto.Message { return new(VerifyMessage) },
	}, {
		Name:   "certificate",
		FDC:    "dtls",
		Select: []string{"dtls"},
		Match:  startsWith(tls.TypeCertificate),
		New:    newCertificateMessage,
		Deep:   true,
	}},
	Join: newJoiner,
	Records: []proto.Recognition{
		{Selector: "dtls", With: "dtls", Without: []string{"quic", "openvpn"}},
		{Selector: "dtls", With: "fingerprints.dtls"},
		{Selector: "dtls", With: "fingerprints.dtls_server"},
	},
	Fields: []proto.Field{
		proto.O("dtls", "a DTLS message",
			proto.O("client", "a ClientHello, or a client's certificates", append(tls.HelloFields, tls.Certs)...),
			proto.O("server", "a ServerHello, or a server's certificates", append(tls.ServerHelloFields, tls.Certs)...),
			proto.O("undetermined", "certificates of a client or a server", tls.Certs)),
		proto.O("tls", "a ClientHello that has a version of TLS",
			proto.O("client", "a ClientHello", tls.HelloFields...)),
	},
}

// startsWith identifies a handshake message that begins a record of DTLS 1.0
// or 1.2.
func startsWith(t tls.HandshakeType) []detect.Rule {
	return []detect.Rule{{
		Layer: detect.UDP,
		Mask:  "\xff\xff\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\x00\x00",
		Value: "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + string(rune(t)) + "\x00\x00",
	}}
}
