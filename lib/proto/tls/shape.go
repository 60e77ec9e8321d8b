package tls

import "merctools/lib/wire"

// Shape returns what the fingerprints of a message and its parameters follow
// from, in a form of its own: messages with the same shape have the same ones.
// It holds version, cipher suites, and all extensions in their order: their
// types, and the values of those that have groups, point formats, signature
// algorithms, protocols and versions, and the groups of key shares. All values
// for GREASE are the same there. It is valid until the next Parse.
func (m *ClientHello) Shape() []byte {
	if len(m.shape) > 0 {
		return m.shape
	}
	b := append(m.shape, m.Version...)
	b = appendLen(b, len(m.CipherSuites))
	b = appendWithoutGREASE(b, m.CipherSuites)
	x := m.Extensions
	for e, ok := x.next(); ok; e, ok = x.next() {
		b = appendCode(b, uint16(e.Type))
		switch v := e.Value; e.Type {
		case ExtSupportedGroups, ExtSupportedVersions:
			lengthLen := 2
			if e.Type == ExtSupportedVersions {
				lengthLen = 1
			}
			b = appendLen(b, len(v))
			b = append(b, v.UpTo(lengthLen)...)
			b = appendWithoutGREASE(b, v)
		case ExtSignatureAlgorithms, ExtALPN, ExtECPointFormats:
			b = appendLen(b, len(v))
			b = append(b, v...)
		case ExtKeyShare:
			b = appendShares(b, v)
		}
	}
	// What is left is no whole extension, but may have a type.
	b = append(append(b, 0xff, 0xff), x[:min(len(x), 2)]...)
	m.shape = append(b, byte(min(len(x), extensionHeader)))
	return m.shape
}

// AppendShape appends what the fingerprints of a message follow from: version,
// cipher suite, and the types of the extensions. All values for GREASE are the
// same there.
func (m *ServerHello) AppendShape(b []byte) []byte {
	b = append(append(b, m.Version...), m.CipherSuite...)
	for c := wire.Cursor(m.Extensions); len(c) >= 2; {
		b = appendWithoutGREASE(b, c.UpTo(2))
		c.UpTo(int(c.Uint16()))
	}
	return b
}

// appendShares appends the groups of a key_share extension, each behind a byte
// that says that there is one, and whether its key is whole.
func appendShares(b []byte, value wire.Cursor) []byte {
	const whole, cut, end = 1, 2, 0
	shares := KeyShares(vector(value, 2))
	for s, ok := shares.Next(); ok; s, ok = shares.Next() {
		mark := byte(whole)
		if s.KeyExchange == nil {
			mark = cut
		}
		b = append(b, mark)
		b = appendCode(b, s.Group)
	}
	return append(b, end)
}

func appendLen(b []byte, n int) []byte { return append(b, byte(n>>8), byte(n)) }

// appendCode appends a code point, with one value for all that are reserved for
// GREASE.
func appendCode(b []byte, code uint16) []byte {
	if IsGREASE(code) {
		code = 0x0a0a
	}
	return append(b, byte(code>>8), byte(code))
}

// appendWithoutGREASE appends code points, with one value for all that are
// reserved for GREASE. A last odd byte stays as it is.
func appendWithoutGREASE(b, codes []byte) []byte {
	n := len(b)
	b = append(b, codes...)
	for c := b[n:]; len(c) >= 2; c = c[2:] {
		if c[0] == c[1] && c[0]&0x0f == 0x0a {
			c[0], c[1] = 0x0a, 0x0a
		}
	}
	return b
}
