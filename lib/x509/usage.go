package x509

import (
	"merctools/lib/asn1"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// keyUsages are the names of the bits of a KeyUsage (RFC 5280, section
// 4.2.1.3).
var keyUsages = []string{
	"digital_signature",
	"non_repudiation",
	"key_encipherment",
	"data_encipherment",
	"key_agreement",
	"key_cert_sign",
	"crl_sign",
	"encipher_only",
	"decipher_only",
}

func writeKeyUsage(w *record.Writer, c wire.Cursor) {
	bits := asn1.ReadTag(&c, asn1.BitString)
	bits.WriteFlags(w, "key_usage", keyUsages)
}

// writeExtKeyUsage writes an ExtKeyUsageSyntax (RFC 5280, section 4.2.1.12).
func writeExtKeyUsage(w *record.Writer, c wire.Cursor) {
	sequence := asn1.Read(&c)
	w.Key("ext_key_usage").Array()
	for sequence.Value.More() {
		purpose := asn1.Read(&sequence.Value)
		asn1.WriteOID(w.Elem(), purpose.Value)
	}
	w.EndArray()
}

// writePrivateKeyUsagePeriod writes a PrivateKeyUsagePeriod (RFC 3280,
// section 4.2.1.4).
func writePrivateKeyUsagePeriod(w *record.Writer, c wire.Cursor) {
	sequence := asn1.ReadTag(&c, asn1.Sequence)
	var notBefore, notAfter asn1.TLV
	for sequence.Value.More() {
		switch time := asn1.Read(&sequence.Value); time.Tag {
		case asn1.Context(0):
			notBefore = time
		case asn1.Context(1):
			notAfter = time
		}
	}
	w.Key("private_key_usage_period").Array()
	if notBefore.Ok() {
		w.Elem().Object()
		notBefore.WriteGeneralizedTime(w, "not_before")
		w.EndObject()
	}
	if notAfter.Ok() {
		w.Elem().Object()
		notAfter.WriteGeneralizedTime(w, "not_after")
		w.EndObject()
	}
	w.EndArray()
}
