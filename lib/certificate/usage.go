package certificate

import (
	"merctools/lib/ber"
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
	bits := ber.ReadTag(&c, ber.BitString)
	bits.WriteFlags(w, "key_usage", keyUsages)
}

// writeExtKeyUsage writes an ExtKeyUsageSyntax (RFC 5280, section 4.2.1.12).
func writeExtKeyUsage(w *record.Writer, c wire.Cursor) {
	sequence := ber.Read(&c)
	w.Key("ext_key_usage").Array()
	for sequence.Value.More() {
		purpose := ber.Read(&sequence.Value)
		ber.WriteOID(w.Elem(), purpose.Value)
	}
	w.EndArray()
}

// writePrivateKeyUsagePeriod writes a PrivateKeyUsagePeriod (RFC 3280,
// section 4.2.1.4).
func writePrivateKeyUsagePeriod(w *record.Writer, c wire.Cursor) {
	sequence := ber.ReadTag(&c, ber.Sequence)
	var notBefore, notAfter ber.TLV
	for sequence.Value.More() {
		switch time := ber.Read(&sequence.Value); time.Tag {
		case ber.Context(0):
			notBefore = time
		case ber.Context(1):
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
