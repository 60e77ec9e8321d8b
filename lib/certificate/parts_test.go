package certificate

import (
	"bytes"
	"testing"

	"merctools/lib/ber"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// rsaPublicKey encodes a SubjectPublicKeyInfo of an RSA key.
func rsaPublicKey(modulusBits int, exponent ...byte) []byte {
	return seq(alg("1.2.840.113549.1.1.1", null), bitsOf(seq(ones(modulusBits), num(exponent...))))
}

// ecPublicKey encodes a SubjectPublicKeyInfo of a point on P-256, with the
// parameters where they are read.
func ecPublicKey(point ...byte) []byte {
	return seq(alg("1.2.840.10045.2.1", null, p256), bitsOf(point))
}

var (
	p256  = oid("1.2.840.10045.3.1.7")
	point = []byte{4, 0xab, 0xcd}
)

func TestName(t *testing.T) {
	tests := []struct {
		name string
		der  []byte
		want string
	}{
		{"string types, all taken for UTF-8", seq(
			rdn("2.5.4.3", str(ber.UTF8String, "\xce\xba\"\\\n\x7f\xf0\x9d\x84\x9e")),
			rdn("2.5.4.4", str(ber.PrintableString, "p")),
			rdn("2.5.4.5", str(ber.NumericString, "5")),
			rdn("2.5.4.6", str(ber.T61String, "M\xfcller")),
			rdn("2.5.4.7", str(ber.BMPString, "\x00b\x20\xac")),
			rdn("2.5.4.8", str(ber.UniversalString, "\x00\x00\x00u")),
			rdn("1.2.840.113549.1.9.1", str(ber.IA5String, "a@example.com")),
			rdn("0.9.2342.19200300.100.1.25", str(ber.IA5String, "example")),
			rdn("2.5.4.45", bits(4, 0xa0)),
			rdn("1.3.6.1.4.1.99999.3", str(ber.UTF8String, "unknown")),
			rdn("2.999.18446744073709550615", num(1)),
		), `{"name":[{"common_name":"\u03ba\"\\\u000a\u007f\ud834\udd1e"},{"surname":"p"},{"serial_number":"5"},{"country_name":"M\ufffdller"},{"locality_name":"\u0000b \ufffd"},{"state_or_province_name":"\u0000\u0000\u0000u"},{"emailAddress":"a@example.com"},{"domain_component":"example"},{"x500_unique_identifier":"\u0004\ufffd"},{"attribute_type":"1.3.6.1.4.1.99999.3","attribute_value":"756e6b6e6f776e"},{"attribute_type":"2.999.18446744073709550615","attribute_value":"01"}]}`},
		{"missing parts", seq(
			el(ber.Set), el(ber.Set, seq()), el(ber.Set, num(1)), num(1), null,
			rdn("2.5.4.3", el(ber.UTF8String)),
			el(ber.Set, seq(oid("2.5.4.3"))), el(ber.Set, seq(oid("1.2.3"))),
			el(ber.Set, seq(num(3), num(4))),
		), `{"name":[{},{},{},{},{},{},{},{"attribute_type":"1.2.3"},{}]}`},
		{"odd identifiers", seq(
			el(ber.Set, seq(el(6), num(4))),
			el(ber.Set, seq(el(6, []byte{0x80, 0x80}), num(4))),
			el(ber.Set, seq(el(6, []byte{0x2a, 0x83}), num(4))),
		), `{"name":[{"attribute_type":"","attribute_value":"04"},{"attribute_type":"","attribute_value":"04"},{"attribute_type":"1.2","attribute_value":"04"}]}`},
		{"two attributes in a set", seq(el(ber.Set, seq(oid("2.5.4.3"), num(1)), seq(oid("2.5.4.10"), num(2)))), `{"name":[{"common_name":"\u0001"}]}`},
		{"truncated", seq(
			el(ber.Set, seq(oid("2.5.4.3"), []byte{12, 9, 'x'})),
			el(ber.Set, seq(oid("2.5.4.3"), []byte{12, 9})),
			el(ber.Set, seq(oid("1.2.3"), []byte{12, 9, 'x'})),
			el(ber.Set, seq([]byte{6, 9, 0x2a})),
			[]byte{0x31},
		), `{"name":[{"common_name":"x","truncated":"common_name"},{},{"attribute_type":"1.2.3","attribute_value":"78","truncated":"attribute_value"},{},{}]}`},
	}
	for _, tt := range tests {
		var w record.Writer
		w.Object()
		c := wire.Of(tt.der)
		rdns := ber.Read(&c)
		writeName(&w, "name", rdns.Value)
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, w.Bytes(), tt.want)
		}
	}
}

