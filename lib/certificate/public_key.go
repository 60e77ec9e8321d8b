package certificate

import (
	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Object identifiers of key types and curves.
const (
	oidRSA       = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidDSA       = "\x2a\x86\x48\xce\x38\x04\x01"
	oidEC        = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidEd25519   = "\x2b\x65\x70"
	oidEd448     = "\x2b\x65\x71"
	oidSecp256r1 = "\x2a\x86\x48\xce\x3d\x03\x01\x07"
	oidSecp384r1 = "\x2b\x81\x04\x00\x22"
	oidSecp521r1 = "\x2b\x81\x04\x00\x23"
)

// A publicKeyInfo is a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
type publicKeyInfo struct {
	whole     bool // nothing in it was unexpected
	complete  bool // nothing in it is truncated
	algorithm algorithmIdentifier
	key       ber.TLV // BIT STRING
}

func (p *publicKeyInfo) parse(c *wire.Cursor) {
	var sequence ber.TLV
	sequence.Parse(c, ber.Any)
	p.complete = sequence.Complete()
	p.algorithm.parse(&sequence.Value)
	p.key.Parse(&sequence.Value, ber.BitString)
	p.complete = p.complete && p.key.Complete()
	p.whole = sequence.Value.Ok()
}

func (p *publicKeyInfo) write(w *record.Writer) {
	w.Key("subject_public_key_info").Object()
	p.algorithm.write(w, "algorithm_identifier")
	w.Key("subject_public_key").Object()
	switch string(p.algorithm.id.Value) {
	case oidRSA:
		key := p.rsa()
		key.write(w)
	case oidEC:
		writeECPoint(w, p.key.Octets().Value)
	default:
		p.key.WriteHex(w, "key")
		w.Key("bits_in_key").Uint(uint64(ber.BitLen(p.key.Value)))
	}
	w.EndObject()
	w.EndObject()
}

// An rsaKey is an RSAPublicKey (RFC 8017, appendix A.1.1).
type rsaKey struct {
	modulus, exponent ber.TLV
}

func (p *publicKeyInfo) rsa() rsaKey {
	var k rsaKey
	octets := p.key.Octets()
	var sequence ber.TLV
	sequence.Parse(&octets.Value, ber.Sequence)
	k.modulus.Parse(&sequence.Value, ber.Integer)
	k.exponent.Parse(&sequence.Value, ber.Integer)
	return k
}

func (k *rsaKey) write(w *record.Writer) {
	if !k.modulus.Ok() || !k.exponent.Ok() {
		return
	}
	k.modulus.WriteHex(w, "modulus")
	k.exponent.WriteHex(w, "exponent")
	w.Key("bits_in_modulus").Uint(uint64(ber.BitLen(k.modulus.Value)))
	w.Key("bits_in_exponent").Uint(uint64(ber.BitLen(k.exponent.Value)))
}

// writeECPoint writes the coordinates of an ECPoint (SEC 1, section 2.3.3). A
// compressed point has its y reduced to one bit. The size of the key is half
// the size of the coordinates together; of a key without octets it is -4, in
// 32 bits.
func writeECPoint(w *record.Writer, point wire.Cursor) {
	// Quirk Q112: it may be less than nothing.
	size := uint32((point.Len() - 1) * 4)
	switch point.Uint8() {
	case 2:
		w.Key("x").Hex(point)
		w.Key("y").Str("00")
	case 3:
		w.Key("x").Hex(point)
		w.Key("y").Str("01")
	case 4:
		half := point.Len() / 2
		w.Key("x").Hex(point.UpTo(half))
		w.Key("y").Hex(point.UpTo(half))
	}
	w.Key("bits_in_key").Uint(uint64(size))
}
