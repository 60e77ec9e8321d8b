package tls

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// maxFeaturesLen is the length in bytes of the longest features that are
// written.
const maxFeaturesLen = 4096

// writeFeatures writes the version, the cipher suites and the extensions, in
// the form of JSON inside a string: ["VERSION","SUITES",[["TYPE","VALUE"],…]].
// Where that would be too long it writes nothing.
//
// An extension that goes beyond the end of the message has an empty value
// here, and the next one is taken to begin behind its length. A type always
// has four digits: where its second byte is beyond the end of the extensions,
// it is the next byte of the message, and 0 where the message ends.
func (m *ClientHello) writeFeatures(w *record.Writer) {
	b := append(m.features[:0], '[')
	b = append(appendQuotedHex(b, m.Version), ',')
	b = append(appendQuotedHex(b, m.CipherSuites), ',', '[')
	for c := wire.Cursor(m.Extensions); c.More() && len(b) <= maxFeaturesLen; {
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		typ := [2]byte{1: m.behind}
		copy(typ[:], c.UpTo(len(typ)))
		length := int(c.Uint16())
		var value wire.Cursor
		// Quirk Q45: the next extension begins in the middle of this one.
		if length <= c.Len() {
			value = c.Bytes(length)
		}
		b = append(appendQuotedHex(append(b, '['), typ[:]), ',')
		b = append(appendQuotedHex(b, value), ']')
	}
	b = append(b, ']', ']')
	m.features = b
	if len(b) <= maxFeaturesLen {
		w.Key("features").Text(b)
	}
}

func appendQuotedHex(b, s []byte) []byte {
	return append(record.AppendHex(append(b, '"'), s), '"')
}
