// Package tls reads the messages that open TLS connections: ClientHello,
// ServerHello and Certificate.
//
// ClientHello and ServerHello are what other protocols embed: DTLS, QUIC and
// OpenVPN carry the same messages inside records of their own.
package tls

import (
	"merctools/lib/identify"
	"merctools/lib/npf"
	"merctools/lib/proto"
)

// Protocol describes TLS.
var Protocol = &proto.Protocol{
	Name: "TLS",
	Doc:  "Transport Layer Security: hello messages and certificates",
	Spec: "RFC 8446, RFC 5246",
	Messages: []proto.Kind{{
		Name:         "client hello",
		Select:       []string{"tls", "tls.client_hello"},
		Match:        startsWith(TypeClientHello),
		Fingerprints: []npf.Type{npf.TLS},
		New:          newClientMessage,
	}, {
		Name:         "server hello and certificate",
		Select:       []string{"tls", "tls.server_hello"},
		Match:        startsWith(TypeServerHello),
		Fingerprints: []npf.Type{npf.TLSServer},
		New:          newServerMessage,
	}, {
		Name:   "certificate",
		Select: []string{"tls", "tls.server_certificate"},
		Match:  startsWith(TypeCertificate),
		New:    newCertificateMessage,
	}},
	Fields: []proto.Field{proto.O("tls", "a TLS message",
		proto.O("client", "a ClientHello, or a client's certificates", append(HelloFields, certs)...),
		proto.O("server", "a ServerHello, or a server's certificates", append(ServerHelloFields, certs)...),
		proto.O("undetermined", "certificates of a client or a server", certs),
	)},
}

// startsWith identifies a handshake message that begins a record of version
// 3.0 to 3.3.
func startsWith(t HandshakeType) []identify.Rule {
	return []identify.Rule{{
		Layer: identify.TCP,
		Mask:  "\xff\xff\xfc\x00\x00\xff\x00\x00",
		Value: "\x16\x03\x00\x00\x00" + string(rune(t)) + "\x00\x00",
	}}
}
