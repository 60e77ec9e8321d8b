package x509

import (
	"merctools/lib/asn1"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeCertificatePolicies writes a CertificatePolicies (RFC 5280, section
// 4.2.1.4). What is not a PolicyInformation ends the list, but is an entry.
func writeCertificatePolicies(w *record.Writer, c wire.Cursor) {
	sequence := asn1.ReadTag(&c, asn1.Sequence)
	w.Key("certificate_policies").Array()
	for rest := sequence.Value; rest.More(); {
		policy := asn1.ReadTag(&rest, asn1.Sequence)
		if !policy.Ok() {
			rest.Fail()
		}
		w.Elem().Object()
		w.Key("policy_information").Array()
		w.Elem().Object()
		writePolicyInformation(w, policy.Value)
		w.EndObject()
		w.EndArray()
		w.EndObject()
	}
	w.EndArray()
}

// writePolicyInformation writes a policy and the first of its qualifiers.
func writePolicyInformation(w *record.Writer, c wire.Cursor) {
	id := asn1.ReadTag(&c, asn1.ObjectIdentifier)
	id.WriteOID(w, "policy_identifier")
	if !c.More() {
		return
	}
	qualifiers := asn1.ReadTag(&c, asn1.Sequence)
	if !qualifiers.Ok() {
		return
	}
	info := asn1.ReadTag(&qualifiers.Value, asn1.Sequence)
	qualifierID := asn1.Read(&info.Value)
	var qualifier asn1.TLV
	if info.Value.More() {
		qualifier = asn1.Read(&info.Value)
	}
	w.Key("policy_qualifier_info").Object()
	qualifierID.WriteOID(w, "qualifier_id")
	qualifier.WriteText(w, "qualifier")
	w.EndObject()
}
