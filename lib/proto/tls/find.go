package tls

import "merctools/lib/wire"

// found are where the values of those extensions are that records and several
// fingerprints ask for: the first of each type.
type found struct {
	searched bool
	values   [slots]struct{ from, to uint16 } // offsets in the extensions; 0 where there is none
}

const slots = 11

// slot is the place of a type among the values; slots if it has none.
func (t ExtensionType) slot() int {
	switch t {
	case ExtSupportedGroups:
		return 0
	case ExtECPointFormats:
		return 1
	case ExtSignatureAlgorithms:
		return 2
	case ExtALPN:
		return 3
	case ExtSupportedVersions:
		return 4
	case ExtPSKModes:
		return 5
	case ExtKeyShare:
		return 6
	case ExtSessionTicket:
		return 7
	case ExtECH:
		return 8
	case ExtQUICParameters:
		return 9
	case ExtQUICParametersDraft:
		return 10
	}
	return slots
}

// Find is what Extensions.Find returns. All are looked for at the first call: there may
// be thousands.
func (m *ClientHello) Find(t ExtensionType) wire.Cursor {
	slot := t.slot()
	if slot == slots {
		return m.Extensions.Find(t)
	}
	if !m.found.searched {
		m.search()
	}
	v := m.found.values[slot]
	if v.to == 0 {
		return nil
	}
	return wire.Cursor(m.Extensions[v.from:v.to:v.to])
}

func (m *ClientHello) has(t ExtensionType) bool { return m.Find(t).Ok() }

func (m *ClientHello) search() {
	m.found.searched = true
	for x := m.Extensions; ; {
		at := len(m.Extensions) - len(x) + extensionHeader
		e, ok := x.next()
		if !ok {
			return
		}
		if slot := e.Type.slot(); slot < slots && m.found.values[slot].to == 0 {
			v := &m.found.values[slot]
			v.from, v.to = uint16(at), uint16(at+len(e.Value))
		}
	}
}
