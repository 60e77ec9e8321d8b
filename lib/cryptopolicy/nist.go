package cryptopolicy

import (
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
)

const (
	tls11 = 0x0302
	tls12 = 0x0303
	tls13 = 0x0304

	secp256r1 = 23
	secp384r1 = 24
)

// negotiated is what a server's extensions say.
type negotiated struct {
	group          uint16
	version        uint16 // of supported_versions
	pointFormats   bool
	encryptThenMAC bool
	groups         bool // there is a supported_groups that counts
	versions       bool // the same for supported_versions
}

// readExtensions reads the extensions that the policy needs, and puts the
// types of all into p.order.
func (p *Policies) readExtensions(x tls.Extensions) (n negotiated) {
	p.order.reset()
	first := x.Find(tls.ExtSupportedGroups)
	for {
		e, ok := x.Next()
		if !ok || e.Value.Failed() {
			return n
		}
		v := e.Value
		switch e.Type {
		case tls.ExtSupportedGroups:
			n.group = 0
			g := first
			// Quirk Q119: a server tells its group in key_share.
			if g.Uint16() != 2 {
				continue
			}
			if g.More() {
				if code := g.Uint16(); !tls.IsGREASE(code) {
					n.group = code
				} else {
					continue
				}
			}
			n.groups = true
		case tls.ExtSupportedVersions:
			if v.Len() < 2 {
				continue
			}
			n.version = v.Uint16()
			n.versions = true
		case tls.ExtEncryptThenMAC:
			n.encryptThenMAC = true
		case tls.ExtECPointFormats:
			n.pointFormats = true
		}
		p.order.add(uint16(e.Type))
	}
}

// assessNIST holds what a server chose against NIST SP 800-52 revision 2.
func (p *Policies) assessNIST(h *proto.Handshake, w *record.Writer) bool {
	n := p.readExtensions(tls.Extensions(h.Extensions))
	version, suites := h.Version, h.CipherSuites
	suite := suites.Uint16() // 0 where there is none
	w.Elem().Object()
	w.Key("policy").Str("nist_sp_800_52_2")
	w.Key("negotiated_parameters").Object()
	if n.version != 0 {
		w.Key("protocol_version").Str(versionName(n.version))
	} else {
		w.Key("protocol_version").Str(versionName(version))
	}
	w.Key("extensions").Array()
	for code := range p.order.all() {
		if !tls.IsGREASE(code) {
			w.Elem().Str(name(extensionName, code))
		}
	}
	w.EndArray()
	w.Key("cipher_suite").Str(name(tls.CipherSuiteName, suite))
	w.Key("supported_group").Str(name(tls.GroupName, n.group))
	w.EndObject()

	w.Key("compliance_result").Object()
	key, reason := complaint(h, &n, version, suite)
	if key != "" {
		w.Key(key).Str(reason)
	}
	w.Key("compliant").Bool(key == "")
	w.EndObject()
	w.EndObject()
	return key == ""
}

// complaint returns the first thing that the policy does not allow, as the
// key and the value of a member; the key is empty where there is none.
func complaint(h *proto.Handshake, n *negotiated, version, suite uint16) (key, reason string) {
	compression, _ := h.Compression.Peek()
	switch {
	case version == tls13 && n.version != tls13:
		return "tls_version_non_compliant", "TLSv1.3 negotiated but supported_versions extension missing or invalid"
	case compression != 0:
		return "compression_method_non_compliant", "non-zero compression method"
	case n.versions && n.version != tls13:
		return "tls_version_non_compliant", "supported_versions extension invalid"
	case n.versions && !suites13.has(suite):
		return "cipher_suite_non_compliant", "disallowed cipher suite for TLSv1.3"
	case n.versions:
		return "", ""
	case ecdheSuites.has(suite) && !n.groups:
		return "supported_groups_missing", "supported_groups extension missing for ECDHE cipher suite"
	case curveSuites.has(suite) && !n.pointFormats:
		return "ec_points_format_non_compliant", "ec_points_format extension missing but EC cipher suite negotiated"
	case curveSuites.has(suite) && n.group != secp256r1 && n.group != secp384r1:
		return "supported_group_non_compliant", "disallowed supported group for EC cipher suite"
	case cbcSuites.has(suite) && !n.encryptThenMAC:
		return "encrypt_then_mac_non_compliant", "encrypt_then_mac extension missing for CBC cipher suite"
	case version == tls12 && !suites12.has(suite):
		return "cipher_suite_non_compliant", "disallowed cipher suite for TLSv1.2"
	case version == tls11 && !suites11.has(suite):
		return "cipher_suite_non_compliant", "disallowed cipher suite for TLSv1.1"
	case version != tls12 && version != tls11:
		return "tls_version_non_compliant", versionName(version)
	}
	return "", ""
}

func versionName(v uint16) string {
	switch v {
	case 0x0002:
		return "SSLv2.0"
	case 0x0300:
		return "SSLv3.0"
	case 0x0301:
		return "TLSv1.0"
	case tls11:
		return "TLSv1.1"
	case tls12:
		return "TLSv1.2"
	case tls13:
		return "TLSv1.3"
	}
	return "unknown"
}
