package certificate

import (
	"strconv"
	"strings"

	"merctools/lib/ber"
)

// el encodes one value; the parts are its contents.
func el(tag byte, parts ...[]byte) []byte {
	var v []byte
	for _, p := range parts {
		v = append(v, p...)
	}
	switch n := len(v); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, v...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, v...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, v...)
	}
}

func seq(parts ...[]byte) []byte { return el(ber.Sequence, parts...) }

func str(tag byte, s string) []byte { return el(tag, []byte(s)) }

// bits encodes a BIT STRING whose last octet has unused bits.
func bits(unused byte, octets ...byte) []byte {
	return el(ber.BitString, []byte{unused}, octets)
}

// bitsOf encodes a BIT STRING that holds octets.
func bitsOf(parts ...[]byte) []byte {
	return el(ber.BitString, append([][]byte{{0}}, parts...)...)
}

// num encodes an INTEGER from its octets.
func num(octets ...byte) []byte { return el(ber.Integer, octets) }

// ones encodes a positive INTEGER of n bits, all set; n is a multiple of 8.
func ones(n int) []byte {
	v := make([]byte, n/8+1)
	for i := range v[1:] {
		v[i+1] = 0xff
	}
	return el(ber.Integer, v)
}

// oid encodes an OBJECT IDENTIFIER from its numbers.
func oid(dotted string) []byte {
	var v []byte
	var first uint64
	for i, s := range strings.Split(dotted, ".") {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			panic(err)
		}
		if i == 0 {
			first = 40 * n
			continue
		}
		if i == 1 {
			n += first
		}
		var b []byte
		for more := byte(0); ; more = 0x80 {
			b = append([]byte{byte(n)&0x7f | more}, b...)
			if n >>= 7; n == 0 {
				break
			}
		}
		v = append(v, b...)
	}
	return el(ber.ObjectIdentifier, v)
}

// rdn encodes a relative distinguished name.
func rdn(dotted string, value []byte) []byte {
	return el(ber.Set, seq(oid(dotted), value))
}

// ext encodes an extension with its value.
func ext(dotted string, value ...[]byte) []byte {
	return seq(oid(dotted), el(ber.OctetString, value...))
}

// alg encodes an AlgorithmIdentifier.
func alg(dotted string, parameters ...[]byte) []byte {
	return seq(append([][]byte{oid(dotted)}, parameters...)...)
}

var null = el(ber.Null)

// A template is a certificate whose parts can be replaced before it is
// encoded. A nil part is left out.
type template struct {
	version, serial, tbsAlg, issuer, validity, subject, key []byte

	extensions []byte // with the tag [3]
	alg        []byte
	signature  []byte
}

func newTemplate() *template {
	return &template{
		version:    el(0xa0, num(2)),
		serial:     num(0x12, 0x34),
		tbsAlg:     alg("1.3.101.112"),
		issuer:     seq(rdn("2.5.4.3", str(ber.UTF8String, "CA"))),
		validity:   seq(str(ber.UTCTime, "240102030405Z"), str(ber.UTCTime, "491231235959Z")),
		subject:    seq(rdn("2.5.4.3", str(ber.UTF8String, "www.example.com"))),
		key:        seq(alg("1.3.101.112"), bitsOf([]byte{0xaa, 0xbb})),
		extensions: el(0xa3, seq(ext("2.5.29.14", str(ber.OctetString, "\x01\x02")))),
		alg:        alg("1.3.101.112"),
		signature:  bitsOf([]byte{1, 2, 3}),
	}
}

func (t *template) tbs() []byte {
	return seq(t.version, t.serial, t.tbsAlg, t.issuer, t.validity, t.subject, t.key, t.extensions)
}

func (t *template) encode() []byte { return seq(t.tbs(), t.alg, t.signature) }

// withExtensions is a certificate with the given extensions.
func withExtensions(extensions ...[]byte) []byte {
	t := newTemplate()
	t.extensions = el(0xa3, seq(extensions...))
	return t.encode()
}
