package tls

import "merctools/lib/proto"

// HelloFields are the members that a ClientHello writes, wherever it is
// embedded.
var HelloFields = []proto.Field{
	proto.F("version", proto.Hex, "version of the message").If("--metadata"),
	proto.F("random", proto.Hex, "nonce of the client").If("--metadata"),
	proto.F("session_id", proto.Hex, "session to resume, or any value").If("--metadata"),
	proto.F("cipher_suites", proto.Hex, "cipher suites that are offered, two bytes each").To(proto.Codes4).If("--metadata"),
	proto.F("compression_methods", proto.Hex, "compression methods that are offered, one byte each").To(proto.Codes2).If("--metadata"),
	proto.F("server_name", proto.Text, "host name that the client asks for"),
	proto.F("quic_transport_parameters", proto.Hex, "QUIC transport parameters extension, with type and length"),
	proto.F("quic_transport_parameters_draft", proto.Hex, "the same extension under the type that drafts used"),
	proto.F("google_user_agent", proto.Text, "name of the client's software, a QUIC transport parameter"),
	alpn, sessionTicket,
	proto.O("ech_client_hello", "encrypted ClientHello",
		proto.O("hpke_symmetric_cipher_suite", "how it is encrypted",
			proto.F("kdf", proto.String, "key derivation function"),
			proto.F("aead", proto.String, "encryption algorithm")),
		proto.F("config_id", proto.Uint, "the server's configuration that was used"),
		proto.F("payload_length", proto.Uint, "bytes of the encrypted message")).If("--metadata"),
	proto.F("features", proto.Text, "version, cipher suites and extensions as they came, as JSON").To(proto.Lists).Saying("version, cipher suites and extensions as they came").If("--raw-features"),
}

// ServerHelloFields are the members that a ServerHello writes.
var ServerHelloFields = []proto.Field{
	proto.F("version", proto.Hex, "version of the message").If("--metadata"),
	proto.F("random", proto.Hex, "nonce of the server").If("--metadata"),
	proto.F("selected_cipher_suite", proto.Hex, "cipher suite that was chosen").If("--metadata"),
	proto.F("compression_method", proto.Hex, "compression method that was chosen").If("--metadata"),
	alpn, sessionTicket,
}

var (
	alpn          = proto.L("application_layer_protocol_negotiation", proto.Text, "application protocols").If("--metadata")
	sessionTicket = proto.F("session_ticket", proto.Hex, "session ticket").If("--metadata")

	// Certs is the member that CertificateList writes.
	Certs = proto.A("certs", "certificates, the sender's own first",
		proto.F("base64", proto.Base64, "the certificate in DER, unless it is written as JSON"),
		proto.O("cert", "what the certificate says", certificateFields...).To(proto.Spread).If("--certs-json"))
)
