// Package certificate reports certificates (RFC 5280) as metadata: what they say, not
// whether it is true. Nothing is verified. A certificate that is cut off or
// malformed is reported as far as it can be read; the parts that can't are
// left out, and a value that ends too early is followed by a member
// "truncated" that names it.
package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Certificate holds views of the parts of a certificate. It is valid as
// long as the bytes it was parsed from.
type Certificate struct {
	version      ber.TLV
	serialNumber ber.TLV
	signature    algorithmIdentifier // as in the signed part
	issuer       ber.TLV             // RDNSequence
	validity     validity
	subject      ber.TLV // RDNSequence
	publicKey    publicKeyInfo
	extensions   ber.TLV

	signatureAlgorithm algorithmIdentifier
	signatureValue     ber.TLV
}

// v1 is the version of a certificate that names none.
var v1 = [...]byte{0}

// Parse reads a certificate in DER. There is no input that it rejects.
func (c *Certificate) Parse(der []byte) {
	*c = Certificate{}
	rest := wire.Of(der)
	certificate := ber.ReadTag(&rest, ber.Sequence)
	tbs := ber.ReadTag(&certificate.Value, ber.Sequence)

	if tag, _ := tbs.Value.Peek(); tag == ber.ContextConstructed(0) {
		explicit := ber.Read(&tbs.Value)
		c.version.Parse(&explicit.Value, ber.Integer)
	} else {
		c.version = ber.TLV{Tag: ber.Integer, Length: 1, Value: v1[:]}
	}
	c.serialNumber.Parse(&tbs.Value, ber.Integer)
	c.signature.parse(&tbs.Value)
	c.issuer.Parse(&tbs.Value, ber.Sequence)
	c.validity.parse(&tbs.Value)
	c.subject.Parse(&tbs.Value, ber.Sequence)
	c.publicKey.parse(&tbs.Value)
	if !tbs.Value.More() {
		// Quirk Q111: the signature of version 1, which has no extensions, is not
		// looked for.
		return
	}

	explicit := ber.ReadTag(&tbs.Value, ber.ContextConstructed(3))
	c.extensions.Parse(&explicit.Value, ber.Any)
	c.signatureAlgorithm.parse(&certificate.Value)
	c.signatureValue.Parse(&certificate.Value, ber.BitString)
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
