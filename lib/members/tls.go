package members

import (
	"merctools/lib/proto/tls"
	"merctools/lib/record"
)

var tlsFields = []record.Field{
	record.F("version", record.String, "server: version that was negotiated, such as TLSv1.3"),
	record.F("cipher_suite", record.String, "server: cipher suite"),
	record.F("group", record.String, "server: group for key exchange; before TLS 1.3 only where the packet has the ServerKeyExchange"),
	record.F("post_quantum", record.Bool, "server: the group resists quantum computers"),
	record.F("hello_retry", record.Bool, "server: the message is a HelloRetryRequest (RFC 8446, section 4.1.4)"),
	record.L("versions", record.String, "client: versions, the preferred one first"),
	record.L("groups", record.String, "client: groups for key exchange, the preferred one first"),
	record.L("key_shares", record.String, "client: groups of the keys in the message"),
	record.F("post_quantum_offered", record.Bool, "client: a group that resists quantum computers is among groups"),
	record.F("post_quantum_key_share", record.Bool, "client: such a group is among key_shares"),
	record.F("ech", record.Bool, "client: there is an Encrypted ClientHello extension (RFC 9849), which may be GREASE"),
	record.L("alpn", record.Text, "application protocols that a client offers, or the one that a server chose (RFC 7301)"),
}

// writeTLS writes nothing for a hello that is cut off: it would tell of another
// version, or lack groups.
func writeTLS(s *Set, w *record.Writer) {
	m := s.Message
	switch {
	case m.client != nil && m.client.Whole():
		key := m.client.Shape()
		if text, ok := s.clients.Find(key); ok {
			w.RawMember(text)
			return
		}
		start := w.Len()
		w.Key("tls_params").Object()
		writeClient(w, m.client)
		w.EndObject()
		s.clients.Add(key, withoutComma(w.Bytes()[start:]))
	case m.server != nil && m.server.Whole():
		h := m.server
		group, ok := h.Group()
		if !ok && m.exchange != nil {
			group, ok = m.exchange.KeyExchangeGroup()
		}
		s.writeServer(w, h, group, ok)
	}
}

// writeServer writes what a server chose. It follows from a few codes, by which
// the text is kept.
func (s *Set) writeServer(w *record.Writer, h *tls.ServerHello, group uint16, hasGroup bool) {
	version, suite, alpn := h.SelectedVersion(), h.Suite(), h.ALPN()
	flags := byte(0)
	for _, is := range [...]bool{hasGroup, h.IsHelloRetry()} {
		if flags <<= 1; is {
			flags |= 1
		}
	}
	s.text = append(append(s.text[:0], byte(version>>8), byte(version), byte(suite>>8), byte(suite),
		byte(group>>8), byte(group), flags), alpn...)
	if text, ok := s.servers.Find(s.text); ok {
		w.RawMember(text)
		return
	}
	start := w.Len()
	w.Key("tls_params").Object()
	writeServer(w, h, group, hasGroup)
	w.EndObject()
	s.servers.Add(s.text, withoutComma(w.Bytes()[start:]))
}

func writeServer(w *record.Writer, h *tls.ServerHello, group uint16, hasGroup bool) {
	w.Key("version").NameOrHex(tls.VersionName(h.SelectedVersion()), uint64(h.SelectedVersion()), 4)
	w.Key("cipher_suite").NameOrHex(tls.CipherSuiteName(h.Suite()), uint64(h.Suite()), 4)
	if hasGroup {
		w.Key("group").NameOrHex(tls.GroupName(group), uint64(group), 4)
	}
	w.Key("post_quantum").Bool(hasGroup && tls.IsPostQuantum(group))
	w.Key("hello_retry").Bool(h.IsHelloRetry())
	writeALPN(w, h.ALPN())
}

func writeClient(w *record.Writer, h *tls.ClientHello) {
	w.Key("versions").Array()
	versions := h.SupportedVersions()
	if versions.Len() == 0 {
		w.Elem().NameOrHex(tls.VersionName(h.LegacyVersion()), uint64(h.LegacyVersion()), 4)
	}
	writeCodes(w, versions, tls.VersionName)
	w.EndArray()
	groups := h.SupportedGroups()
	if groups.Len() > 0 {
		w.Key("groups").Array()
		writeCodes(w, groups, tls.GroupName)
		w.EndArray()
	}
	offered, sent := false, false
	for i := range groups.Len() {
		offered = offered || tls.IsPostQuantum(groups.At(i))
	}
	if shares := h.KeyShares(); len(shares) > 0 {
		w.Key("key_shares").Array()
		for share, ok := shares.Next(); ok; share, ok = shares.Next() {
			if share.KeyExchange == nil || tls.IsGREASE(share.Group) {
				continue
			}
			w.Elem().NameOrHex(tls.GroupName(share.Group), uint64(share.Group), 4)
			sent = sent || tls.IsPostQuantum(share.Group)
		}
		w.EndArray()
	}
	w.Key("post_quantum_offered").Bool(offered)
	w.Key("post_quantum_key_share").Bool(sent)
	w.Key("ech").Bool(h.Find(tls.ExtECH).Ok())
	writeALPN(w, h.ALPN())
}

// writeCodes writes the names of code points as elements of the open array,
// without those for GREASE.
func writeCodes(w *record.Writer, codes tls.CodeList, name func(uint16) string) {
	for i := range codes.Len() {
		if code := codes.At(i); !tls.IsGREASE(code) {
			w.Elem().NameOrHex(name(code), uint64(code), 4)
		}
	}
}

func writeALPN(w *record.Writer, protocols tls.NameList) {
	if len(protocols) == 0 {
		return
	}
	w.Key("alpn").Array()
	for name, ok := protocols.Next(); ok; name, ok = protocols.Next() {
		if len(name) > 0 && !tls.IsGREASEName(name) {
			w.Elem().Text(name)
		}
	}
	w.EndArray()
}
