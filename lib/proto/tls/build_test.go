package tls

import (
	"encoding/hex"
	"strings"
	"testing"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// What follows builds messages as RFC 8446 writes them.

func cat(parts ...string) string { return strings.Join(parts, "") }

func u16(v int) string { return string([]byte{byte(v >> 8), byte(v)}) }

func u24(v int) string { return string([]byte{byte(v >> 16), byte(v >> 8), byte(v)}) }

func vec8(parts ...string) string { return string([]byte{byte(len(cat(parts...)))}) + cat(parts...) }

func vec16(parts ...string) string { return u16(len(cat(parts...))) + cat(parts...) }

func vec24(parts ...string) string { return u24(len(cat(parts...))) + cat(parts...) }

func extension(t ExtensionType, value ...string) string { return u16(int(t)) + vec16(value...) }

func serverName(name string) string { return extension(ExtServerName, vec16("\x00", vec16(name))) }

func handshakeOf(t HandshakeType, body ...string) string { return string(rune(t)) + vec24(body...) }

func recordOf(fragment ...string) string { return "\x16\x03\x01" + vec16(fragment...) }

var random = strings.Repeat("R", randomLen)

// clientHello has a version of TLS 1.2, a session ID, two cipher suites and
// the given extensions.
func clientHello(extensions ...string) string {
	return cat("\x03\x03", random, vec8("id"), vec16("\x1a\x1a\x13\x01"), vec8("\x00"), vec16(extensions...))
}

func serverHello(extensions ...string) string {
	return cat("\x03\x03", random, vec8(""), "\xc0\x2f", "\x00", vec16(extensions...))
}

func certificateOf(certificates ...string) string {
	return handshakeOf(TypeCertificate, vec24(certificates...))
}

// result is what comes of a payload.
type result struct {
	ok          bool
	missing     uint32
	fingerprint string
	record      string
}

func run(m proto.Message, payload string) result {
	var p proto.Packet
	r := result{ok: m.Parse([]byte(payload), &p), missing: p.Missing}
	if !r.ok {
		return r
	}
	if f, ok := m.(proto.Fingerprinter); ok {
		var b npf.Builder
		f.Fingerprint(&b)
		r.fingerprint = string(b.Bytes())
	}
	var w record.Writer
	w.Object()
	m.WriteRecord(&w)
	w.EndObject()
	r.record = string(w.Bytes())
	return r
}

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

func check(t *testing.T, name, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s\n got %s\nwant %s", name, what, got, want)
	}
}
