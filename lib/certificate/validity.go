package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A validity is a Validity (RFC 5280, section 4.1.2.5).
type validity struct {
	whole               bool // nothing in it was unexpected
	notBefore, notAfter ber.TLV
}

func (v *validity) parse(c *wire.Cursor) {
	var sequence ber.TLV
	sequence.Parse(c, ber.Sequence)
	v.notBefore.Parse(&sequence.Value, ber.Any)
	v.notAfter.Parse(&sequence.Value, ber.Any)
	v.whole = sequence.Value.Ok()
}

func (v *validity) write(w *record.Writer) {
	w.Key("validity").Array()
	w.Elem().Object()
	if v.notBefore.Ok() {
		v.notBefore.WriteValue(w, "not_before")
	}
	w.EndObject()
	if v.notAfter.Ok() {
		w.Elem().Object()
		v.notAfter.WriteValue(w, "not_after")
		w.EndObject()
	}
	w.EndArray()
}
