package x509

import (
	"merctools/lib/asn1"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Object identifiers of extensions.
const (
	oidSubjectKeyIdentifier   = "\x55\x1d\x0e"
	oidKeyUsage               = "\x55\x1d\x0f"
	oidPrivateKeyUsagePeriod  = "\x55\x1d\x10"
	oidSubjectAltName         = "\x55\x1d\x11"
	oidIssuerAltName          = "\x55\x1d\x12"
	oidBasicConstraints       = "\x55\x1d\x13"
	oidNameConstraints        = "\x55\x1d\x1e"
	oidCRLDistributionPoints  = "\x55\x1d\x1f"
	oidCertificatePolicies    = "\x55\x1d\x20"
	oidAuthorityKeyIdentifier = "\x55\x1d\x23"
	oidExtKeyUsage            = "\x55\x1d\x25"
	oidAuthorityInfoAccess    = "\x2b\x06\x01\x05\x05\x07\x01\x01"
	oidSCTList                = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"
	oidNetscapeCertType       = "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"
	oidNetscapeComment        = "\x60\x86\x48\x01\x86\xf8\x42\x01\x0d"
)

// writeExtension reads an Extension (RFC 5280, section 4.1) from c and writes
// the members of an object. Behind one that has no value, c is empty.
func writeExtension(w *record.Writer, c *wire.Cursor) {
	sequence := asn1.Read(c)
	var id, value asn1.TLV
	critical := false
	if sequence.Constructed() {
		id = asn1.Read(&sequence.Value)
		value.Parse(&sequence.Value, asn1.Any)
		if value.Tag == asn1.Boolean {
			// Its mere presence counts: FALSE is the default, which DER leaves out.
			critical = true
			value.Parse(&sequence.Value, asn1.Any) // keeps the boolean where nothing follows
		}
	}
	if !value.Value.More() {
		c.Rest()
	}
	if !sequence.Constructed() {
		return
	}
	var name wire.Cursor
	if id.Tag == asn1.ObjectIdentifier {
		name = id.Value
	}
	writeExtensionValue(w, name, &id, value.Value)
	w.Key("critical").Bool(critical)
}

func writeExtensionValue(w *record.Writer, name wire.Cursor, id *asn1.TLV, c wire.Cursor) {
	switch string(name) {
	case oidSCTList:
		// The list inside the string is that of RFC 6962, section 3.3.
		list := asn1.Read(&c)
		list.WriteHex(w, "signed_certificate_timestamp_list")
	case oidNameConstraints:
		writeNameConstraints(w, c)
	case oidCRLDistributionPoints:
		writeCRLDistributionPoints(w, c)
	case oidCertificatePolicies:
		writeCertificatePolicies(w, c)
	case oidPrivateKeyUsagePeriod:
		writePrivateKeyUsagePeriod(w, c)
	case oidBasicConstraints:
		writeBasicConstraints(w, c)
	case oidKeyUsage:
		writeKeyUsage(w, c)
	case oidExtKeyUsage:
		writeExtKeyUsage(w, c)
	case oidSubjectAltName:
		writeGeneralNames(w, "subject_alt_name", c)
	case oidIssuerAltName:
		writeGeneralNames(w, "issuer_alt_name", c)
	case oidAuthorityKeyIdentifier:
		writeAuthorityKeyIdentifier(w, c)
	case oidSubjectKeyIdentifier:
		key := asn1.Read(&c)
		key.WriteHex(w, "subject_key_identifier")
	case oidAuthorityInfoAccess:
		writeAuthorityInfoAccess(w, c)
	case oidNetscapeComment:
		comment := asn1.Read(&c)
		comment.WriteText(w, "netscape_certificate_comment")
	case oidNetscapeCertType:
		bits := asn1.Read(&c)
		bits.WriteHex(w, "netscape_cert_type")
	default:
		value := asn1.Read(&c)
		w.Key("unsupported").Object()
		id.WriteOID(w, "oid")
		value.WriteHex(w, "value")
		w.EndObject()
	}
}
