package tls

import (
	"merctools/lib/npf"
	"merctools/lib/wire"
)

// greaseCode stands for all code points reserved for GREASE.
const greaseCode = 0x0a0a

// WriteFingerprint appends the message's fingerprint, without what tells type
// and format, to an open one: version, cipher suites, extensions.
func (m *ClientHello) WriteFingerprint(b *npf.Builder, f npf.Format) {
	b.String(m.Version)
	b.Open()
	writeCodes(b, m.CipherSuites)
	b.Close()
	m.Extensions.writeFingerprint(b, f, clientRole)
}

// lastFormat is the last format of TLS and DTLS fingerprints.
const lastFormat = 2

// FingerprintIn begins a fingerprint of type t in another format than own, and
// writes it. It returns None where there is no such format, or own is not 0.
func (m *ClientHello) FingerprintIn(b *npf.Builder, t npf.Type, own, format int) npf.Type {
	if own != 0 || format > lastFormat {
		return npf.None
	}
	b.Begin(t, format)
	m.WriteFingerprint(b, npf.FormatOf(t, format))
	return t
}

// A role says who sends a message.
type role uint8

const (
	clientRole role = iota
	serverRole
)

// writeCodes appends code points, with the same one for all that are reserved
// for GREASE. A last odd byte is left out.
func writeCodes(b *npf.Builder, codes []byte) {
	l := CodeList(codes)
	plain := 0 // start of those that need no replacement
	for i := range l.Len() {
		if IsGREASE(l.At(i)) {
			b.Hex(l[plain : 2*i])
			b.Uint16(greaseCode)
			plain = 2*i + 2
		}
	}
	b.Hex(l[plain : 2*l.Len()])
}

// fixed reports whether implementations always fill an extension alike, so
// that its value tells something about them.
func (t ExtensionType) fixed() bool {
	switch t {
	case 1, 5, 7, 8, 9, 10, 11, 13, 15, 16, 17, 24, 27, 28, 43, 45, 50,
		ExtQUICParameters, ExtTokenBinding, ExtQUICParametersDraft:
		return true
	}
	return false
}

func (t ExtensionType) isQUICParameters() bool {
	return t == ExtQUICParameters || t == ExtQUICParametersDraft
}

// writeFingerprint appends the list of extensions.
func (x Extensions) writeFingerprint(b *npf.Builder, f npf.Format, r role) {
	list := b.OpenExtensions(f)
	for {
		e, ok := x.Next()
		if !ok || e.Value.Failed() {
			break
		}
		list.Add(uint16(e.Type), e.Value)
	}
	for i := range list.Arrange() {
		e := list.At(i)
		t, shown := ExtensionType(e.Code), e.Shown
		if IsGREASE(shown) {
			shown = greaseCode
		}
		if !t.isQUICParameters() {
			t.writeFingerprint(b, r, shown, e.Value)
			continue
		}
		var p transportParameter
		for c := wire.Cursor(e.Value); c.More(); {
			if p.parse(&c); p.value.Ok() {
				list.AddParameter(p.shown())
			}
		}
		list.WriteParameters(shown)
	}
	list.Close()
}

// writeFingerprint appends an extension, under the type that is shown in
// place of its own.
func (t ExtensionType) writeFingerprint(b *npf.Builder, r role, shown uint16, value []byte) {
	b.Open()
	b.Uint16(shown)
	if t.fixed() {
		b.Uint16(uint16(len(value)))
		t.writeValue(b, r, value)
	}
	b.Close()
}

func (t ExtensionType) writeValue(b *npf.Builder, r role, value wire.Cursor) {
	lengthLen := 0
	switch {
	case t == ExtSupportedGroups:
		lengthLen = 2
	case t == ExtSupportedVersions && r == clientRole:
		lengthLen = 1
	case t == ExtSupportedVersions: // a server selects just one
	default:
		b.Hex(value)
		return
	}
	b.Hex(value.UpTo(lengthLen))
	writeCodes(b, value)
}

// shown is the identifier that a fingerprint has, as it is encoded.
func (p *transportParameter) shown() uint64 {
	if p.isGREASE() {
		return npf.GREASEParameter
	}
	return p.encoded
}
