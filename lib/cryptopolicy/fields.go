package cryptopolicy

import (
	"slices"

	"merctools/lib/record"
)

// Fields describes the member that Assess writes.
var Fields = []record.Field{
	record.A("cryptographic_security_assessment", "what policies say of a handshake, in their order", assessment...).If("--crypto-assess"),
}

// assessment is what a policy says of a handshake.
var assessment = slices.Concat([]record.Field{
	record.F("policy", record.String, "name of the policy: quantum_safe or nist_sp_800_52_2"),
	record.O("client", "quantum_safe, TLS and QUIC: what the client offers", offered...),
	record.O("session", "quantum_safe, TLS: what the server chose", offered...),
	record.O("offered", "quantum_safe, SSH: what is offered",
		record.L("kex_not_allowed", record.Text, "key exchanges that are not allowed"),
		record.F("kex_allowed", record.String, "which key exchanges are allowed: all, some, none"),
		record.O("client_to_server", "towards the server", ciphers...),
		record.O("server_to_client", "towards the client", ciphers...)),
	record.F("target", record.String, "quantum_safe, DTLS: client or session; what else there is stands beside it"),
}, offered, []record.Field{
	record.O("negotiated_parameters", "nist_sp_800_52_2: what the server chose",
		record.F("protocol_version", record.String, "version of TLS"),
		record.L("extensions", record.String, "extensions"),
		record.F("cipher_suite", record.String, "cipher suite"),
		record.F("supported_group", record.String, "group")),
	record.O("compliance_result", "nist_sp_800_52_2: what was found",
		record.F("tls_version_non_compliant", record.String, "what is wrong with the version"),
		record.F("compression_method_non_compliant", record.String, "what is wrong with the compression"),
		record.F("cipher_suite_non_compliant", record.String, "what is wrong with the cipher suite"),
		record.F("supported_groups_missing", record.String, "that groups are missing"),
		record.F("supported_group_non_compliant", record.String, "what is wrong with the group"),
		record.F("ec_points_format_non_compliant", record.String, "that point formats are missing"),
		record.F("encrypt_then_mac_non_compliant", record.String, "that the order of encryption and authentication is wrong"),
		record.F("compliant", record.Bool, "whether the handshake complies")),
})

var ciphers = []record.Field{
	record.L("ciphersuites_not_allowed", record.Text, "ciphers that are not allowed"),
	record.F("ciphersuites_allowed", record.String, "which ciphers are allowed: all, some, none"),
}

var offered = []record.Field{
	ciphers[0], ciphers[1],
	record.L("groups_not_allowed", record.String, "groups that are not allowed"),
	record.F("groups_allowed", record.String, "which groups are allowed: all, some, none"),
	record.F("tls_cert_with_extern_psk", record.Bool, "whether a certificate is combined with a pre-shared key (RFC 8773)"),
	record.F("tls_cert_with_extern_psk_non_compliant", record.String, "what that lacks"),
	record.F("psk_key_exchange_modes_non_compliant", record.String, "what is wrong with the modes of pre-shared keys"),
	record.F("psk_key_exchange_mlkem1024_non_compliant", record.String, "what the key shares lack"),
	record.F("pre_shared_key_non_compliant", record.String, "what is wrong with the binders of pre-shared keys"),
}
