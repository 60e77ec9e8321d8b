package tls

import (
	"bytes"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// A ClientHello is a ClientHello message of TLS (RFC 8446, section 4.1.2;
// RFC 5246, section 7.4.1.2) or DTLS (RFC 6347, section 4.2.1). Its fields
// are views into the message; a nil one is not there.
type ClientHello struct {
	Version            wire.Cursor // legacy_version, two bytes
	Random             wire.Cursor // 32 bytes
	SessionID          wire.Cursor
	Cookie             wire.Cursor // in DTLS only
	CipherSuites       CodeList
	CompressionMethods wire.Cursor
	Extensions         Extensions
	DTLS               bool // the version is one of DTLS

	whole    bool
	found    found
	behind   byte   // what comes behind the extensions in the message, or 0
	features []byte // scratch
	shape    []byte // what Shape returns; empty where it has not been asked
}

const (
	randomLen = 32

	// dtlsMajor is the first byte of the version numbers of DTLS.
	dtlsMajor = 0xfe

	// serverNameHeaderLen is the length of what comes before the name in the
	// value of a server_name extension with one name: length of the list, type
	// and length of the name.
	serverNameHeaderLen = 5
)

// Parse reads the body of the handshake message, and reports whether it goes
// as far as the compression methods. Extensions may be cut short.
func (m *ClientHello) Parse(body wire.Cursor) bool {
	*m = ClientHello{features: m.features, shape: m.shape[:0]}
	c := body
	m.Version = c.Bytes(2)
	m.DTLS = m.Version.Ok() && m.Version[0] == dtlsMajor
	m.Random = c.Bytes(randomLen)
	m.SessionID = c.Bytes(int(c.Uint8()))
	if m.DTLS {
		m.Cookie = c.Bytes(int(c.Uint8()))
	}
	length := int(c.Uint16())
	if length&1 != 0 {
		return false
	}
	m.CipherSuites = CodeList(c.Bytes(length))
	m.CompressionMethods = c.Bytes(int(c.Uint8()))
	m.whole = c.Ok() && !c.More() // it may have no extensions
	if length = int(c.Uint16()); c.Ok() {
		m.Extensions = Extensions(c.UpTo(length))
		m.whole = len(m.Extensions) == length
		m.behind, _ = c.Peek()
	}
	return m.Ok()
}

// Ok reports whether the message has compression methods, without which it is
// not taken for a ClientHello.
func (m *ClientHello) Ok() bool { return m.CompressionMethods.More() }

// Whole reports whether nothing is cut off that the message's lengths tell of.
func (m *ClientHello) Whole() bool { return m.Ok() && m.whole }

// Handshake returns the message's parameters, as a handshake of a kind.
// Extensions that are cut off may change what they tell.
func (m *ClientHello) Handshake(kind proto.HandshakeKind) proto.Handshake {
	return proto.Handshake{
		Kind:         kind,
		Whole:        true,
		CipherSuites: wire.Cursor(m.CipherSuites),
		Extensions:   wire.Cursor(m.Extensions),
	}
}

// LegacyVersion is the version that the message itself tells, which has been
// that of TLS 1.2 ever since. It is 0 where there is none.
func (m *ClientHello) LegacyVersion() uint16 {
	v := m.Version
	return v.Uint16()
}

// ServerName is the host name that the client asks for, nil where it tells
// none. What is taken for the name is all that comes after the header of a
// list with one name; lengths inside the extension are not looked at.
func (m *ClientHello) ServerName() []byte {
	x := m.Extensions
	e, ok := x.nextOf(ExtServerName)
	if !ok {
		return nil
	}
	return e.serverName()
}

// Quirk Q36: lengths inside the extension are not looked at.
func (e Extension) serverName() []byte {
	name := e.Value
	name.SkipUpTo(serverNameHeaderLen)
	return name
}

// ALPN lists the application protocols that the client offers, the preferred
// one first.
func (m *ClientHello) ALPN() NameList { return parseNameList(m.Find(ExtALPN)) }

// SupportedGroups lists the groups for key exchange that the client offers.
func (m *ClientHello) SupportedGroups() CodeList {
	return codes(m.Find(ExtSupportedGroups), 2)
}

// SignatureAlgorithms lists the signature algorithms that the client accepts.
func (m *ClientHello) SignatureAlgorithms() CodeList {
	return codes(m.Find(ExtSignatureAlgorithms), 2)
}

// SupportedVersions lists the versions that the client offers, the preferred
// one first.
func (m *ClientHello) SupportedVersions() CodeList {
	return codes(m.Find(ExtSupportedVersions), 1)
}

// KeyShares lists the keys that the client sends along.
func (m *ClientHello) KeyShares() KeyShares {
	return KeyShares(vector(m.Find(ExtKeyShare), 2))
}

// PSKModes lists the ways in which the client would use pre-shared keys
// (RFC 8446, section 4.2.9), one byte each.
func (m *ClientHello) PSKModes() []byte {
	return vector(m.Find(ExtPSKModes), 1)
}

// vector reads a vector whose length has lengthLen bytes.
func vector(value wire.Cursor, lengthLen int) []byte {
	return value.Bytes(int(value.Uint(lengthLen)))
}

func codes(value wire.Cursor, lengthLen int) CodeList {
	return CodeList(vector(value, lengthLen))
}

// Context says what the message tells of its destination. Where an extension
// comes more than once, the last one counts.
func (m *ClientHello) Context(c *proto.Context) {
	*c = proto.Context{}
	var names, drafts int
	var userAgent []byte // the first one
	mixed := false
	for x := m.Extensions; ; {
		e, ok := x.next()
		if !ok {
			break
		}
		switch e.Type {
		case ExtServerName:
			names++
			c.ServerName = e.serverName()
		case ExtALPN:
			c.ALPN = parseNameList(e.Value)
		case ExtQUICParametersDraft:
			drafts++
			readUserAgents(&userAgent, &c.UserAgent, e.Value)
		case ExtQUICParameters:
			mixed = true
		}
	}
	if !m.hasRecord() || m.DTLS { // as a member dtls it is not looked for
		c.ServerNameShown = len(c.ServerName) == 0
		c.UserAgentShown = len(c.UserAgent) == 0
		return
	}
	c.ServerNameShown = names <= 1 || bytes.Equal(m.ServerName(), c.ServerName)
	if mixed && drafts > 0 {
		userAgent = m.Extensions.firstUserAgent()
	}
	c.UserAgentShown = drafts == 0 || bytes.Equal(userAgent, c.UserAgent)
}
