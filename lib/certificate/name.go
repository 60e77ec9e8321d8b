package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

const oidCommonName = "\x55\x04\x03"

// An attribute is a relative distinguished name of one attribute (RFC 5280,
// section 4.1.2.4). Where there are more in one set, the others are ignored.
type attribute struct {
	set   ber.TLV
	typ   ber.TLV
	value ber.TLV
}

// Quirk Q116: further ones are ignored.
func readAttribute(c *wire.Cursor) attribute {
	var a attribute
	a.set = ber.Read(c)
	sequence := ber.ReadTag(&a.set.Value, ber.Sequence)
	a.typ = ber.ReadTag(&sequence.Value, ber.ObjectIdentifier)
	a.value = ber.Read(&sequence.Value)
	return a
}

// write writes the members of an object.
func (a *attribute) write(w *record.Writer) {
	if !a.typ.Ok() {
		return
	}
	if name := ber.OIDName(a.typ.Value); name != "" {
		a.value.WriteText(w, name)
		return
	}
	a.typ.WriteOID(w, "attribute_type")
	if a.value.Ok() {
		a.value.WriteHex(w, "attribute_value")
	}
}

func (a *attribute) equal(b *attribute) bool {
	return a.typ.Equal(&b.typ) && a.value.Equal(&b.value)
}

// writeName writes the contents of an RDNSequence.
func writeName(w *record.Writer, key string, rdns wire.Cursor) {
	w.Key(key).Array()
	for rdns.More() {
		a := readAttribute(&rdns)
		w.Elem().Object()
		a.write(w)
		w.EndObject()
	}
	w.EndArray()
}

// sameName reports whether one name begins with the other.
//
// Quirk Q115: one may be longer.
func sameName(a, b wire.Cursor) bool {
	for a.More() && b.More() {
		x, y := readAttribute(&a), readAttribute(&b)
		if !x.equal(&y) {
			return false
		}
	}
	return true
}

func commonName(rdns wire.Cursor) (name []byte, ok bool) {
	for rdns.More() {
		a := readAttribute(&rdns)
		if string(a.typ.Value) == oidCommonName && a.value.Ok() {
			return a.value.Value.Until(0), true
		}
	}
	return nil, false
}
