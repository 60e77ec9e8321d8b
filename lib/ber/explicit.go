package ber

import "merctools/lib/wire"

// A Field is a member of a sequence whose members have explicit tags.
type Field struct {
	Expected uint8 // tag of the value inside; Any for every tag
	TLV
}

// ReadExplicit reads the contents of a SEQUENCE whose members have the
// explicit tags [0], [1], … (X.690, section 8.14): fields[i] gets the value
// inside [i]. It reports whether all of c was made of such members. It stops
// at the first tag that is none of them, that comes twice, or whose inner
// value has another tag than expected; fields read before then stay.
func ReadExplicit(c *wire.Cursor, fields []Field) bool {
	for c.More() {
		outer := Read(c)
		n := int(outer.Number())
		if !outer.Ok() || outer.Tag != ContextConstructed(outer.Number()) || n >= len(fields) {
			return false
		}
		f := &fields[n]
		if f.Ok() {
			return false
		}
		if f.Parse(&outer.Value, f.Expected); outer.Value.Failed() {
			return false
		}
	}
	return c.Ok()
}
