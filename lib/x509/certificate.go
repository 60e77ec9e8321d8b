// Package x509 reports certificates (RFC 5280) as metadata: what they say, not
// whether it is true. Nothing is verified. A certificate that is cut off or
// malformed is reported as far as it can be read; the parts that can't are
// left out, and a value that ends too early is followed by a member
// "truncated" that names it.
package x509

import (
	"merctools/lib/asn1"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Certificate holds views of the parts of a certificate. It is valid as
// long as the bytes it was parsed from.
type Certificate struct {
	version      asn1.TLV
	serialNumber asn1.TLV
	signature    algorithmIdentifier // as in the signed part
	issuer       asn1.TLV            // RDNSequence
	validity     validity
	subject      asn1.TLV // RDNSequence
	publicKey    publicKeyInfo
	extensions   asn1.TLV

	signatureAlgorithm algorithmIdentifier
	signatureValue     asn1.TLV
}

// v1 is the version of a certificate that names none.
var v1 = [...]byte{0}

// Parse reads a certificate in DER. There is no input that it rejects.
func (c *Certificate) Parse(der []byte) {
	*c = Certificate{}
	rest := wire.Of(der)
	certificate := asn1.ReadTag(&rest, asn1.Sequence)
	tbs := asn1.ReadTag(&certificate.Value, asn1.Sequence)

	if tag, _ := tbs.Value.Peek(); tag == asn1.ContextConstructed(0) {
		explicit := asn1.Read(&tbs.Value)
		c.version = asn1.ReadTag(&explicit.Value, asn1.Integer)
	} else {
		c.version = asn1.TLV{Tag: asn1.Integer, Length: 1, Value: v1[:]}
	}
	c.serialNumber = asn1.ReadTag(&tbs.Value, asn1.Integer)
	c.signature.parse(&tbs.Value)
	c.issuer = asn1.ReadTag(&tbs.Value, asn1.Sequence)
	c.validity.parse(&tbs.Value)
	c.subject = asn1.ReadTag(&tbs.Value, asn1.Sequence)
	c.publicKey.parse(&tbs.Value)
	if !tbs.Value.More() {
		return // the signature is not looked for behind a certificate of version 1
	}

	explicit := asn1.ReadTag(&tbs.Value, asn1.ContextConstructed(3))
	c.extensions = asn1.Read(&explicit.Value)
	c.signatureAlgorithm.parse(&certificate.Value)
	c.signatureValue = asn1.ReadTag(&certificate.Value, asn1.BitString)
}

// Write writes the certificate as an object.
func (c *Certificate) Write(w *record.Writer) {
	w.Object()
	if c.version.Ok() {
		c.version.WriteHex(w, "version")
	}
	if c.serialNumber.Ok() {
		c.serialNumber.WriteHex(w, "serial_number")
	}
	if c.signature.whole {
		c.signature.write(w, "signature_identifier")
	}
	if c.issuer.Ok() {
		writeName(w, "issuer", c.issuer.Value)
	}
	if c.validity.whole {
		c.validity.write(w)
	}
	if c.subject.Ok() {
		writeName(w, "subject", c.subject.Value)
	}
	if c.publicKey.whole {
		c.publicKey.write(w)
	}
	if c.extensions.Ok() {
		w.Key("extensions").Array()
		for rest := c.extensions.Value; rest.More(); {
			w.Elem().Object()
			writeExtension(w, &rest)
			w.EndObject()
		}
		w.EndArray()
	}
	if c.signatureAlgorithm.whole {
		c.signatureAlgorithm.write(w, "signature_algorithm")
	}
	if c.signatureValue.Value.More() {
		c.writeSignature(w)
	}
	c.writeViolations(w)
	w.EndObject()
}

// SubjectCommonName is the first common name of the subject, as it stands in
// the certificate, up to the first zero octet; it may be empty. Its bytes are
// taken for UTF-8 whatever the string type is. ok is false where there is no
// common name.
func (c *Certificate) SubjectCommonName() (name []byte, ok bool) {
	return commonName(c.subject.Value)
}
