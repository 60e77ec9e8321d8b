package cryptopolicy

import (
	"strings"

	"merctools/lib/proto/tls"
)

// The cipher suites of NIST SP 800-52 revision 2, section 3.3.1 and appendix D.
var (
	// suites13 are those that are allowed with TLS 1.3.
	suites13 = newSet(
		0x1301, // TLS_AES_128_GCM_SHA256
		0x1302, // TLS_AES_256_GCM_SHA384
		0x1304, // TLS_AES_128_CCM_SHA256
		0x1305, // TLS_AES_128_CCM_8_SHA256
	)

	// suites12 are those that are allowed with TLS 1.2.
	suites12 = newSet(
		0x0030, // TLS_DH_DSS_WITH_AES_128_CBC_SHA
		0x0031, // TLS_DH_RSA_WITH_AES_128_CBC_SHA
		0x0032, // TLS_DHE_DSS_WITH_AES_128_CBC_SHA
		0x0033, // TLS_DHE_RSA_WITH_AES_128_CBC_SHA
		0x0036, // TLS_DH_DSS_WITH_AES_256_CBC_SHA
		0x0037, // TLS_DH_RSA_WITH_AES_256_CBC_SHA
		0x0038, // TLS_DHE_DSS_WITH_AES_256_CBC_SHA
		0x0039, // TLS_DHE_RSA_WITH_AES_256_CBC_SHA
		0x003e, // TLS_DH_DSS_WITH_AES_128_CBC_SHA256
		0x003f, // TLS_DH_RSA_WITH_AES_128_CBC_SHA256
		0x0040, // TLS_DHE_DSS_WITH_AES_128_CBC_SHA256
		0x0067, // TLS_DHE_RSA_WITH_AES_128_CBC_SHA256
		0x0068, // TLS_DH_DSS_WITH_AES_256_CBC_SHA256
		0x0069, // TLS_DH_RSA_WITH_AES_256_CBC_SHA256
		0x006a, // TLS_DHE_DSS_WITH_AES_256_CBC_SHA256
		0x006b, // TLS_DHE_RSA_WITH_AES_256_CBC_SHA256
		0x009e, // TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
		0x009f, // TLS_DHE_RSA_WITH_AES_256_GCM_SHA384
		0x00a0, // TLS_DH_RSA_WITH_AES_128_GCM_SHA256
		0x00a1, // TLS_DH_RSA_WITH_AES_256_GCM_SHA384
		0x00a2, // TLS_DHE_DSS_WITH_AES_128_GCM_SHA256
		0x00a3, // TLS_DHE_DSS_WITH_AES_256_GCM_SHA384
		0x00a4, // TLS_DH_DSS_WITH_AES_128_GCM_SHA256
		0x00a5, // TLS_DH_DSS_WITH_AES_256_GCM_SHA384
		0xc004, // TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA
		0xc005, // TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA
		0xc009, // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
		0xc00a, // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
		0xc00e, // TLS_ECDH_RSA_WITH_AES_128_CBC_SHA
		0xc00f, // TLS_ECDH_RSA_WITH_AES_256_CBC_SHA
		0xc013, // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
		0xc014, // TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
		0xc023, // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
		0xc024, // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
		0xc025, // TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256
		0xc026, // TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384
		0xc027, // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256
		0xc028, // TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384
		0xc029, // TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256
		0xc02a, // TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384
		0xc02b, // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
		0xc02c, // TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
		0xc02d, // TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256
		0xc02e, // TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384
		0xc02f, // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
		0xc030, // TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
		0xc031, // TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256
		0xc032, // TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384
		0xc09e, // TLS_DHE_RSA_WITH_AES_128_CCM
		0xc09f, // TLS_DHE_RSA_WITH_AES_256_CCM
		0xc0a2, // TLS_DHE_RSA_WITH_AES_128_CCM_8
		0xc0a3, // TLS_DHE_RSA_WITH_AES_256_CCM_8
		0xc0ac, // TLS_ECDHE_ECDSA_WITH_AES_128_CCM
		0xc0ad, // TLS_ECDHE_ECDSA_WITH_AES_256_CCM
		0xc0ae, // TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8
		0xc0af, // TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8
	)

	// suites11 are those that are allowed with TLS 1.1: what is in suites12
	// and needs no TLS 1.2, which are the suites of HMAC-SHA1.
	suites11 = suites12.named(func(name string) bool { return strings.HasSuffix(name, "_CBC_SHA") })

	// cbcSuites are those that use CBC, which needs encrypt_then_mac.
	cbcSuites = suites12.named(func(name string) bool { return strings.Contains(name, "_CBC_") })

	// ecdheSuites are those that use ephemeral Diffie-Hellman over elliptic curves.
	ecdheSuites = suites12.named(func(name string) bool { return strings.HasPrefix(name, "TLS_ECDHE_") })

	// curveSuites are those that use elliptic curves.
	curveSuites = suites12.named(func(name string) bool { return strings.HasPrefix(name, "TLS_ECDH") })
)

// named returns the suites of s whose name in IANA's registry satisfies keep.
func (s set) named(keep func(string) bool) set {
	chosen := set{}
	for code := range s {
		if keep(tls.CipherSuiteName(code)) {
			chosen[code] = struct{}{}
		}
	}
	return chosen
}
