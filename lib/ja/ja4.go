package ja

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"merctools/lib/proto/tls"
)

// A Transport is what carries a hello; JA4 begins with its letter.
type Transport byte

// The transports.
const (
	TCP  Transport = 't'
	QUIC Transport = 'q'
	DTLS Transport = 'd'
)

// AppendJA4 appends the JA4 fingerprint of a ClientHello.
func (h *Hasher) AppendJA4(dst []byte, m *tls.ClientHello, t Transport) []byte {
	dst = h.appendSummary(dst, m, t)
	dst = append(dst, '_')
	dst = appendSHA256(dst, h.suites(m, true))
	dst = append(dst, '_')
	return appendSHA256(dst, h.extensions(m, true))
}

// AppendJA4R appends JA4_r, which has sorted lists of code points where JA4 has
// their hashes.
func (h *Hasher) AppendJA4R(dst []byte, m *tls.ClientHello, t Transport) []byte {
	dst = h.appendSummary(dst, m, t)
	dst = append(dst, '_')
	dst = append(dst, h.suites(m, true)...)
	dst = append(dst, '_')
	return append(dst, h.extensions(m, true)...)
}

// AppendJA4O appends JA4_o, whose hashes are those of the code points in the
// order of the message. The server name and ALPN extensions are among them,
// but where there are no others the hash of extensions is all zeros, as FoxIO's
// program has it.
func (h *Hasher) AppendJA4O(dst []byte, m *tls.ClientHello, t Transport) []byte {
	dst = h.appendSummary(dst, m, t)
	dst = append(dst, '_')
	dst = appendSHA256(dst, h.suites(m, false))
	dst = append(dst, '_')
	if len(h.extensions(m, true)) == 0 {
		return appendSHA256(dst, nil)
	}
	return appendSHA256(dst, h.extensions(m, false))
}

// appendSummary appends the first part of JA4, that which is readable.
func (h *Hasher) appendSummary(dst []byte, m *tls.ClientHello, t Transport) []byte {
	dst = append(dst, byte(t))
	dst = append(dst, versionName(version(m))...)
	suites, extensions := 0, 0
	for s := range m.CipherSuites.All() {
		if !tls.IsGREASE(s) {
			suites++
		}
	}
	name := byte('i')
	for x := m.Extensions; ; extensions++ {
		e, ok := nextType(&x)
		if !ok {
			break
		}
		if e == uint16(tls.ExtServerName) {
			name = 'd'
		}
	}
	dst = append(dst, name)
	dst = appendCount(dst, suites)
	dst = appendCount(dst, extensions)
	return appendProtocol(dst, m)
}

// version is the highest number in the supported_versions extension, or else
// the legacy version. JA4 compares the numbers, also those of DTLS, which count
// down: where DTLS 1.3 and 1.2 are offered it says 1.2.
func version(m *tls.ClientHello) uint16 {
	highest := uint16(0)
	for v := range m.SupportedVersions().All() {
		if !tls.IsGREASE(v) {
			highest = max(highest, v)
		}
	}
	if highest == 0 {
		return m.LegacyVersion()
	}
	return highest
}

func versionName(v uint16) string {
	switch v {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	case 0xfeff:
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// appendCount appends a count of two digits, at most 99.
func appendCount(dst []byte, n int) []byte {
	n = min(n, 99)
	return append(dst, '0'+byte(n/10), '0'+byte(n%10))
}

// appendProtocol appends the first and the last character of the first ALPN
// protocol, or of its hexadecimal form where either is not alphanumeric.
func appendProtocol(dst []byte, m *tls.ClientHello) []byte {
	protocols := m.ALPN()
	name, _ := protocols.Next()
	if len(name) == 0 {
		return append(dst, "00"...)
	}
	first, last := name[0], name[len(name)-1]
	if isAlphanumeric(first) && isAlphanumeric(last) {
		return append(dst, first, last)
	}
	const digits = "0123456789abcdef"
	return append(dst, digits[first>>4], digits[last&0xf])
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// suites is the list of cipher suites, in memory that the next list overwrites.
func (h *Hasher) suites(m *tls.ClientHello, sorted bool) []byte {
	h.codes = h.codes[:0]
	for s := range m.CipherSuites.All() {
		if !tls.IsGREASE(s) {
			h.codes = append(h.codes, s)
		}
	}
	if sorted {
		slices.Sort(h.codes)
	}
	h.text = appendHexCodes(h.text[:0], h.codes)
	return h.text
}

// extensions is the list of extensions, and behind an underscore that of
// signature algorithms in the order of the message, in memory that the next
// list overwrites. Where there are no extensions, it is empty.
func (h *Hasher) extensions(m *tls.ClientHello, sorted bool) []byte {
	h.codes = h.codes[:0]
	for x := m.Extensions; ; {
		t, ok := nextType(&x)
		if !ok {
			break
		}
		if sorted && (t == uint16(tls.ExtServerName) || t == uint16(tls.ExtALPN)) {
			continue // the summary tells of these
		}
		h.codes = append(h.codes, t)
	}
	if sorted {
		slices.Sort(h.codes)
	}
	h.text = appendHexCodes(h.text[:0], h.codes)
	if len(h.codes) == 0 {
		return h.text
	}
	h.codes = h.codes[:0]
	for a := range m.SignatureAlgorithms().All() {
		if !tls.IsGREASE(a) {
			h.codes = append(h.codes, a)
		}
	}
	if len(h.codes) > 0 {
		h.text = append(h.text, '_')
		h.text = appendHexCodes(h.text, h.codes)
	}
	return h.text
}

func appendHexCodes(b []byte, codes []uint16) []byte {
	for i, c := range codes {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(c >> 8), byte(c)})
	}
	return b
}

// appendSHA256 appends the first six bytes of a hash, as hexadecimal digits.
// That of nothing is all zeros.
func appendSHA256(dst, text []byte) []byte {
	if len(text) == 0 {
		return append(dst, "000000000000"...)
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(dst, sum[:6])
}
