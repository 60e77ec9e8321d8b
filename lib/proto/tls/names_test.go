package tls

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{CipherSuiteName(0x0000), "TLS_NULL_WITH_NULL_NULL"},
		{CipherSuiteName(0x1301), "TLS_AES_128_GCM_SHA256"},
		{CipherSuiteName(0xd005), "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256"},
		{CipherSuiteName(0x1a1a), ""},
		{GroupName(29), "x25519"},
		{GroupName(4588), "X25519MLKEM768"},
		{GroupName(0), ""},
		{ExtKeyShare.Name(), "key_share"},
		{ExtECH.Name(), "encrypted_client_hello"},
		{ExtensionType(0xffff).Name(), ""},
		{ExtensionType(0x44cd).Name(), ""},
		{ExtensionType(0x44cd).CommonName(), "application_settings"},
		{ExtKeyShare.CommonName(), "key_share"},
		{SignatureAlgorithmName(0x0403), "ecdsa_secp256r1_sha256"},
		{SignatureAlgorithmName(0x0402), "dsa_sha256"},
		{SignatureAlgorithmName(0x0101), "rsa_pkcs1_md5"},
		{SignatureAlgorithmName(0x0400), ""},
		{SignatureAlgorithmName(0x0701), ""},
		{PointFormatName(0), "uncompressed"},
		{PSKModeName(1), "psk_dhe_ke"},
		{PSKModeName(2), ""},
		{CertificateCompressionName(2), "brotli"},
		{TransportParameterName(0x3129), "user_agent"},
		{TransportParameterName(0x1b), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestTablesAreSorted(t *testing.T) {
	for _, table := range [][]codeName{cipherSuites[:], groups[:], extensionNames[:], unregistered[:], signatureAlgorithms[:]} {
		if !slices.IsSortedFunc(table, func(a, b codeName) int { return int(a.code) - int(b.code) }) {
			t.Errorf("the table that begins with %s is not sorted", table[0].name)
		}
	}
}

func TestIsGREASE(t *testing.T) {
	n := 0
	for v := range 1 << 16 {
		if IsGREASE(uint16(v)) {
			n++
		}
	}
	if n != 16 || !IsGREASE(0x0a0a) || !IsGREASE(0xfafa) || IsGREASE(0x0a1a) {
		t.Errorf("%d values", n)
	}
}

func TestLookupAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { CipherSuiteName(0x1301); GroupName(29); ExtECH.Name() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