func TestValidity(t *testing.T) {
	tests := []struct {
		name string
		der  []byte
		want string
	}{
		{"generalized", seq(str(ber.GeneralizedTime, "20500102030405Z"), str(ber.GeneralizedTime, "99991231235959Z")), `{"validity":[{"not_before":"2050-01-02 03:04:05Z"},{"not_after":"9999-12-31 23:59:59Z"}]}`},
		{"1950 and 2049", seq(str(ber.UTCTime, "500101000000Z"), str(ber.UTCTime, "491231235959Z")), `{"validity":[{"not_before":"1950-01-01 00:00:00Z"},{"not_after":"2049-12-31 23:59:59Z"}]}`},
		{"other forms", seq(str(ber.UTCTime, "4912312359Z"), str(ber.GeneralizedTime, "20500102030405+0100")), `{"validity":[{"not_before":"malformed"},{"not_after":"malformed"}]}`},
		{"letters", seq(str(ber.UTCTime, "49123123595aZ"), str(ber.GeneralizedTime, "2050010203040 Z")), `{"validity":[{"not_before":"malformed"},{"not_after":"malformed"}]}`},
		{"no such day", seq(str(ber.UTCTime, "499999999999Z"), str(ber.GeneralizedTime, "00000000000000Z")), `{"validity":[{"not_before":"2049-99-99 99:99:99Z"},{"not_after":"0000-00-00 00:00:00Z"}]}`},
		{"empty", seq(str(ber.UTCTime, ""), str(ber.GeneralizedTime, ""), null), `{"validity":[{"not_before":"malformed"},{"not_after":"malformed"}]}`},
		{"truncated", seq(str(ber.UTCTime, "240101000000Z"), []byte{ber.UTCTime, 13, '2'}), `{"validity":[{"not_before":"2024-01-01 00:00:00Z"},{"not_after":"malformed","truncated":"not_after"}]}`},
		{"text and bits", seq(str(ber.PrintableString, "today"), bits(3, 0xa5, 0xf8)), `{"validity":[{"not_before":"today"},{"not_after":[1,0,1,0,0,1,0,1,1,1,1,1,1]}]}`},
		{"identifier and number", seq(oid("2.5.4.3"), num(1)), `{"validity":[{"not_before":"common_name"},{"not_after":"01"}]}`},
		{"no bits and too many unused ones", seq(bits(0), bits(12, 0xf0)), `{"validity":[{"not_before":[]},{"not_after":[1,1,1,1,0,0,0,0]}]}`},
		{"truncated bits", seq(bits(8, 0), []byte{ber.BitString, 9, 0, 1}), `{"validity":[{"not_before":[]},{"not_after":[0,0,0,0,0,0,0,1],"truncated":"not_after"}]}`},
		{"one time", seq(str(ber.UTCTime, "240102030405Z")), `{}`},
		{"no time", seq(), `{}`},
		{"another type", el(ber.Set), `{}`},
	}
	for _, tt := range tests {
		var w record.Writer
		var v validity
		c := wire.Of(tt.der)
		v.parse(&c)
		w.Object()
		if v.whole {
			v.write(&w)
		}
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, w.Bytes(), tt.want)
		}
	}
}

