package stun

import "merctools/lib/record"

// maxFeatures is the number of bytes up to which features are written.
const maxFeatures = 2048

// writeFeatures writes a string that is itself JSON: an array of the
// message's type and an array of its attributes, each of them an array of
// type and value, all in hexadecimal. It is an empty array where it would be
// too long.
func (m *Message) writeFeatures(w *record.Writer) {
	b := append(m.features[:0], `["`...)
	b = record.AppendHexUint(b, uint64(m.typ), 4)
	b = append(b, `",[`...)
	for c := m.attributes; c.More(); {
		a, ok := readAttribute(c)
		if !ok {
			break
		}
		if len(b)+2*len(a.value) > maxFeatures {
			b = b[:0]
			break
		}
		if b[len(b)-1] == ']' {
			b = append(b, ',')
		}
		b = append(b, `["`...)
		b = record.AppendHexUint(b, uint64(a.typ), 4)
		b = append(b, `","`...)
		b = record.AppendHex(b, a.value)
		b = append(b, `"]`...)
		c = a.next
	}
	b = append(b, `]]`...)
	if len(b) > maxFeatures || b[0] != '[' {
		b = append(b[:0], `[]`...)
	}
	m.features = b
	w.Text(b)
}
