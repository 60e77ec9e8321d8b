package certificate

import (
	"iter"

	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

const oidCommonName = "\x55\x04\x03"

// An Attribute is a relative distinguished name of one attribute (RFC 5280,
// section 4.1.2.4). Where there are more in one set, the others are ignored.
type Attribute struct {
	set   ber.TLV
	Type  ber.TLV // OBJECT IDENTIFIER
	Value ber.TLV // mostly a string, of the type that its tag says
}

// Name is the name of the attribute's type, such as "common_name"; it is empty
// where it has none.
func (a *Attribute) Name() string { return ber.OIDName(a.Type.Value) }

// attributes yields the attributes in the contents of an RDNSequence.
func attributes(rdns wire.Cursor) iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		for c := rdns; c.More(); {
			if !yield(readAttribute(&c)) {
				return
			}
		}
	}
}

// Quirk Q116: further ones are ignored.
func readAttribute(c *wire.Cursor) Attribute {
	var a Attribute
	a.set = ber.Read(c)
	sequence := ber.ReadTag(&a.set.Value, ber.Sequence)
	a.Type = ber.ReadTag(&sequence.Value, ber.ObjectIdentifier)
	a.Value = ber.Read(&sequence.Value)
	return a
}

// write writes the members of an object.
func (a *Attribute) write(w *record.Writer) {
	if !a.Type.Ok() {
		return
	}
	if name := a.Name(); name != "" {
		a.Value.WriteText(w, name)
		return
	}
	a.Type.WriteOID(w, "attribute_type")
	if a.Value.Ok() {
		a.Value.WriteHex(w, "attribute_value")
	}
}

func (a *Attribute) equal(b *Attribute) bool {
	return a.Type.Equal(&b.Type) && a.Value.Equal(&b.Value)
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
		if string(a.Type.Value) == oidCommonName && a.Value.Ok() {
			return a.Value.Value.Until(0), true
		}
	}
	return nil, false
}
