package cryptopolicy

import (
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// What is safe against quantum computers: in TLS, AES-256 with pre-shared
// keys or with a key exchange that uses ML-KEM.
var (
	safeSuites = newSet(
		0x008d, // TLS_PSK_WITH_AES_256_CBC_SHA
		0x00a9, // TLS_PSK_WITH_AES_256_GCM_SHA384
		0x00af, // TLS_PSK_WITH_AES_256_CBC_SHA384
		0x1302, // TLS_AES_256_GCM_SHA384
		0xc0a5, // TLS_PSK_WITH_AES_256_CCM
		0xc0a9, // TLS_PSK_WITH_AES_256_CCM_8
	)
	safeGroups = newSet(
		// Quirk Q122: CNSA 2.0 has ML-KEM-1024 only.
		0x0200,    // MLKEM512
		0x0201,    // MLKEM768
		mlkem1024, // MLKEM1024
		0x11eb,    // SecP256r1MLKEM768
		0x11ec,    // X25519MLKEM768
		0x11ed,    // SecP384r1MLKEM1024
		0x6399,    // X25519Kyber768Draft00
		0x639a,    // SecP256r1Kyber768Draft00
	)
	safeKEX = names(
		"sntrup761x25519-sha512",
		"mlkem768nistp256-sha256",
		"mlkem1024nistp384-sha384",
		"mlkem768x25519-sha256",
		"mlkem512-sha256",
		"mlkem768-sha256",
		"mlkem1024-sha384",
	)
	safeCiphers = names(
		"AEAD_AES_128_GCM",
		"AEAD_AES_192_GCM",
		"AEAD_AES_256_GCM",
		"aes128-gcm@openssh.com",
		"aes192-gcm@openssh.com",
		"aes256-gcm@openssh.com",
		"aes256-gcm",
		"aes192-gcm",
		"aes128-gcm",
	)
)

const (
	mlkem1024 = 0x0202
	// minBinder is the length in bytes of a binder with 256 bits.
	minBinder = 32
)

// assessQuantumSafe writes what was found below the name of whose choice it
// is, in the form of each kind of handshake.
func assessQuantumSafe(h *proto.Handshake, w *record.Writer) (ok bool) {
	w.Elem().Object()
	w.Key("policy").Str("quantum_safe")
	switch h.Kind {
	case proto.TLSOffer:
		w.Key("client").Object()
		ok = assessHello(h, w)
		w.EndObject()
	case proto.TLSChoice:
		w.Key("session").Object()
		ok = assessHello(h, w)
		w.EndObject()
	case proto.DTLSOffer:
		w.Key("target").Str("client")
		ok = assessHello(h, w)
	case proto.DTLSChoice:
		w.Key("target").Str("session")
		ok = assessHello(h, w)
	case proto.SSHOffer:
		w.Key("offered").Object()
		ok = assessSSH(h, w)
		w.EndObject()
	}
	w.EndObject()
	return ok
}

// assessHello looks at what a ClientHello offers, or a ServerHello chose.
func assessHello(h *proto.Handshake, w *record.Writer) bool {
	suites := assessCodes(w, h.CipherSuites, safeSuites, tls.CipherSuiteName, "ciphersuites_not_allowed", "ciphersuites_allowed")
	extensions := tls.Extensions(h.Extensions)
	groups := extensions.Find(tls.ExtSupportedGroups)
	// Quirk Q120: the assessment ends here.
	if groups.Uint16()&1 != 0 {
		return false // a list of half groups: nothing can be said
	}
	ok := assessCodes(w, groups, safeGroups, tls.GroupName, "groups_not_allowed", "groups_allowed")
	return assessPSK(extensions, w) && ok && suites
}

// assessCodes writes the code points that are not allowed, and whether all,
// some or none are. GREASE does not count.
func assessCodes(w *record.Writer, c wire.Cursor, allowed set, nameOf func(uint16) string, notKey, key string) bool {
	var some, refused bool
	for c.More() {
		code := c.Uint16()
		switch {
		case tls.IsGREASE(code):
		case allowed.has(code):
			some = true
		default:
			if !refused {
				w.Key(notKey).Array()
				refused = true
			}
			w.Elem().Str(name(nameOf, code))
		}
	}
	if refused {
		w.EndArray()
	}
	// Quirk Q121: also of none.
	w.Key(key).Str(quantifier(!refused, some))
	return !refused
}

func quantifier(all, some bool) string {
	switch {
	case all:
		return "all"
	case some:
		return "some"
	}
	return "none"
}

// assessPSK looks at the extensions that pre-shared keys need (RFC 8446,
// sections 4.2.9 and 4.2.11; RFC 8773).
func assessPSK(extensions tls.Extensions, w *record.Writer) bool {
	var withCert, modes, keyShare bool
	var psk preSharedKey
	var mode pskModes
	var shares keyShares
	for x := extensions; ; {
		e, ok := x.Next()
		if !ok {
			break
		}
		switch e.Type {
		case tls.ExtCertWithExternPSK:
			withCert = true
		case tls.ExtPreSharedKey:
			psk.read(e.Value)
		case tls.ExtPSKModes:
			modes = true
			mode.read(e.Value)
		case tls.ExtKeyShare:
			keyShare = true
			shares.read(e.Value)
		}
	}
	certOK := !withCert || psk.there && modes && keyShare
	modesOK := !psk.there || modes && !mode.bad && !mode.psk && mode.pskDHE
	sharesOK := !psk.there || !modes || mode.bad || !mode.pskDHE || keyShare && !shares.bad && shares.mlkem1024
	bindersOK := !psk.there || !psk.bad && psk.binder && !psk.short

	w.Key("tls_cert_with_extern_psk").Bool(withCert)
	if !certOK {
		w.Key("tls_cert_with_extern_psk_non_compliant").Str("tls_cert_with_extern_psk requires pre_shared_key, psk_key_exchange_modes, and key_share")
	}
	if !modesOK {
		w.Key("psk_key_exchange_modes_non_compliant").Str("psk_key_exchange_modes must include psk_dhe_ke and must not include psk_ke")
	}
	if !sharesOK {
		w.Key("psk_key_exchange_mlkem1024_non_compliant").Str("psk_dhe_ke requires key_share with MLKEM1024")
	}
	if !bindersOK {
		w.Key("pre_shared_key_non_compliant").Str("pre_shared_key binders must be present and each binder must be at least 256 bits")
	}
	return certOK && modesOK && sharesOK && bindersOK
}

// preSharedKey is what the pre_shared_key extension of a ClientHello says of
// its binders.
type preSharedKey struct {
	there, bad    bool
	binder, short bool
}

func (p *preSharedKey) read(c wire.Cursor) {
	p.there = true
	n := int(c.Uint16())
	if !c.More() || n > c.Len() {
		p.bad = true
		return
	}
	c.Skip(n) // identities
	n = int(c.Uint16())
	if !c.More() || n != c.Len() {
		p.bad = true
		return
	}
	for c.More() {
		n := int(c.Uint8())
		if !c.More() || n > c.Len() {
			p.bad = true
			return
		}
		p.binder = true
		p.short = p.short || n < minBinder
		c.Skip(n)
	}
}

// pskModes are the modes of the psk_key_exchange_modes extension.
type pskModes struct{ bad, psk, pskDHE bool }

func (p *pskModes) read(c wire.Cursor) {
	n := int(c.Uint8())
	if !c.More() || n != c.Len() {
		p.bad = true
		return
	}
	for c.More() {
		switch c.Uint8() {
		case 0:
			p.psk = true
		case 1:
			p.pskDHE = true
		}
	}
}

// keyShares is what the key_share extension of a ClientHello says.
type keyShares struct{ bad, mlkem1024 bool }

func (k *keyShares) read(c wire.Cursor) {
	n := int(c.Uint16())
	if !c.More() || n != c.Len() {
		k.bad = true
		return
	}
	for c.More() {
		group := c.Uint16()
		n := int(c.Uint16())
		if !c.More() || n > c.Len() {
			k.bad = true
			return
		}
		k.mlkem1024 = k.mlkem1024 || group == mlkem1024
		c.Skip(n)
	}
}

func assessSSH(h *proto.Handshake, w *record.Writer) bool {
	kex := assessNames(w, h.KeyExchanges, safeKEX, "kex_not_allowed", "kex_allowed")
	w.Key("client_to_server").Object()
	toServer := assessNames(w, h.CiphersToServer, safeCiphers, "ciphersuites_not_allowed", "ciphersuites_allowed")
	w.EndObject()
	w.Key("server_to_client").Object()
	toClient := assessNames(w, h.CiphersToClient, safeCiphers, "ciphersuites_not_allowed", "ciphersuites_allowed")
	w.EndObject()
	return kex && toServer && toClient
}

func names(list ...string) map[string]struct{} {
	m := map[string]struct{}{}
	for _, n := range list {
		m[n] = struct{}{}
	}
	return m
}

// assessNames is assessCodes for a comma-separated list of names (RFC 4251,
// section 5). A comma at the end ends the last name.
func assessNames(w *record.Writer, c wire.Cursor, allowed map[string]struct{}, notKey, key string) bool {
	var some, refused bool
	for c.More() {
		n := c.Until(',')
		c.SkipUpTo(1)
		if _, ok := allowed[string(n)]; ok {
			some = true
			continue
		}
		if !refused {
			w.Key(notKey).Array()
			refused = true
		}
		w.Elem().Text(n)
	}
	if refused {
		w.EndArray()
	}
	w.Key(key).Str(quantifier(!refused, some))
	return !refused
}
