package tls

import (
	"bytes"
	"cmp"
	"slices"

	"merctools/lib/npf"
)

// A Format says how the extensions of a ClientHello appear in a fingerprint.
type Format uint8

// The formats. In all of them the values of extensions that an implementation
// always fills alike are part of the fingerprint, and values reserved for
// GREASE (RFC 8701) are replaced by one of them.
const (
	// InOrder has the extensions in the order in which they came.
	InOrder Format = iota
	// Sorted has them by type, as some clients shuffle them.
	Sorted
	// Registered has them by type, leaves out those that depend on the
	// session, lets one type stand for all private ones and another for all
	// unassigned ones, and has no more than three of a type.
	Registered
)

// greaseCode stands for all code points reserved for GREASE, greaseParameter
// for such identifiers of QUIC transport parameters.
const (
	greaseCode      = 0x0a0a
	greaseParameter = 0x1b
)

// WriteFingerprint appends the message's fingerprint, without what tells type
// and format, to an open one: version, cipher suites, extensions.
func (m *ClientHello) WriteFingerprint(b *npf.Builder, f Format) {
	b.String(m.Version)
	b.Open()
	writeCodes(b, m.CipherSuites)
	b.Close()
	switch f {
	case Sorted:
		m.writeSorted(b)
	case Registered:
		m.writeRegistered(b)
	default:
		m.Extensions.writeFingerprint(b, clientRole)
	}
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

// writeFingerprint appends the extensions in their order.
func (x Extensions) writeFingerprint(b *npf.Builder, r role) {
	b.Open()
	for {
		e, ok := x.Next()
		if !ok || e.Value.Failed() {
			break
		}
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
	b.Close()
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

// shownType is the type that stands for an extension where all types that
// look like GREASE are alike.
func (e *Extension) shownType() uint16 {
	if e.Type.isGREASE() {
		return greaseCode
	}
	return uint16(e.Type)
}

// compareExtensions orders by type, and extensions of the same type by length
// and value.
func compareExtensions(a, b Extension) int {
	if c := cmp.Compare(a.shownType(), b.shownType()); c != 0 {
		return c
	}
	return compareValues(a, b)
}

// compareValues orders by length, then value. Those that look like GREASE are
// all the same.
func compareValues(a, b Extension) int {
	if a.Type.isGREASE() && b.Type.isGREASE() {
		return 0
	}
	if c := cmp.Compare(len(a.Value), len(b.Value)); c != 0 {
		return c
	}
	return bytes.Compare(a.Value, b.Value)
}

// writeSorted appends the extensions by type.
func (m *ClientHello) writeSorted(b *npf.Builder) {
	m.sorted = m.sorted[:0]
	for x := m.Extensions; ; {
		e, ok := x.Next()
		if !ok || e.Value.Failed() {
			break
		}
		if len(m.sorted) == npf.MaxLen/minWritten {
			b.Discard()
			return
		}
		m.sorted = append(m.sorted, e)
	}
	slices.SortStableFunc(m.sorted, compareExtensions)
	b.Text("[")
	for i := range m.sorted {
		e := &m.sorted[i]
		m.writeUnordered(b, e, e.shownType())
	}
	b.Text("]")
}

// minWritten is how many characters an extension has at least in a
// fingerprint.
const minWritten = len("(0000)")

// writeUnordered appends an extension in the form in which the order of QUIC
// transport parameters makes no difference either.
func (m *ClientHello) writeUnordered(b *npf.Builder, e *Extension, shown uint16) {
	if !e.Type.isQUICParameters() {
		e.writeFingerprint(b, clientRole, shown)
		return
	}
	m.parameters = m.parameters[:0]
	var p transportParameter
	for c := e.Value; c.Ok(); {
		if p.parse(&c); p.value.Ok() {
			if len(m.parameters) == npf.MaxLen/len("(00)") {
				b.Discard()
				return
			}
			m.parameters = append(m.parameters, p)
		}
	}
	sortParameters(m.parameters)
	b.Open()
	b.Open()
	b.Uint16(shown)
	b.Close()
	b.Text("[")
	for i := range m.parameters {
		m.parameters[i].writeFingerprint(b)
	}
	b.Text("]")
	b.Close()
}

// sortParameters orders transport parameters by their identifiers as they are
// encoded, those for GREASE as if they were 27.
//
// Where an identifier is encoded in more bytes than it needs, that order may
// contradict itself, and the way of sorting decides. A few parameters, which
// is the usual case, are inserted one by one: at the front if they come before
// the first, or else behind the last that they do not come before.
func sortParameters(ps []transportParameter) {
	const few = 16
	if len(ps) > few {
		slices.SortStableFunc(ps, compareParameters)
		return
	}
	for i := range ps {
		p, at := ps[i], i
		if compareParameters(p, ps[0]) < 0 {
			at = 0
		}
		for at > 0 && compareParameters(p, ps[at-1]) < 0 {
			at--
		}
		copy(ps[at+1:i+1], ps[at:i])
		ps[at] = p
	}
}

func compareParameters(p, q transportParameter) int {
	switch {
	case p.isGREASE() && q.isGREASE():
		return 0
	case p.isGREASE():
		return cmp.Compare(greaseParameter, q.id)
	case q.isGREASE():
		return cmp.Compare(p.id, greaseParameter)
	}
	return bytes.Compare(p.rawID, q.rawID)
}

// maxRepeated is how many extensions of a type a Registered fingerprint has.
const maxRepeated = 3

// Types that stand for ranges of them in a Registered fingerprint.
const (
	firstUnassigned = 62
	lastUnassigned  = 0xfeff
	firstPrivate    = 0xff00
)

// registeredType is the type under which an extension appears in a Registered
// fingerprint, if it does. Those that depend on the session are left out.
func (t ExtensionType) registeredType() (shown uint16, ok bool) {
	switch {
	case t == 21 || t == ExtSessionTicket || t == ExtPreSharedKey || t == 42:
		return 0, false
	case t.isGREASE():
		return greaseCode, true
	case t <= firstUnassigned:
		return uint16(t), true
	}
	switch t {
	case 0x3374, // next protocol negotiation
		ExtTokenBinding,
		0x754f, 0x7550, // channel ID
		0xfd00, // ECH outer extensions
		ExtECH,
		0xff01, // renegotiation info (RFC 5746)
		0xff03,
		ExtQUICParametersDraft,
		0xffce: // encrypted server name
		return uint16(t), true
	}
	if t <= lastUnassigned {
		return firstUnassigned, true
	}
	return firstPrivate, true
}

// writeRegistered appends the extensions as Registered says.
func (m *ClientHello) writeRegistered(b *npf.Builder) {
	m.sorted = m.sorted[:0]
	for x := m.Extensions; ; {
		e, ok := x.Next()
		if !ok || e.Value.Failed() {
			break
		}
		if _, ok := e.Type.registeredType(); ok {
			m.sorted = append(m.sorted, e)
		}
	}
	slices.SortStableFunc(m.sorted, compareRegistered)
	b.Text("[")
	for rest := m.sorted; len(rest) > 0; {
		n := 1
		for n < len(rest) && compareRegistered(rest[0], rest[n]) == 0 {
			n++
		}
		shown, _ := rest[0].Type.registeredType()
		same := rest[:min(n, maxRepeated)]
		slices.SortStableFunc(same, compareValues)
		for i := range same {
			m.writeUnordered(b, &same[i], shown)
		}
		rest = rest[n:]
	}
	b.Text("]")
}

func compareRegistered(a, b Extension) int {
	x, _ := a.Type.registeredType()
	y, _ := b.Type.registeredType()
	return cmp.Compare(x, y)
}
