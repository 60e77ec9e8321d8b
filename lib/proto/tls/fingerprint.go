package tls

import "merctools/lib/npf"

// greaseCode stands for all code points reserved for GREASE, greaseParameter
// for such identifiers of QUIC transport parameters.
const (
	greaseCode      = 0x0a0a
	greaseParameter = 0x1b
)

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
		list.Next(uint16(e.Type), e.Value)
		shown := uint16(e.Type)
		if IsGREASE(shown) {
			shown = greaseCode
		}
		if !e.Type.isQUICParameters() {
			e.writeFingerprint(b, r, shown)
			continue
		}
		b.Open()
		b.Open()
		b.Uint16(shown)
		b.Close()
		b.Open()
		var p transportParameter
		for c := e.Value; c.Ok(); {
			if p.parse(&c); p.value.Ok() {
				p.writeFingerprint(b)
			}
		}
		b.Close()
		b.Close()
	}
	list.Close()
}

// writeFingerprint appends an extension, under the type that is shown in
// place of its own.
func (e *Extension) writeFingerprint(b *npf.Builder, r role, shown uint16) {
	b.Open()
	b.Uint16(shown)
	if e.Type.fixed() {
		b.Uint16(uint16(e.Value.Len()))
		e.writeValue(b, r)
	}
	b.Close()
}

func (e *Extension) writeValue(b *npf.Builder, r role) {
	value := e.Value
	lengthLen := 0
	switch {
	case e.Type == ExtSupportedGroups:
		lengthLen = 2
	case e.Type == ExtSupportedVersions && r == clientRole:
		lengthLen = 1
	case e.Type == ExtSupportedVersions: // a server selects just one
	default:
		b.Hex(value)
		return
	}
	b.Hex(value.UpTo(lengthLen))
	writeCodes(b, value)
}

func (p *transportParameter) writeFingerprint(b *npf.Builder) {
	b.Open()
	if p.isGREASE() {
		b.Uint8(greaseParameter)
	} else {
		b.Hex(p.rawID)
	}
	b.Close()
}