// publicKeyTests are encoded keys and the members they become.
var publicKeyTests = []struct {
	name string
	der  []byte
	weak bool
	want string
}{
	{"RSA", rsaPublicKey(64, 1, 0, 1), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"rsaEncryption"},"subject_public_key":{"modulus":"00ffffffffffffffff","exponent":"010001","bits_in_modulus":64,"bits_in_exponent":17}}}`},
	{"RSA without exponent", seq(alg("1.2.840.113549.1.1.1", null), bitsOf(seq(ones(64)))), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"rsaEncryption"},"subject_public_key":{}}}`},
	{"RSA with unused bits", seq(alg("1.2.840.113549.1.1.1", null), bits(1, 0x30)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"rsaEncryption"},"subject_public_key":{}}}`},
	{"RSA without octets", seq(alg("1.2.840.113549.1.1.1", null), bits(0)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"rsaEncryption"},"subject_public_key":{}}}`},
	{"RSA, modulus truncated", seq(alg("1.2.840.113549.1.1.1", null), bitsOf([]byte{0x30, 99, 2, 9, 0, 1})), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"rsaEncryption"},"subject_public_key":{}}}`},
	{"RSA-PSS", seq(alg("1.2.840.113549.1.1.10", seq()), bitsOf(seq(ones(64), num(3)))), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-RSASSA-PSS"},"subject_public_key":{"key":"00300e020900ffffffffffffffff020103","bits_in_key":126}}}`},
	{"named curve", seq(alg("1.2.840.10045.2.1", p256), bitsOf(point)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"named curve behind NULL", ecPublicKey(4, 0xab, 0xcd), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"P-521", seq(alg("1.2.840.10045.2.1", null, oid("1.3.132.0.35")), bitsOf(point)), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"secp521r1"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"unknown curve", seq(alg("1.2.840.10045.2.1", null, oid("1.3.132.0.99")), bitsOf(point)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"1.3.132.0.99"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"no curve", seq(alg("1.2.840.10045.2.1"), bitsOf(point)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"explicit curve", seq(alg("1.2.840.10045.2.1", null, seq(num(1))), bitsOf(point)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"other parameters", seq(alg("1.2.840.10045.2.1", null, num(1)), bitsOf(point)), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"01"},"subject_public_key":{"x":"ab","y":"cd","bits_in_key":8}}}`},
	{"compressed point, even", ecPublicKey(2, 0xab), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"x":"ab","y":"00","bits_in_key":4}}}`},
	{"compressed point, odd", ecPublicKey(3, 0xab, 0xcd), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"x":"abcd","y":"01","bits_in_key":8}}}`},
	{"hybrid point", ecPublicKey(6, 1, 2), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"bits_in_key":8}}}`},
	{"point of odd length", ecPublicKey(4, 1, 2, 3), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"x":"01","y":"02","bits_in_key":12}}}`},
	{"point of one octet", ecPublicKey(4), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"x":"","y":"","bits_in_key":0}}}`},
	{"point of no octets", ecPublicKey(), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"bits_in_key":4294967292}}}`},
	{"point with unused bits", seq(alg("1.2.840.10045.2.1", null, p256), bits(4, 4, 1, 2)), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-ecPublicKey","parameters":"prime256v1"},"subject_public_key":{"bits_in_key":4294967292}}}`},
	{"Ed25519", seq(alg("1.3.101.112"), bitsOf([]byte{1})), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-Ed25519"},"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
	{"Ed448", seq(alg("1.3.101.113"), bitsOf([]byte{1})), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-Ed448"},"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
	{"X25519", seq(alg("1.3.101.110"), bitsOf([]byte{1})), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-X25519"},"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
	{"ML-DSA-65", seq(alg("2.16.840.1.101.3.4.3.18"), bitsOf([]byte{1})), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"2.16.840.1.101.3.4.3.18"},"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
	{"DSA", seq(alg("1.2.840.10040.4.1"), bitsOf(ones(8))), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-dsa"},"subject_public_key":{"key":"00020200ff","bits_in_key":26}}}`},
	{"DSA with parameters", seq(alg("1.2.840.10040.4.1", null, seq(num(5), num(6), num(7))), bitsOf(ones(8))), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-dsa","dsa_parameters":{"p":"05","q":"06","g":"07"}},"subject_public_key":{"key":"00020200ff","bits_in_key":26}}}`},
	{"DSA with two parameters", seq(alg("1.2.840.10040.4.1", null, seq(num(5), num(6))), bitsOf(ones(8))), true, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-dsa","dsa_parameters":{"p":"05","q":"06","g":""}},"subject_public_key":{"key":"00020200ff","bits_in_key":26}}}`},
	{"key of another type", seq(alg("1.3.101.112"), str(ber.OctetString, "a")), false, `{}`},
	{"no key", seq(alg("1.3.101.112")), false, `{}`},
	{"no algorithm", seq(bitsOf([]byte{1})), false, `{}`},
	{"empty algorithm", seq(seq(), bitsOf([]byte{1})), true, `{"subject_public_key_info":{"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
	{"in a set", el(ber.Set, alg("1.3.101.112"), bitsOf([]byte{1})), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-Ed25519"},"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
	{"truncated", cut(2, seq(alg("1.3.101.110"), bitsOf([]byte{1, 2, 3, 4}))), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-X25519"},"subject_public_key":{"key":"000102","truncated":"key","bits_in_key":9}}}`},
	{"truncated behind the key", append([]byte{0x30, 99}, seq(alg("1.3.101.110"), bitsOf([]byte{1}))[2:]...), false, `{"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-X25519"},"subject_public_key":{"key":"0001","bits_in_key":1}}}`},
}

func TestPublicKey(t *testing.T) {
	for _, tt := range publicKeyTests {
		var w record.Writer
		var k publicKeyInfo
		c := wire.Of(tt.der)
		k.parse(&c)
		w.Object()
		if k.whole {
			k.write(&w)
		}
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, w.Bytes(), tt.want)
		}
		if k.weak() != tt.weak {
			t.Errorf("%s: weak is %t", tt.name, k.weak())
		}
	}
}

func TestWeakKeySizes(t *testing.T) {
	tests := []struct {
		der  []byte
		weak bool
	}{
		{rsaPublicKey(2048, 1, 0, 1), false},
		{rsaPublicKey(2040, 1, 0, 1), true},
		{rsaPublicKey(2048, 0xff, 0xff), true},
		{seq(alg("1.2.840.10040.4.1"), bitsOf(ones(2048)[5:])), false},
		{seq(alg("1.2.840.10040.4.1"), bitsOf(ones(2040)[4:])), true},
	}
	for i, tt := range tests {
		var k publicKeyInfo
		c := wire.Of(tt.der)
		if k.parse(&c); k.weak() != tt.weak {
			t.Errorf("%d: weak is %t", i, k.weak())
		}
	}
}

func TestSignature(t *testing.T) {
	ecdsa, rsa := alg("1.2.840.10045.4.3.2"), alg("1.2.840.113549.1.1.11", null)
	r256 := num(append([]byte{0, 0xff}, make([]byte, 31)...)...)
	tests := []struct {
		name       string
		alg, value []byte
		weak       bool
		want       string
	}{
		{"ECDSA", ecdsa, bitsOf(seq(num(0x7f), num(0, 0x80))), false, `{"signature":{"r":"7f","s":"0080"},"bits_in_signature":8}`},
		{"ECDSA with one number", ecdsa, bitsOf(seq(num(0x7f))), true, `{"signature":{"r":"7f","s":""},"bits_in_signature":7}`},
		{"ECDSA with one number of 256 bits", ecdsa, bitsOf(seq(r256)), false, `{"signature":{"r":"00ff00000000000000000000000000000000000000000000000000000000000000","s":""},"bits_in_signature":256}`},
		{"ECDSA without numbers", ecdsa, bitsOf(seq()), true, `{"signature":{"r":"","s":""},"bits_in_signature":0}`},
		{"ECDSA that is none", ecdsa, bitsOf([]byte{1, 2, 3}), true, `{"signature":{"r":"","s":""},"bits_in_signature":0}`},
		{"ECDSA without octets", ecdsa, bits(0), false, `{"signature":{"r":"","s":""},"bits_in_signature":0}`},
		{"ECDSA with unused bits", ecdsa, bits(7, 0x80), false, `{"signature":{"r":"","s":""},"bits_in_signature":0}`},
		{"ECDSA truncated", ecdsa, cut(2, bitsOf(seq(num(5), num(1, 2, 3)))), false, `{"signature":{"r":"05","s":"01","truncated":"s"},"bits_in_signature":3}`},
		{"ECDSA with SHA-1", alg("1.2.840.10045.4.1"), bitsOf([]byte{1, 2, 3}), true, `{"signature":{"r":"","s":""},"bits_in_signature":0}`},
		{"ECDSA with SHA-384", alg("1.2.840.10045.4.3.3"), bitsOf(seq(num(1))), false, `{"signature":{"r":"01","s":""},"bits_in_signature":1}`},
		{"ECDSA with SHA3-256", alg("2.16.840.1.101.3.4.3.10"), bitsOf(seq(num(1), num(2))), false, `{"signature":{"r":"01","s":"02"},"bits_in_signature":2}`},
		{"RSA", rsa, bitsOf([]byte{0x40, 0}), true, `{"signature":"4000","bits_in_signature":15}`},
		{"RSA with unused bits", rsa, bits(1, 0xfe), true, `{"bits_in_signature":0}`},
		{"RSA truncated", rsa, cut(1, bitsOf([]byte{0x40, 0})), false, `{"signature":"40","truncated":"signature","bits_in_signature":7}`},
		{"RSA with truncated parameters", alg("1.2.840.113549.1.1.11", null, []byte{4, 9, 0}), bitsOf([]byte{0x40}), false, `{"signature":"40","bits_in_signature":7}`},
		{"RSA-PSS", alg("1.2.840.113549.1.1.10", seq()), bitsOf([]byte{0x40, 0}), false, `{"signature":"4000","bits_in_signature":15}`},
	}
	for _, tt := range tests {
		var w record.Writer
		var s Certificate
		a, v := wire.Of(tt.alg), wire.Of(tt.value)
		s.signatureAlgorithm.parse(&a)
		s.signatureValue = ber.ReadTag(&v, ber.BitString)
		w.Object()
		s.writeSignature(&w)
		w.EndObject()
		if string(w.Bytes()) != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, w.Bytes(), tt.want)
		}
		if s.weakSignature() != tt.weak {
			t.Errorf("%s: weak is %t", tt.name, s.weakSignature())
		}
	}
}

func TestWeakSignatureSizes(t *testing.T) {
	for size, weak := range map[int]bool{2048 / 8: false, 2016 / 8: false, 2008 / 8: true} {
		var s Certificate
		a, v := wire.Of(alg("1.2.840.113549.1.1.12", null)), wire.Of(bitsOf(bytes.Repeat([]byte{0xff}, size)))
		s.signatureAlgorithm.parse(&a)
		s.signatureValue = ber.ReadTag(&v, ber.BitString)
		if s.weakSignature() != weak {
			t.Errorf("%d octets: weak is %t", size, s.weakSignature())
		}
	}
}
