package engine

import (
	"slices"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

// Fields are the members of records that no protocol declares: what stands
// around a message.
var Fields = []proto.Field{
	proto.O("fingerprints", "the message's fingerprint, by its type", fingerprints()...),
	proto.O("udp", "the first data of a flow in which no selected protocol is found",
		proto.F("data", proto.Hex, "the data").If("--nonselected-udp-data")),
	proto.A("cryptographic_security_assessment", "what policies say of a handshake, in their order", assessment...).If("--crypto-assess"),
	proto.O("analysis", "what the fingerprint and the destination tell",
		proto.F("process", proto.Text, "name of the program that most probably sent it"),
		proto.F("score", proto.Float, "how probable that is"),
		proto.F("malware", proto.Uint, "1 where the program is malware"),
		proto.F("p_malware", proto.Float, "how probable malware is"),
		proto.O("os_info", "operating systems that the program was seen on", proto.F("*", proto.Uint, "how often")),
		proto.F("status", proto.String, "why there is no program, or only a guess: randomized_fingerprint, unlabeled_fingerprint, unknown"),
		proto.A("attributes", "what else is known",
			proto.F("name", proto.Text, "name of an attribute, such as encrypted_dns"),
			proto.F("probability_score", proto.Float, "how probable it is")),
	).If("--analysis, --exposed-creds, --crypto-assess or --network-behavioral-detections"),
	proto.O("context", "what analysis and statistics need and the options keep out of the record; only between merc-fp and merc-analyze",
		proto.F("server_name", proto.Text, "host name that the client asks for"),
		proto.F("user_agent", proto.Text, "name of the sender's software")),
	proto.O("reassembly_properties", "how the message came in parts",
		proto.F("reassembled", proto.Bool, "true: it was put together from several packets").If("--reassembly"),
		proto.F("truncated", proto.Bool, "true: parts of it are missing"),
		proto.F("out_of_order", proto.Bool, "true: parts came out of order").If("--reassembly"),
		proto.F("max_segments_exceed", proto.Bool, "true: it came in more parts than are put together").If("--reassembly"),
		proto.F("segment_overlaps", proto.Bool, "true: parts overlapped").If("--reassembly"),
		proto.F("back_partial_overlap", proto.Bool, "true: a part began in an earlier one").If("--reassembly"),
		proto.F("back_subset_overlap", proto.Bool, "true: a part lay within an earlier one").If("--reassembly"),
		proto.F("front_partial_overlap", proto.Bool, "true: a part ended in a later one").If("--reassembly"),
		proto.F("front_superset_overlap", proto.Bool, "true: a part covered a later one").If("--reassembly")),
	proto.O("ip", "the header of the innermost IP packet",
		proto.F("version", proto.Uint, "4 or 6"),
		proto.F("ttl", proto.Uint, "time to live, or hop limit"),
		proto.F("id", proto.Hex, "identification, four digits; for version 6 the flow label, five digits"),
		proto.F("extensions", proto.Hex, "extension headers of version 6")).If("--metadata"),
	proto.F("src_ip", proto.Address, "address of the sender"),
	proto.F("dst_ip", proto.Address, "address of the receiver"),
	proto.F("protocol", proto.Uint, "number of the protocol in IP (IANA, Assigned Internet Protocol Numbers)"),
	proto.F("src_port", proto.Uint, "port of the sender; 0 where there are no ports"),
	proto.F("dst_port", proto.Uint, "port of the receiver; 0 where there are no ports"),
	proto.O("src_geo", "where the address of the sender is used, as far as the database knows", place...).If("--geo-db"),
	proto.O("dst_geo", "where the address of the receiver is used", place...).If("--geo-db"),
	proto.F("event_start", proto.Float, "time of the packet in seconds since 1970, with six decimals"),
}

// place is what --geo-db says of an address.
var place = []proto.Field{
	proto.F("country", proto.String, "ISO 3166 code of the country, two letters"),
	proto.F("asn", proto.Uint, "number of the autonomous system"),
}

// fingerprints are the types of fingerprint that any message has.
func fingerprints() []proto.Field {
	var fields []proto.Field
	for t := npf.None + 1; t.String() != npf.None.String(); t++ {
		for _, p := range registry.All {
			for i := range p.Messages {
				for _, f := range p.Messages[i].Fingerprints {
					if f == t {
						fields = append(fields, proto.F(t.String(), proto.String, "fingerprint of a "+p.Name+" "+p.Messages[i].Name))
					}
				}
			}
		}
	}
	return fields
}

// assessment is what a policy says of a handshake.
var assessment = slices.Concat([]proto.Field{
	proto.F("policy", proto.String, "name of the policy: quantum_safe or nist_sp_800_52_2"),
	proto.O("client", "quantum_safe, TLS and QUIC: what the client offers", offered...),
	proto.O("session", "quantum_safe, TLS: what the server chose", offered...),
	proto.O("offered", "quantum_safe, SSH: what is offered",
		proto.L("kex_not_allowed", proto.Text, "key exchanges that are not allowed"),
		proto.F("kex_allowed", proto.String, "which key exchanges are allowed: all, some, none"),
		proto.O("client_to_server", "towards the server", ciphers...),
		proto.O("server_to_client", "towards the client", ciphers...)),
	proto.F("target", proto.String, "quantum_safe, DTLS: client or session; what else there is stands beside it"),
}, offered, []proto.Field{
	proto.O("negotiated_parameters", "nist_sp_800_52_2: what the server chose",
		proto.F("protocol_version", proto.String, "version of TLS"),
		proto.L("extensions", proto.String, "extensions"),
		proto.F("cipher_suite", proto.String, "cipher suite"),
		proto.F("supported_group", proto.String, "group")),
	proto.O("compliance_result", "nist_sp_800_52_2: what was found",
		proto.F("tls_version_non_compliant", proto.String, "what is wrong with the version"),
		proto.F("compression_method_non_compliant", proto.String, "what is wrong with the compression"),
		proto.F("cipher_suite_non_compliant", proto.String, "what is wrong with the cipher suite"),
		proto.F("supported_groups_missing", proto.String, "that groups are missing"),
		proto.F("supported_group_non_compliant", proto.String, "what is wrong with the group"),
		proto.F("ec_points_format_non_compliant", proto.String, "that point formats are missing"),
		proto.F("encrypt_then_mac_non_compliant", proto.String, "that the order of encryption and authentication is wrong"),
		proto.F("compliant", proto.Bool, "whether the handshake complies")),
})

var ciphers = []proto.Field{
	proto.L("ciphersuites_not_allowed", proto.Text, "ciphers that are not allowed"),
	proto.F("ciphersuites_allowed", proto.String, "which ciphers are allowed: all, some, none"),
}

var offered = []proto.Field{
	ciphers[0], ciphers[1],
	proto.L("groups_not_allowed", proto.String, "groups that are not allowed"),
	proto.F("groups_allowed", proto.String, "which groups are allowed: all, some, none"),
	proto.F("tls_cert_with_extern_psk", proto.Bool, "whether a certificate is combined with a pre-shared key (RFC 8773)"),
	proto.F("tls_cert_with_extern_psk_non_compliant", proto.String, "what that lacks"),
	proto.F("psk_key_exchange_modes_non_compliant", proto.String, "what is wrong with the modes of pre-shared keys"),
	proto.F("psk_key_exchange_mlkem1024_non_compliant", proto.String, "what the key shares lack"),
	proto.F("pre_shared_key_non_compliant", proto.String, "what is wrong with the binders of pre-shared keys"),
}
