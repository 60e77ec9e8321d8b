package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
)

// violations are the names of faults, in the order in which records have them.
var violations = [...]struct {
	fault Fault
	name  string
}{
	{SelfIssued, "self_issued"},
	{WeakKey, "weak_subject_key"},
	{WeakSignature, "weak_signature"},
	{Nonconformant, "nonconformant"},
}

// writeViolations lists what is wrong with the certificate. The array is left
// out where nothing is.
func (c *Certificate) writeViolations(w *record.Writer) {
	start := w.Len()
	w.Key("violations").Array()
	empty := w.Len()
	if c.endsUnknown() {
		w.Elem().Str("invalid")
	}
	faults := c.Faults()
	for _, v := range violations {
		if faults&v.fault != 0 {
			w.Elem().Str(v.name)
		}
	}
	if w.Len() == empty {
		w.Reset(start)
		return
	}
	w.EndArray()
}

// endsUnknown reports whether the end of the validity period is cut off. The
// period is not compared with a clock: a record says the same whenever it is
// written.
func (c *Certificate) endsUnknown() bool { return !c.validity.notAfter.Valid() }

// selfIssued reports whether issuer and subject have the same name.
func (c *Certificate) selfIssued() bool {
	return c.issuer.Ok() && c.subject.Ok() && sameName(c.issuer.Value, c.subject.Value)
}

// weak reports whether the key is short or of an unknown kind. A key that is
// truncated is not weak. Of the elliptic curves three are strong, and those
// only where the parameters are read (see algorithmIdentifier).
func (p *publicKeyInfo) weak() bool {
	if !p.complete {
		return false
	}
	switch string(p.algorithm.id.Value) {
	case oidRSA:
		key := p.rsa()
		return ber.BitLen(key.modulus.Value) < 2048 || ber.BitLen(key.exponent.Value) < 17
	case oidEC:
		switch string(p.algorithm.parameters.Value) {
		case oidSecp256r1, oidSecp384r1, oidSecp521r1:
			return false
		}
		return true
	case oidDSA:
		return ber.BitLen(p.key.Value) < 2048
	case oidEd25519, oidEd448:
		return false
	}
	return true
}

// weakSignature reports whether the signature is shorter than it should be,
// or can't be read. A signature that is truncated is not weak.
func (c *Certificate) weakSignature() bool {
	value := &c.signatureValue
	if c.signatureAlgorithm.parameters.Truncated() || !value.Ok() {
		return false
	}
	switch string(c.signatureAlgorithm.id.Value) {
	case oidECDSAWithSHA1, oidECDSAWithSHA256:
		octets := value.Octets()
		if octets.Truncated() || !octets.Value.More() {
			return false
		}
		sig := readECDSASignature(octets.Value)
		// Quirk Q113: a whole one is never weak.
		return !sig.whole && sig.bits() != 256
	case oidSHA256WithRSA, oidSHA384WithRSA, oidSHA512WithRSA:
		if value.Truncated() || !value.Value.More() {
			return false
		}
		const leadingZeros = 32 // as many bits may be zero by chance
		return ber.BitLen(value.Octets().Value)+leadingZeros < 2048
	}
	return false
}

// nonconformant reports whether the signature is by another algorithm than
// the signed part says (RFC 5280, section 4.1.1.2).
func (c *Certificate) nonconformant() bool {
	outer, inner := &c.signatureAlgorithm.id, &c.signature.id
	return outer.Ok() && inner.Ok() && !outer.Truncated() && !inner.Truncated() &&
		string(outer.Value) != string(inner.Value) && ber.OIDName(outer.Value) != ""
}
