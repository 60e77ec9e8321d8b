package cryptopolicy

import (
	"testing"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// What is written has the form of its kind of handshake, and only a server of
// TLS is held against both policies.
func TestAssess(t *testing.T) {
	const (
		weak   = "\x00\x2f"                         // TLS_RSA_WITH_AES_128_CBC_SHA
		strong = "\x13\x02"                         // TLS_AES_256_GCM_SHA384
		groups = "\x00\x0a\x00\x04\x00\x02\x11\xec" // X25519MLKEM768

		notAllowed = `"ciphersuites_not_allowed":["TLS_RSA_WITH_AES_128_CBC_SHA"],"ciphersuites_allowed":"none","groups_allowed":"all","tls_cert_with_extern_psk":false`
		allowed    = `"ciphersuites_allowed":"all","groups_allowed":"all","tls_cert_with_extern_psk":false`
	)
	for _, tt := range []struct {
		name  string
		h     proto.Handshake
		found Finding
		want  string
	}{
		{"TLS client", proto.Handshake{Kind: proto.TLSOffer, CipherSuites: wire.Cursor(weak), Extensions: wire.Cursor(groups)},
			NotQuantumSafe, `{"policy":"quantum_safe","client":{` + notAllowed + `}}`},
		{"TLS client, safe", proto.Handshake{Kind: proto.TLSOffer, CipherSuites: wire.Cursor(strong), Extensions: wire.Cursor(groups)},
			0, `{"policy":"quantum_safe","client":{` + allowed + `}}`},
		{"TLS server", proto.Handshake{Kind: proto.TLSChoice, Version: 0x0303, CipherSuites: wire.Cursor(weak), Extensions: wire.Cursor(groups), Compression: wire.Cursor("\x00")},
			NotQuantumSafe | NotNISTSP800_52, `{"policy":"quantum_safe","session":{` + notAllowed + `}},` +
				`{"policy":"nist_sp_800_52_2","negotiated_parameters":{"protocol_version":"TLSv1.2","extensions":["supported_groups"],` +
				`"cipher_suite":"TLS_RSA_WITH_AES_128_CBC_SHA","supported_group":"X25519MLKEM768"},` +
				`"compliance_result":{"cipher_suite_non_compliant":"disallowed cipher suite for TLSv1.2","compliant":false}}`},
		{"DTLS client", proto.Handshake{Kind: proto.DTLSOffer, CipherSuites: wire.Cursor(strong), Extensions: wire.Cursor(groups)},
			0, `{"policy":"quantum_safe","target":"client",` + allowed + `}`},
		{"DTLS server", proto.Handshake{Kind: proto.DTLSChoice, CipherSuites: wire.Cursor(weak), Extensions: wire.Cursor(groups)},
			NotQuantumSafe, `{"policy":"quantum_safe","target":"session",` + notAllowed + `}`},
		{"SSH", proto.Handshake{Kind: proto.SSHOffer, KeyExchanges: wire.Cursor("mlkem768x25519-sha256,x"), CiphersToServer: wire.Cursor("aes256-gcm"), CiphersToClient: wire.Cursor("3des-cbc")},
			NotQuantumSafe, `{"policy":"quantum_safe","offered":{"kex_not_allowed":["x"],"kex_allowed":"some",` +
				`"client_to_server":{"ciphersuites_allowed":"all"},` +
				`"server_to_client":{"ciphersuites_not_allowed":["3des-cbc"],"ciphersuites_allowed":"none"}}}`},
	} {
		p, err := Parse("default")
		if err != nil {
			t.Fatal(err)
		}
		var w record.Writer
		w.Object()
		found := p.Assess(&tt.h, &w)
		w.EndObject()
		if got, want := string(w.Bytes()), `{"cryptographic_security_assessment":[`+tt.want+`]}`; got != want || found != tt.found {
			t.Errorf("%s: %b\n got %s\nwant %s", tt.name, found, got, want)
		}
	}
}

// What consumers know, although a policy or the protocol would have it
// otherwise.
func TestOddities(t *testing.T) {
	const (
		strong   = "\x13\x02"                 // TLS_AES_256_GCM_SHA384
		versions = "\x00\x2b\x00\x02\x03\x04" // TLS 1.3
		share    = "\x00\x33\x00\x04\x11\xec\x00\x00"
	)
	client := func(extensions string) proto.Handshake {
		return proto.Handshake{Kind: proto.TLSOffer, CipherSuites: wire.Cursor(strong), Extensions: wire.Cursor(extensions)}
	}
	for _, tt := range []struct {
		name, policy string
		h            proto.Handshake
		found        Finding
		want         string
	}{
		// The group is in key_share; extensions are not in their order.
		{"TLS 1.3", "nist_sp_800_52", proto.Handshake{Kind: proto.TLSChoice, Version: 0x0303, CipherSuites: wire.Cursor(strong), Extensions: wire.Cursor(versions + share), Compression: wire.Cursor("\x00")},
			0, `{"policy":"nist_sp_800_52_2","negotiated_parameters":{"protocol_version":"TLSv1.3","extensions":["key_share","supported_versions"],` +
				`"cipher_suite":"TLS_AES_256_GCM_SHA384","supported_group":"UNKNOWN"},"compliance_result":{"compliant":true}}`},
		{"list of half groups", "quantum_safe", client("\x00\x0a\x00\x05\x00\x03\x11\xec\x00"),
			NotQuantumSafe, `{"policy":"quantum_safe","client":{"ciphersuites_allowed":"all"}}`},
		{"no groups", "quantum_safe", client(""),
			0, `{"policy":"quantum_safe","client":{"ciphersuites_allowed":"all","groups_allowed":"all","tls_cert_with_extern_psk":false}}`},
		{"ML-KEM-512", "quantum_safe", client("\x00\x0a\x00\x04\x00\x02\x02\x00"),
			0, `{"policy":"quantum_safe","client":{"ciphersuites_allowed":"all","groups_allowed":"all","tls_cert_with_extern_psk":false}}`},
	} {
		p, err := Parse(tt.policy)
		if err != nil {
			t.Fatal(err)
		}
		var w record.Writer
		w.Object()
		found := p.Assess(&tt.h, &w)
		w.EndObject()
		if got, want := string(w.Bytes()), `{"cryptographic_security_assessment":[`+tt.want+`]}`; got != want || found != tt.found {
			t.Errorf("%s: %b\n got %s\nwant %s", tt.name, found, got, want)
		}
	}
}
