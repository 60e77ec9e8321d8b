package tls

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A ServerHello is a ServerHello message of TLS (RFC 8446, section 4.1.3) or
// DTLS. Its fields are views into the message; a nil one is not there.
type ServerHello struct {
	Version           wire.Cursor // legacy_version, two bytes
	Random            wire.Cursor // 32 bytes
	SessionID         wire.Cursor
	CipherSuite       wire.Cursor // two bytes
	CompressionMethod wire.Cursor // one byte
	Extensions        Extensions  // nil where they are cut short

	whole bool
}

// Parse reads the body of the handshake message, and reports whether there is
// a version that is known and a cipher suite.
func (m *ServerHello) Parse(body wire.Cursor) bool {
	*m = ServerHello{}
	c := body
	m.Version = c.Bytes(2)
	m.Random = c.Bytes(randomLen)
	m.SessionID = c.Bytes(int(c.Uint8()))
	m.CipherSuite = c.Bytes(2)
	m.CompressionMethod = c.Bytes(1)
	m.whole = c.Ok() && !c.More() // it may have no extensions
	m.Extensions = Extensions(c.Bytes(int(c.Uint16())))
	m.whole = m.whole || c.Ok()
	return m.Ok()
}

// Ok reports whether the message has what Parse says.
func (m *ServerHello) Ok() bool {
	switch m.LegacyVersion() {
	case 0x0300, 0x0301, 0x0302, 0x0303, 0xfeff, 0xfefd:
		return m.CipherSuite.More()
	}
	return false
}

// Whole reports whether nothing is cut off that the message's lengths tell of.
func (m *ServerHello) Whole() bool { return m.Ok() && m.whole }

// Handshake returns the message's parameters, as a handshake of a kind.
func (m *ServerHello) Handshake(kind proto.HandshakeKind) proto.Handshake {
	return proto.Handshake{
		Kind:         kind,
		CipherSuites: m.CipherSuite,
		Extensions:   wire.Cursor(m.Extensions),
		Version:      m.LegacyVersion(),
		Compression:  m.CompressionMethod,
	}
}

// LegacyVersion is the version that the message itself tells: before TLS 1.3
// the one that the server chose, TLS 1.2 ever since. It is 0 where there is
// none.
func (m *ServerHello) LegacyVersion() uint16 {
	v := m.Version
	return v.Uint16()
}

// SelectedVersion is the version that the server chose: that of the
// supported_versions extension, or else the legacy version.
func (m *ServerHello) SelectedVersion() uint16 {
	if v := m.Extensions.Find(ExtSupportedVersions); v.Len() == 2 {
		return v.Uint16()
	}
	return m.LegacyVersion()
}

// IsHelloRetry reports whether the message is a HelloRetryRequest (RFC 8446,
// section 4.1.3), by its random.
func (m *ServerHello) IsHelloRetry() bool {
	const retry = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
	return string(m.Random) == retry
}

// Suite is the cipher suite that the server chose, 0 where there is none.
func (m *ServerHello) Suite() uint16 {
	s := m.CipherSuite
	return s.Uint16()
}

// Group is the group for key exchange that the server chose (RFC 8446,
// section 4.2.8). ok is false where it told none.
func (m *ServerHello) Group() (group uint16, ok bool) {
	v := m.Extensions.Find(ExtKeyShare)
	group = v.Uint16()
	return group, v.Ok()
}

// ALPN lists the application protocol that the server chose.
func (m *ServerHello) ALPN() NameList { return parseNameList(m.Extensions.Find(ExtALPN)) }

// WriteFingerprint appends the message's fingerprint, without what tells the
// type, to an open one: version, cipher suite, extensions.
func (m *ServerHello) WriteFingerprint(b *npf.Builder) {
	b.String(m.Version)
	b.String(m.CipherSuite)
	m.Extensions.writeFingerprint(b, npf.InOrder, serverRole)
}

// WriteRecord writes the message's members into the open object.
func (m *ServerHello) WriteRecord(w *record.Writer) {
	if !m.CipherSuite.More() {
		return
	}
	w.Key("version").Hex(m.Version)
	w.Key("random").Hex(m.Random)
	w.Key("selected_cipher_suite").Hex(m.CipherSuite)
	w.Key("compression_method").Hex(m.CompressionMethod)
	m.Extensions.writeALPN(w)
	m.Extensions.writeSessionTicket(w)
}
