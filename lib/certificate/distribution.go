package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeCRLDistributionPoints writes the names of a CRLDistributionPoints (RFC
// 5280, section 4.2.1.13); reasons and issuers are passed over.
func writeCRLDistributionPoints(w *record.Writer, c wire.Cursor) {
	sequence := ber.Read(&c)
	w.Key("crl_distribution_points").Array()
	for sequence.Value.More() {
		point := ber.Read(&sequence.Value)
		w.Elem().Object()
		w.Key("crl_distribution_point").Array()
		for point.Value.More() {
			member := ber.Read(&point.Value)
			if member.Tag == ber.ContextConstructed(0) {
				w.Elem().Object()
				writeDistributionPointName(w, member.Value)
				w.EndObject()
			}
		}
		w.EndArray()
		w.EndObject()
	}
	w.EndArray()
}

// writeDistributionPointName writes the first name of a
// DistributionPointName.
func writeDistributionPointName(w *record.Writer, c wire.Cursor) {
	choice := ber.Read(&c)
	w.Key("distribution_point_name").Object()
	switch choice.Tag {
	case ber.ContextConstructed(0):
		if name := ber.Read(&choice.Value); name.Ok() {
			w.Key("full_name").Object()
			writeGeneralName(w, &name)
			w.EndObject()
		}
	case ber.ContextConstructed(1):
		var name Attribute
		if name.read(&choice.Value); name.set.Ok() {
			w.Key("name_relative_to_crl_issuer").Object()
			name.write(w)
			w.EndObject()
		}
	}
	w.EndObject()
}
