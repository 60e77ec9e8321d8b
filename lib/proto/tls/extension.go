package tls

import (
	"encoding/binary"
	"iter"

	"merctools/lib/wire"
)

// An ExtensionType is a code point of IANA's registry of TLS ExtensionType
// values.
type ExtensionType uint16

// The extensions that are looked into.
const (
	ExtServerName          ExtensionType = 0      // RFC 6066, section 3
	ExtSupportedGroups     ExtensionType = 10     // RFC 8446, section 4.2.7
	ExtECPointFormats      ExtensionType = 11     // RFC 8422, section 5.1.2
	ExtSignatureAlgorithms ExtensionType = 13     // RFC 8446, section 4.2.3
	ExtALPN                ExtensionType = 16     // RFC 7301, section 3.1
	ExtEncryptThenMAC      ExtensionType = 22     // RFC 7366, section 2
	ExtCertWithExternPSK   ExtensionType = 33     // RFC 8773, section 4
	ExtSessionTicket       ExtensionType = 35     // RFC 5077, section 3.2
	ExtPreSharedKey        ExtensionType = 41     // RFC 8446, section 4.2.11
	ExtSupportedVersions   ExtensionType = 43     // RFC 8446, section 4.2.1
	ExtPSKModes            ExtensionType = 45     // RFC 8446, section 4.2.9
	ExtKeyShare            ExtensionType = 51     // RFC 8446, section 4.2.8
	ExtQUICParameters      ExtensionType = 57     // RFC 9001, section 8.2
	ExtTokenBinding        ExtensionType = 0x5500 // used by drafts of RFC 8472
	ExtECH                 ExtensionType = 0xfe0d // RFC 9849, section 5
	ExtQUICParametersDraft ExtensionType = 0xffa5 // used by drafts of RFC 9001
)

// An Extension is one extension of a hello message.
type Extension struct {
	Type  ExtensionType
	Value wire.Cursor // nil where the extension goes beyond the end of the message
}

// Extensions is the extensions field of a hello message, without its length.
// It is nil where the message has none.
type Extensions wire.Cursor

// extensionHeader is how many bytes the type and the length of an extension take.
const extensionHeader = 4

// Next reads an extension; it returns false at the end. An extension that
// goes beyond the end of the message is the last one, and its value is nil.
func (x *Extensions) Next() (e Extension, ok bool) {
	if e, ok = x.next(); ok {
		return e, true
	}
	c := wire.Cursor(*x)
	*x = nil
	if !c.More() {
		return e, false
	}
	return Extension{Type: ExtensionType(c.Uint16())}, true
}

// next reads an extension that is whole.
func (x *Extensions) next() (e Extension, ok bool) {
	b := wire.Cursor(*x)
	if len(b) < extensionHeader {
		return e, false
	}
	end := extensionHeader + int(binary.BigEndian.Uint16(b[2:]))
	if end > len(b) {
		return e, false
	}
	*x = Extensions(b[end:])
	return Extension{ExtensionType(binary.BigEndian.Uint16(b)), b[extensionHeader:end:end]}, true
}

// nextOf reads the next extension of a type, of those that are whole and come
// before the first that isn't.
func (x *Extensions) nextOf(t ExtensionType) (e Extension, ok bool) {
	b := wire.Cursor(*x)
	for len(b) >= extensionHeader {
		end := extensionHeader + int(binary.BigEndian.Uint16(b[2:]))
		if end > len(b) {
			break
		}
		whole := b[:end:end]
		b = b[end:]
		if ExtensionType(binary.BigEndian.Uint16(whole)) == t {
			*x = Extensions(b)
			return Extension{t, whole[extensionHeader:]}, true
		}
	}
	*x = Extensions(b)
	return e, false
}

// nextParameters returns the next extension with QUIC transport parameters, with its
// type and length; nil where there is none.
func (x *Extensions) nextParameters() wire.Cursor {
	for {
		whole := wire.Cursor(*x)
		e, ok := x.next()
		if !ok {
			return nil
		}
		if e.Type.isQUICParameters() {
			return whole.UpTo(extensionHeader + len(e.Value))
		}
	}
}

// All returns the extensions as Next reads them.
func (x Extensions) All() iter.Seq[Extension] {
	return func(yield func(Extension) bool) {
		for {
			e, ok := x.Next()
			if !ok || !yield(e) {
				return
			}
		}
	}
}

// Find returns the value of the first extension of a type, or nil where there
// is none, or none that is whole.
func (x Extensions) Find(t ExtensionType) wire.Cursor {
	e, _ := x.nextOf(t)
	return e.Value
}

// NextType does what Next does, and returns the type only.
func (x *Extensions) NextType() (t ExtensionType, ok bool) {
	b := wire.Cursor(*x)
	if len(b) >= extensionHeader {
		if end := extensionHeader + int(binary.BigEndian.Uint16(b[2:])); end <= len(b) {
			*x = Extensions(b[end:])
			return ExtensionType(binary.BigEndian.Uint16(b)), true
		}
	}
	e, ok := x.Next()
	return e.Type, ok
}

// Has reports whether there is an extension of a type.
func (x Extensions) Has(t ExtensionType) bool { return x.Find(t).Ok() }
