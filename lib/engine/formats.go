package engine

import (
	"bytes"

	"merctools/lib/npf"
	"merctools/lib/proto"
)

// maxFormats is how many formats a fingerprint has beside format 0.
const maxFormats = 2

// otherFormats finds the formats of a message's fingerprint that do not follow
// from the one in its record.
type otherFormats struct {
	list      [][]byte
	builders  [maxFormats]npf.Builder
	marks     [maxFormats][]byte
	converter npf.Converter
}

// find sets the list for a message whose fingerprint in format 0 is own. The
// fingerprint that a message does not have, since it would be too long, stands
// there as its type and format.
func (o *otherFormats) find(m proto.Reformattable, own *npf.Builder) {
	for i := range o.builders {
		format := i + 1
		b := &o.builders[i]
		t := m.FingerprintIn(b, format)
		if t == npf.None {
			return
		}
		derived, _ := o.converter.Convert(t, own.Bytes(), format)
		switch {
		case bytes.Equal(derived, b.Bytes()):
		case b.Type() == npf.None:
			o.marks[i] = append(append(o.marks[i][:0], t.String()...), '/', byte('0'+format), '/')
			o.list = append(o.list, o.marks[i])
		default:
			o.list = append(o.list, b.Bytes())
		}
	}
}
