package tls

import (
	"cmp"
	"slices"

	"merctools/lib/proto"
)

// A codeName is a code point and its name.
type codeName struct {
	code uint16
	name string
}

// find looks up a code in a table that is sorted by code. It returns "" where
// it has none.
func find(table []codeName, code uint16) string {
	i, ok := slices.BinarySearchFunc(table, code, func(e codeName, code uint16) int {
		return cmp.Compare(e.code, code)
	})
	if !ok {
		return ""
	}
	return table[i].name
}

// CipherSuiteName is the registered name of a cipher suite, or "".
func CipherSuiteName(code uint16) string { return find(cipherSuites[:], code) }

// GroupName is the registered name of a group for key exchange, or "".
func GroupName(code uint16) string { return find(groups[:], code) }

// Name is the registered name of an extension, or "".
func (t ExtensionType) Name() string { return find(extensionNames[:], uint16(t)) }

// CommonName is the registered name of an extension, or else what it is called
// where it is in use without being registered, or "".
func (t ExtensionType) CommonName() string {
	if name := t.Name(); name != "" {
		return name
	}
	return find(unregistered[:], uint16(t))
}

// SignatureAlgorithmName is the registered name of a signature algorithm, or
// one made of the hash and the signature that it stands for in TLS 1.2 (RFC
// 5246, section 7.4.1.4.1), or "".
func SignatureAlgorithmName(code uint16) string {
	if name := find(signatureAlgorithms[:], code); name != "" {
		return name
	}
	hashes := [...]string{1: "md5", 2: "sha1", 3: "sha224", 4: "sha256", 5: "sha384", 6: "sha512"}
	signatures := [...]string{1: "rsa_pkcs1", 2: "dsa", 3: "ecdsa"}
	hash, signature := proto.Name(hashes[:], code>>8), proto.Name(signatures[:], code&0xff)
	if hash == "" || signature == "" {
		return ""
	}
	return signature + "_" + hash
}

// PointFormatName is the registered name of a format of points on elliptic
// curves (RFC 8422, section 5.1.2), or "".
func PointFormatName(code uint8) string { return proto.Name(pointFormats[:], code) }

var pointFormats = [...]string{"uncompressed", "ansiX962_compressed_prime", "ansiX962_compressed_char2"}

// PSKModeName is the registered name of a way to use pre-shared keys (RFC 8446,
// section 4.2.9), or "".
func PSKModeName(code uint8) string { return proto.Name(pskModes[:], code) }

var pskModes = [...]string{"psk_ke", "psk_dhe_ke"}

// CertificateCompressionName is the registered name of an algorithm that
// compresses certificates (RFC 8879, section 3), or "".
func CertificateCompressionName(code uint16) string {
	return proto.Name(certificateCompressions[:], code)
}

var certificateCompressions = [...]string{1: "zlib", 2: "brotli", 3: "zstd"}

// IsPostQuantum reports whether a group resists quantum computers: ML-KEM and
// its predecessors, also together with an elliptic curve.
func IsPostQuantum(group uint16) bool {
	switch group {
	case 0x0200, 0x0201, 0x0202, // ML-KEM
		0x11eb, 0x11ec, 0x11ed, 0x11ee, // with a curve
		0x6399, 0x639a, 0xfe30, 0xfe31, 0xfe32, // drafts with Kyber
		0x4138: // CECPQ2
		return true
	}
	return false
}

// VersionName is the name of a version, such as TLSv1.3, or "".
func VersionName(version uint16) string {
	switch version {
	case 0x0002:
		return "SSLv2"
	case 0x0300:
		return "SSLv3"
	case 0x0301:
		return "TLSv1.0"
	case 0x0302:
		return "TLSv1.1"
	case 0x0303:
		return "TLSv1.2"
	case 0x0304:
		return "TLSv1.3"
	case 0xfeff:
		return "DTLSv1.0"
	case 0xfefd:
		return "DTLSv1.2"
	case 0xfefc:
		return "DTLSv1.3"
	}
	return ""
}

// groups are the registered groups (IANA registry "TLS Supported Groups").
var groups = [...]codeName{
	{1, "sect163k1"},
	{2, "sect163r1"},
	{3, "sect163r2"},
	{4, "sect193r1"},
	{5, "sect193r2"},
	{6, "sect233k1"},
	{7, "sect233r1"},
	{8, "sect239k1"},
	{9, "sect283k1"},
	{10, "sect283r1"},
	{11, "sect409k1"},
	{12, "sect409r1"},
	{13, "sect571k1"},
	{14, "sect571r1"},
	{15, "secp160k1"},
	{16, "secp160r1"},
	{17, "secp160r2"},
	{18, "secp192k1"},
	{19, "secp192r1"},
	{20, "secp224k1"},
	{21, "secp224r1"},
	{22, "secp256k1"},
	{23, "secp256r1"},
	{24, "secp384r1"},
	{25, "secp521r1"},
	{26, "brainpoolP256r1"},
	{27, "brainpoolP384r1"},
	{28, "brainpoolP512r1"},
	{29, "x25519"},
	{30, "x448"},
	{31, "brainpoolP256r1tls13"},
	{32, "brainpoolP384r1tls13"},
	{33, "brainpoolP512r1tls13"},
	{34, "GC256A"},
	{35, "GC256B"},
	{36, "GC256C"},
	{37, "GC256D"},
	{38, "GC512A"},
	{39, "GC512B"},
	{40, "GC512C"},
	{41, "curveSM2"},
	{256, "ffdhe2048"},
	{257, "ffdhe3072"},
	{258, "ffdhe4096"},
	{259, "ffdhe6144"},
	{260, "ffdhe8192"},
	{512, "MLKEM512"},
	{513, "MLKEM768"},
	{514, "MLKEM1024"},
	{4587, "SecP256r1MLKEM768"},
	{4588, "X25519MLKEM768"},
	{4589, "SecP384r1MLKEM1024"},
	{25497, "X25519Kyber768Draft00"},
	{25498, "SecP256r1Kyber768Draft00"},
	{65281, "arbitrary_explicit_prime_curves"},
	{65282, "arbitrary_explicit_char2_curves"},
}

