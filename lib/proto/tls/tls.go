// Package tls reads the messages that open TLS connections: ClientHello,
// ServerHello and Certificate.
//
// ClientHello and ServerHello are what other protocols embed: DTLS, QUIC and
// OpenVPN carry the same messages inside records of their own.
package tls

import (
	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
)

// elsewhere are members of the records of messages of other protocols that
// hold a ClientHello.
var elsewhere = []string{"quic", "openvpn", "fingerprints.dtls"}

// Protocol describes TLS.
var Protocol = &proto.Protocol{
	Name: "TLS",
	Doc:  "Transport Layer Security: hello messages and certificates",
	Spec: "RFC 8446, RFC 5246",
	Selectors: map[string]string{
		"tls":                    "TLS hello messages and certificates",
		"tls.client_hello":       "TLS ClientHello",
		"tls.server_hello":       "TLS ServerHello, with a certificate that follows it",
		"tls.server_certificate": "TLS certificates that follow no ServerHello in their packet",
	},
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
	Records: []proto.Recognition{
		{Selector: "tls", With: "tls", Without: elsewhere},
		{Selector: "tls", With: "fingerprints.tls"},
		{Selector: "tls", With: "fingerprints.tls_server", Without: []string{"quic"}},
		{Selector: "tls.client_hello", With: "tls.client", Without: append(elsewhere, "tls.client.certs")},
		{Selector: "tls.client_hello", With: "fingerprints.tls"},
		{Selector: "tls.server_hello", With: "fingerprints.tls_server", Without: []string{"quic"}},
		{Selector: "tls.server_certificate", With: "tls.client.certs"},
		{Selector: "tls.server_certificate", With: "tls.server.certs", Without: []string{"fingerprints.tls_server"}},
		{Selector: "tls.server_certificate", With: "tls.undetermined"},
	},
	Framer: &proto.Framer{Frame: frame, Find: findHello},
	Fields: []proto.Field{proto.O("tls", "a TLS message",
		proto.O("client", "a ClientHello, or a client's certificates", append(HelloFields, Certs)...),
		proto.O("server", "a ServerHello, or a server's certificates", append(ServerHelloFields, Certs)...),
		proto.O("undetermined", "certificates of a client or a server", Certs),
	)},
}

// startsWith identifies a handshake message that begins a record of version
// 3.0 to 3.3.
func startsWith(t HandshakeType) []detect.Rule {
	return []detect.Rule{{
		Layer: detect.TCP,
		Mask:  "\xff\xff\xfc\x00\x00\xff\x00\x00",
		Value: "\x16\x03\x00\x00\x00" + string(rune(t)) + "\x00\x00",
	}}
}
