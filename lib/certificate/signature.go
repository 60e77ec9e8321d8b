package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Object identifiers of signature algorithms.
const (
	oidSHA256WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
	oidSHA384WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"
	oidSHA512WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"

	oidECDSAWithSHA1      = "\x2a\x86\x48\xce\x3d\x04\x01"
	oidECDSAWithSHA224    = "\x2a\x86\x48\xce\x3d\x04\x03\x01"
	oidECDSAWithSHA256    = "\x2a\x86\x48\xce\x3d\x04\x03\x02"
	oidECDSAWithSHA256Alt = "\x2a\x86\x48\x04\x03\x02" // 1.2.840.4.3.2
	oidECDSAWithSHA384    = "\x2a\x86\x48\xce\x3d\x04\x03\x03"
	oidECDSAWithSHA512    = "\x2a\x86\x48\xce\x3d\x04\x03\x04"
	oidECDSAWithSHAKE128  = "\x2b\x06\x01\x05\x05\x07\x06\x20"
	oidECDSAWithSHAKE256  = "\x2b\x06\x01\x05\x05\x07\x06\x21"
	oidECDSAWithSHA3224   = "\x60\x86\x48\x01\x65\x03\x04\x03\x09"
	oidECDSAWithSHA3256   = "\x60\x86\x48\x01\x65\x03\x04\x03\x0a"
	oidECDSAWithSHA3384   = "\x60\x86\x48\x01\x65\x03\x04\x03\x0b"
	oidECDSAWithSHA3512   = "\x60\x86\x48\x01\x65\x03\x04\x03\x0c"
)

// isECDSA reports whether signatures of an algorithm are an ECDSA-Sig-Value.
func isECDSA(algorithm wire.Cursor) bool {
	switch string(algorithm) {
	case oidECDSAWithSHA1, oidECDSAWithSHA224, oidECDSAWithSHA256, oidECDSAWithSHA256Alt,
		oidECDSAWithSHA384, oidECDSAWithSHA512, oidECDSAWithSHAKE128, oidECDSAWithSHAKE256,
		oidECDSAWithSHA3224, oidECDSAWithSHA3256, oidECDSAWithSHA3384, oidECDSAWithSHA3512:
		return true
	}
	return false
}

// An ecdsaSignature is an ECDSA-Sig-Value (RFC 3279, section 2.2.3).
type ecdsaSignature struct {
	whole bool // nothing in it was unexpected
	r, s  ber.TLV
}

func readECDSASignature(c wire.Cursor) ecdsaSignature {
	var e ecdsaSignature
	sequence := ber.ReadTag(&c, ber.Sequence)
	e.r = ber.ReadTag(&sequence.Value, ber.Integer)
	e.s = ber.ReadTag(&sequence.Value, ber.Integer)
	e.whole = sequence.Value.Ok()
	return e
}

// bits is the size of the larger number.
func (e *ecdsaSignature) bits() uint {
	return max(ber.BitLen(e.r.Value), ber.BitLen(e.s.Value))
}

func (c *Certificate) writeSignature(w *record.Writer) {
	octets := c.signatureValue.Octets()
	if isECDSA(c.signatureAlgorithm.id.Value) {
		sig := readECDSASignature(octets.Value)
		w.Key("signature").Object()
		sig.r.WriteHex(w, "r")
		sig.s.WriteHex(w, "s")
		w.EndObject()
		w.Key("bits_in_signature").Uint(uint64(sig.bits()))
		return
	}
	octets.WriteHex(w, "signature")
	w.Key("bits_in_signature").Uint(uint64(ber.BitLen(octets.Value)))
}
