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
			var a Attribute
			if a.read(&c); !yield(a) {
				return
			}
		}
	}
}

// Quirk Q116: further ones are ignored.
func (a *Attribute) read(c *wire.Cursor) {
	*a = Attribute{}
	a.set.Parse(c, ber.Any)
	var sequence ber.TLV
	sequence.Parse(&a.set.Value, ber.Sequence)
	a.Type.Parse(&sequence.Value, ber.ObjectIdentifier)
	a.Value.Parse(&sequence.Value, ber.Any)
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
	var a Attribute
	for rdns.More() {
		a.read(&rdns)
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
		var x, y Attribute
		x.read(&a)
		if y.read(&b); !x.equal(&y) {
			return false
		}
	}
	return true
}

func commonName(rdns wire.Cursor) (name []byte, ok bool) {
	var a Attribute
	for rdns.More() {
		if a.read(&rdns); string(a.Type.Value) == oidCommonName && a.Value.Ok() {
			return a.Value.Value.Until(0), true
		}
	}
	return nil, false
}
