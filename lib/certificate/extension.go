package certificate

import (
	"merctools/lib/ber"
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

// writeExtension reads an extension from c and writes the members of an object.
func writeExtension(w *record.Writer, c *wire.Cursor) {
	x, ok := readExtension(c)
	if !ok {
		return
	}
	var name wire.Cursor
	if x.ID.Tag == ber.ObjectIdentifier {
		name = x.ID.Value
	}
	writeExtensionValue(w, name, &x.ID, x.Value)
	w.Key("critical").Bool(x.Critical)
}

// An Extension is an extension (RFC 5280, section 4.1).
type Extension struct {
	ID       ber.TLV // extnID, an OBJECT IDENTIFIER
	Critical bool
	Value    wire.Cursor // extnValue: what is in the OCTET STRING
}

// readExtension reads an extension. ok is false where the value is none. Behind
// one that has no value, c is empty.
func readExtension(c *wire.Cursor) (x Extension, ok bool) {
	var sequence, value ber.TLV
	sequence.Parse(c, ber.Any)
	if sequence.Constructed() {
		x.ID.Parse(&sequence.Value, ber.Any)
		value.Parse(&sequence.Value, ber.Any)
		if value.Tag == ber.Boolean {
			// Quirk Q110: its mere presence counts. FALSE is the default, which DER
			// leaves out.
			x.Critical = true
			value.Parse(&sequence.Value, ber.Any) // keeps the boolean where nothing follows
		}
	}
	if !value.Value.More() {
		c.Rest()
	}
	x.Value = value.Value
	return x, sequence.Constructed()
}

func writeExtensionValue(w *record.Writer, name wire.Cursor, id *ber.TLV, c wire.Cursor) {
	switch string(name) {
	case oidSCTList:
		// The list inside the string is that of RFC 6962, section 3.3.
		list := ber.Read(&c)
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
		key := ber.Read(&c)
		key.WriteHex(w, "subject_key_identifier")
	case oidAuthorityInfoAccess:
		writeAuthorityInfoAccess(w, c)
	case oidNetscapeComment:
		comment := ber.Read(&c)
		comment.WriteText(w, "netscape_certificate_comment")
	case oidNetscapeCertType:
		bits := ber.Read(&c)
		bits.WriteHex(w, "netscape_cert_type")
	default:
		value := ber.Read(&c)
		w.Key("unsupported").Object()
		id.WriteOID(w, "oid")
		value.WriteHex(w, "value")
		w.EndObject()
	}
}
