package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeCertificatePolicies writes a CertificatePolicies (RFC 5280, section
// 4.2.1.4). What is not a PolicyInformation ends the list, but is an entry.
func writeCertificatePolicies(w *record.Writer, c wire.Cursor) {
	sequence := ber.ReadTag(&c, ber.Sequence)
	w.Key("certificate_policies").Array()
	for rest := sequence.Value; rest.More(); {
		policy := ber.ReadTag(&rest, ber.Sequence)
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
	id := ber.ReadTag(&c, ber.ObjectIdentifier)
	id.WriteOID(w, "policy_identifier")
	if !c.More() {
		return
	}
	qualifiers := ber.ReadTag(&c, ber.Sequence)
	if !qualifiers.Ok() {
		return
	}
	info := ber.ReadTag(&qualifiers.Value, ber.Sequence)
	qualifierID := ber.Read(&info.Value)
	var qualifier ber.TLV
	if info.Value.More() {
		qualifier = ber.Read(&info.Value)
	}
	w.Key("policy_qualifier_info").Object()
	qualifierID.WriteOID(w, "qualifier_id")
	qualifier.WriteText(w, "qualifier")
	w.EndObject()
}
