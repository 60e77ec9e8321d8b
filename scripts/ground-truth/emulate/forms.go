package main

import (
	"slices"

	tls "github.com/bogdanfinn/utls"
)

// A form is how a program's hello looks on some machines, or looked in versions
// that no profile has.
type form struct {
	name    string
	version string // in place of the profile's
	apply   func(*tls.ClientHelloSpec)
}

// forms returns the forms of a profile's hello, of which the first is the
// profile itself.
func forms(profile string, family string) []form {
	list := []form{{"", "", func(*tls.ClientHelloSpec) {}}}
	if family != "chromium" {
		return list
	}
	list = append(list, form{"without AES", "", chachaFirst})
	// Programs with Chromium in them left TLS 1.3 off for long, and had channel IDs.
	if profile == "utls Chrome 70" || profile == "utls Chrome 72" {
		list = append(list,
			form{"TLS 1.2", "", noTLS13},
			form{"TLS 1.2, without AES", "", all(noTLS13, chachaFirst)},
			form{"TLS 1.2, channel ID", "", all(noTLS13, addChannelID)},
			form{"TLS 1.2, channel ID, without AES", "", all(noTLS13, addChannelID, chachaFirst)})
	}
	if profile != "utls Chrome 62" {
		return list
	}
	// Until version 70 channel IDs could be off, until 57 there were the suites of
	// the draft for ChaCha20, and until 54 no GREASE.
	old := []form{
		{"without channel ID", "", dropChannelID},
		{"draft ChaCha20", "57", draftChaCha},
		{"draft ChaCha20, without channel ID", "57", all(draftChaCha, dropChannelID)},
		{"no GREASE", "54", all(draftChaCha, noGREASE, ecdsaCBC)},
		{"no GREASE, without channel ID", "54", all(draftChaCha, noGREASE, ecdsaCBC, dropChannelID)},
		{"49", "49", all(noGREASE, version49)},
		{"49, without channel ID", "49", all(noGREASE, version49, dropChannelID)},
		{"47", "47", all(noGREASE, version49, version47)},
		{"47, without channel ID", "47", all(noGREASE, version49, version47, dropChannelID)},
	}
	for _, f := range old {
		list = append(list, f, form{f.name + ", without AES", f.version, all(f.apply, chachaFirst)})
	}
	return list
}

func all(edits ...func(*tls.ClientHelloSpec)) func(*tls.ClientHelloSpec) {
	return func(s *tls.ClientHelloSpec) {
		for _, edit := range edits {
			edit(s)
		}
	}
}

// Suites with ChaCha20: RFC 8446 and 7905, and the draft before that.
const (
	chacha13         = 0x1303
	chachaECDSA      = 0xcca9
	chachaRSA        = 0xcca8
	draftChaChaECDSA = 0xcc14
	draftChaChaRSA   = 0xcc13
	draftChaChaDHE   = 0xcc15
)

// chachaFirst orders suites as BoringSSL does on processors that have no
// instructions for AES.
func chachaFirst(s *tls.ClientHelloSpec) {
	rank := func(suite uint16) int {
		switch {
		case suite&0x0f0f == 0x0a0a && suite>>8 == suite&0xff: // GREASE
			return 0
		case suite == chacha13:
			return 1
		case suite>>8 == 0x13:
			return 2
		case suite>>8 == 0xcc:
			return 3
		}
		return 4
	}
	s.CipherSuites = slices.Clone(s.CipherSuites)
	slices.SortStableFunc(s.CipherSuites, func(a, b uint16) int { return rank(a) - rank(b) })
}

func dropChannelID(s *tls.ClientHelloSpec) {
	s.Extensions = slices.DeleteFunc(s.Extensions, func(e tls.TLSExtension) bool {
		_, is := e.(*tls.FakeChannelIDExtension)
		return is
	})
}

func addChannelID(s *tls.ClientHelloSpec) {
	dropChannelID(s)
	s.Extensions = slices.Insert(s.Extensions, 1, tls.TLSExtension(&tls.FakeChannelIDExtension{}))
}

func noTLS13(s *tls.ClientHelloSpec) {
	s.CipherSuites = slices.DeleteFunc(slices.Clone(s.CipherSuites), func(n uint16) bool { return n>>8 == 0x13 })
	s.Extensions = slices.DeleteFunc(s.Extensions, func(e tls.TLSExtension) bool {
		switch e.(type) {
		case *tls.SupportedVersionsExtension, *tls.KeyShareExtension, *tls.PSKKeyExchangeModesExtension, tls.PreSharedKeyExtension:
			return true
		}
		return false
	})
	s.TLSVersMin, s.TLSVersMax = tls.VersionTLS10, tls.VersionTLS12
}

func draftChaCha(s *tls.ClientHelloSpec) {
	at := slices.Index(s.CipherSuites, chachaRSA)
	s.CipherSuites = slices.Insert(slices.Clone(s.CipherSuites), at+1, draftChaChaECDSA, draftChaChaRSA)
}

func noGREASE(s *tls.ClientHelloSpec) {
	isGREASE := func(n uint16) bool { return n == tls.GREASE_PLACEHOLDER }
	s.CipherSuites = slices.DeleteFunc(slices.Clone(s.CipherSuites), isGREASE)
	s.Extensions = slices.DeleteFunc(s.Extensions, func(e tls.TLSExtension) bool {
		switch e := e.(type) {
		case *tls.UtlsGREASEExtension:
			return true
		case *tls.SupportedCurvesExtension:
			e.Curves = slices.DeleteFunc(e.Curves, func(c tls.CurveID) bool { return isGREASE(uint16(c)) })
		}
		return false
	})
}

// ecdsaCBC adds the suites of ECDSA with CBC, which version 55 dropped.
func ecdsaCBC(s *tls.ClientHelloSpec) {
	at := slices.Index(s.CipherSuites, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	s.CipherSuites = slices.Replace(s.CipherSuites, at, at+2,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA)
}

// version49 is before X25519 and RSA-PSS, with DHE and SPDY.
func version49(s *tls.ClientHelloSpec) {
	s.CipherSuites = []uint16{0xc02b, 0xc02f, 0x009e, draftChaChaECDSA, draftChaChaRSA,
		0xc00a, 0xc014, 0x0039, 0xc009, 0xc013, 0x0033, 0x009c, 0x0035, 0x002f, 0x000a}
	for _, e := range s.Extensions {
		switch e := e.(type) {
		case *tls.SupportedCurvesExtension:
			e.Curves = []tls.CurveID{tls.CurveP256, tls.CurveP384}
		case *tls.SignatureAlgorithmsExtension:
			e.SupportedSignatureAlgorithms = []tls.SignatureScheme{0x0601, 0x0603, 0x0501, 0x0503, 0x0401, 0x0403, 0x0301, 0x0303, 0x0201, 0x0203}
		case *tls.ALPNExtension:
			if slices.Contains(e.AlpnProtocols, "h2") {
				e.AlpnProtocols = []string{"h2", "spdy/3.1", "http/1.1"}
			}
		}
	}
	s.Extensions = append(s.Extensions, &tls.NPNExtension{})
}

func version47(s *tls.ClientHelloSpec) {
	s.CipherSuites = slices.Insert(s.CipherSuites, slices.Index(s.CipherSuites, draftChaChaRSA)+1, draftChaChaDHE)
	for _, e := range s.Extensions {
		if e, ok := e.(*tls.ALPNExtension); ok && slices.Contains(e.AlpnProtocols, "h2") {
			e.AlpnProtocols = []string{"http/1.1", "spdy/3.1", "h2-14", "h2"}
		}
	}
}
