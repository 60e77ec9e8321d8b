// Package hpkeid names the algorithms of Hybrid Public Key Encryption (RFC
// 9180), which Encrypted ClientHello uses in TLS and in the DNS. Names are empty
// for identifiers that IANA has not assigned.
//
// Package crypto/hpke has the algorithms, but no names, and not all of them.
package hpkeid

// KEM is the name of a key encapsulation mechanism (IANA, HPKE KEM Identifiers).
func KEM(id uint16) string {
	switch id {
	case 0x0010:
		return "DHKEM_P256_HKDF_SHA256"
	case 0x0011:
		return "DHKEM_P384_HKDF_SHA384"
	case 0x0012:
		return "DHKEM_P521_HKDF_SHA512"
	case 0x0013:
		return "DHKEM_CP256_HKDF_SHA256"
	case 0x0014:
		return "DHKEM_CP384_HKDF_SHA384"
	case 0x0015:
		return "DHKEM_CP521_HKDF_SHA512"
	case 0x0016:
		return "DHKEM_secp256k1_HKDF_SHA256"
	case 0x0020:
		return "DHKEM_X25519_HKDF_SHA256"
	case 0x0021:
		return "DHKEM_X448_HKDF_SHA512"
	case 0x0030:
		return "X25519Kyber768Draft00"
	}
	return ""
}

// KDF is the name of a key derivation function (RFC 9180, section 7.2).
func KDF(id uint16) string {
	switch id {
	case 1:
		return "HKDF_SHA256"
	case 2:
		return "HKDF_SHA384"
	case 3:
		return "HKDF_SHA512"
	}
	return ""
}

// AEAD is the name of an algorithm for authenticated encryption (RFC 9180,
// section 7.3).
func AEAD(id uint16) string {
	switch id {
	case 1:
		return "AES_128_GCM"
	case 2:
		return "AES_256_GCM"
	case 3:
		return "ChaCha20Poly1305"
	case 0xffff:
		return "Export_only"
	}
	return ""
}
