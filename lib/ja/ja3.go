// Package ja makes the JA3, JA3S and JA4 fingerprints of TLS, QUIC and DTLS
// hellos.
//
// JA3 and JA3S are MD5 hashes of the decimal code points of a hello in their
// order (https://github.com/salesforce/ja3). JA4 is readable in part and does
// not depend on the order of cipher suites and extensions
// (https://github.com/FoxIO-LLC/ja4, JA4: TLS Client Fingerprinting). Code
// points reserved for GREASE (RFC 8701) count in none of them.
package ja

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"

	"merctools/lib/proto/tls"
	"merctools/lib/wire"
)

// A Hasher makes fingerprints. Its zero value is ready; it keeps memory to
// work in, so that making a fingerprint does not allocate, and is for one
// goroutine at a time.
type Hasher struct {
	text  []byte
	codes []uint16
}

// AppendJA3 appends the JA3 fingerprint of a ClientHello: 32 hexadecimal
// digits.
func (h *Hasher) AppendJA3(dst []byte, m *tls.ClientHello) []byte {
	h.text = appendJA3(h.text[:0], m)
	return appendMD5(dst, h.text)
}

// appendJA3 appends the text that JA3 is the hash of: version, cipher suites,
// extensions, groups and point formats.
func appendJA3(b []byte, m *tls.ClientHello) []byte {
	b = strconv.AppendUint(b, uint64(m.LegacyVersion()), 10)
	b = append(b, ',')
	b = appendDecimal(b, m.CipherSuites)
	b = append(b, ',')
	b = appendTypes(b, m.Extensions)
	b = append(b, ',')
	b = appendDecimal(b, m.SupportedGroups())
	b = append(b, ',')
	formats := m.Find(tls.ExtECPointFormats)
	for i, f := range formats.Bytes(int(formats.Uint8())) {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(f), 10)
	}
	return b
}

// AppendJA3S appends the JA3S fingerprint of a ServerHello: 32 hexadecimal
// digits.
func (h *Hasher) AppendJA3S(dst []byte, m *tls.ServerHello) []byte {
	b := strconv.AppendUint(h.text[:0], uint64(m.LegacyVersion()), 10)
	b = append(b, ',')
	b = strconv.AppendUint(b, uint64(m.Suite()), 10)
	b = append(b, ',')
	h.text = appendTypes(b, m.Extensions)
	return appendMD5(dst, h.text)
}

func appendDecimal(b []byte, codes tls.CodeList) []byte {
	first := true
	for code := range codes.All() {
		if tls.IsGREASE(code) {
			continue
		}
		if !first {
			b = append(b, '-')
		}
		first = false
		b = strconv.AppendUint(b, uint64(code), 10)
	}
	return b
}

// appendTypes appends the types of extensions. One that goes beyond the end of
// the message still has a type.
func appendTypes(b []byte, x tls.Extensions) []byte {
	first := true
	for {
		t, ok := nextType(&x)
		if !ok {
			return b
		}
		if !first {
			b = append(b, '-')
		}
		first = false
		b = strconv.AppendUint(b, uint64(t), 10)
	}
}

// nextType reads on to the next extension whose type is not one of GREASE.
func nextType(x *tls.Extensions) (t uint16, ok bool) {
	for wire.Cursor(*x).Len() >= 2 {
		e, more := x.NextType()
		if !more {
			break
		}
		if !tls.IsGREASE(uint16(e)) {
			return uint16(e), true
		}
	}
	return 0, false
}

func appendMD5(dst, text []byte) []byte {
	sum := md5.Sum(text)
	return hex.AppendEncode(dst, sum[:])
}