// extensionNames are the registered extensions (IANA registry "TLS
// ExtensionType Values").
var extensionNames = [...]codeName{
	{0, "server_name"},
	{1, "max_fragment_length"},
	{2, "client_certificate_url"},
	{3, "trusted_ca_keys"},
	{4, "truncated_hmac"},
	{5, "status_request"},
	{6, "user_mapping"},
	{7, "client_authz"},
	{8, "server_authz"},
	{9, "cert_type"},
	{10, "supported_groups"},
	{11, "ec_point_formats"},
	{12, "srp"},
	{13, "signature_algorithms"},
	{14, "use_srtp"},
	{15, "heartbeat"},
	{16, "application_layer_protocol_negotiation"},
	{17, "status_request_v2"},
	{18, "signed_certificate_timestamp"},
	{19, "client_certificate_type"},
	{20, "server_certificate_type"},
	{21, "padding"},
	{22, "encrypt_then_mac"},
	{23, "extended_master_secret"},
	{24, "token_binding"},
	{25, "cached_info"},
	{26, "tls_lts"},
	{27, "compress_certificate"},
	{28, "record_size_limit"},
	{29, "pwd_protect"},
	{30, "pwd_clear"},
	{31, "password_salt"},
	{32, "ticket_pinning"},
	{33, "tls_cert_with_extern_psk"},
	{34, "delegated_credential"},
	{35, "session_ticket"},
	{36, "TLMSP"},
	{37, "TLMSP_proxying"},
	{38, "TLMSP_delegate"},
	{39, "supported_ekt_ciphers"},
	{41, "pre_shared_key"},
	{42, "early_data"},
	{43, "supported_versions"},
	{44, "cookie"},
	{45, "psk_key_exchange_modes"},
	{47, "certificate_authorities"},
	{48, "oid_filters"},
	{49, "post_handshake_auth"},
	{50, "signature_algorithms_cert"},
	{51, "key_share"},
	{52, "transparency_info"},
	{53, "connection_id_deprecated"},
	{54, "connection_id"},
	{55, "external_id_hash"},
	{56, "external_session_id"},
	{57, "quic_transport_parameters"},
	{58, "ticket_request"},
	{59, "dnssec_chain"},
	{60, "sequence_number_encryption_algorithms"},
	{61, "rrc"},
	{64768, "ech_outer_extensions"},
	{65037, "encrypted_client_hello"},
	{65281, "renegotiation_info"},
}

// unregistered are extensions that are in use without being registered, or
// under another number than the registered one.
var unregistered = [...]codeName{
	{0x3374, "next_protocol_negotiation"},
	{0x4469, "application_settings_old"},
	{0x44cd, "application_settings"},
	{0x5500, "token_binding_draft"},
	{0x754f, "channel_id_old"},
	{0x7550, "channel_id"},
	{0xffa5, "quic_transport_parameters_draft"},
	{0xffce, "encrypted_server_name"},
}

// signatureAlgorithms are the registered ones (IANA registry "TLS
// SignatureScheme").
var signatureAlgorithms = [...]codeName{
	{0x0201, "rsa_pkcs1_sha1"},
	{0x0203, "ecdsa_sha1"},
	{0x0401, "rsa_pkcs1_sha256"},
	{0x0403, "ecdsa_secp256r1_sha256"},
	{0x0420, "rsa_pkcs1_sha256_legacy"},
	{0x0501, "rsa_pkcs1_sha384"},
	{0x0503, "ecdsa_secp384r1_sha384"},
	{0x0520, "rsa_pkcs1_sha384_legacy"},
	{0x0601, "rsa_pkcs1_sha512"},
	{0x0603, "ecdsa_secp521r1_sha512"},
	{0x0620, "rsa_pkcs1_sha512_legacy"},
	{0x0704, "eccsi_sha256"},
	{0x0705, "iso_ibs1"},
	{0x0706, "iso_ibs2"},
	{0x0707, "iso_chinese_ibs"},
	{0x0708, "sm2sig_sm3"},
	{0x0709, "gostr34102012_256a"},
	{0x070a, "gostr34102012_256b"},
	{0x070b, "gostr34102012_256c"},
	{0x070c, "gostr34102012_256d"},
	{0x070d, "gostr34102012_512a"},
	{0x070e, "gostr34102012_512b"},
	{0x070f, "gostr34102012_512c"},
	{0x0804, "rsa_pss_rsae_sha256"},
	{0x0805, "rsa_pss_rsae_sha384"},
	{0x0806, "rsa_pss_rsae_sha512"},
	{0x0807, "ed25519"},
	{0x0808, "ed448"},
	{0x0809, "rsa_pss_pss_sha256"},
	{0x080a, "rsa_pss_pss_sha384"},
	{0x080b, "rsa_pss_pss_sha512"},
	{0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
	{0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
	{0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
	{0x0904, "mldsa44"},
	{0x0905, "mldsa65"},
	{0x0906, "mldsa87"},
}
