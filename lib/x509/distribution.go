package x509

import (
	"merctools/lib/asn1"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeCRLDistributionPoints writes the names of a CRLDistributionPoints (RFC
// 5280, section 4.2.1.13); reasons and issuers are passed over.
func writeCRLDistributionPoints(w *record.Writer, c wire.Cursor) {
	sequence := asn1.Read(&c)
	w.Key("crl_distribution_points").Array()
	for sequence.Value.More() {
		point := asn1.Read(&sequence.Value)
		w.Elem().Object()
		w.Key("crl_distribution_point").Array()
		for point.Value.More() {
			member := asn1.Read(&point.Value)
			if member.Tag == asn1.ContextConstructed(0) {
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
	choice := asn1.Read(&c)
	w.Key("distribution_point_name").Object()
	switch choice.Tag {
	case asn1.ContextConstructed(0):
		if name := asn1.Read(&choice.Value); name.Ok() {
			w.Key("full_name").Object()
			writeGeneralName(w, &name)
			w.EndObject()
		}
	case asn1.ContextConstructed(1):
		if name := readAttribute(&choice.Value); name.set.Ok() {
			w.Key("name_relative_to_crl_issuer").Object()
			name.write(w)
			w.EndObject()
		}
	}
	w.EndObject()
}
