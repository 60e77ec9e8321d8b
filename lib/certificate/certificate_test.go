package certificate

import (
	"encoding/json"
	"strings"
	"testing"

	"merctools/lib/ber"
	"merctools/lib/record"
)

// with is a certificate with something changed.
func with(change func(*template)) []byte {
	t := newTemplate()
	change(t)
	return t.encode()
}

// cut is the beginning of a certificate, without its last n octets.
func cut(n int, der []byte) []byte { return der[:len(der)-n] }

func write(der []byte) []byte {
	var w record.Writer
	var c Certificate
	c.Parse(der)
	c.Write(&w)
	return w.Bytes()
}

// The members of the template.
const (
	wantSerial    = `"serial_number":"1234",`
	wantAlgorithm = `"signature_identifier":{"algorithm":"id-Ed25519"},`
	wantIssuer    = `"issuer":[{"common_name":"CA"}],`
	wantValidity  = `"validity":[{"not_before":"2024-01-02 03:04:05Z"},{"not_after":"2049-12-31 23:59:59Z"}],`
	wantSubject   = `"subject":[{"common_name":"www.example.com"}],`
	wantKey       = `"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-Ed25519"},` +
		`"subject_public_key":{"key":"00aabb","bits_in_key":16}},`
	wantExtensions = `"extensions":[{"subject_key_identifier":"0102","critical":false}],`
	wantSignature  = `"signature_algorithm":{"algorithm":"id-Ed25519"},"signature":"010203","bits_in_signature":17,`

	wantNames = wantIssuer + wantValidity + wantSubject
	wantBegin = `"version":"02",` + wantSerial + wantAlgorithm
	wantEnd   = wantExtensions + wantSignature
)

func TestCertificate(t *testing.T) {
	tests := []struct {
		name string
		der  []byte
		want string // without the braces, and with a comma at the end
	}{
		{"nothing", nil, `"version":"00",`},
		{"one octet", []byte{0x30}, `"version":"00",`},
		{"another type", str(ber.OctetString, "certificate"), `"version":"00",`},
		{"indefinite lengths", []byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0}, `"version":"00",`},
		{"whole", with(func(*template) {}), wantBegin + wantNames + wantKey + wantEnd},

		{"version 1", with(func(t *template) { t.version = nil }),
			`"version":"00",` + wantSerial + wantAlgorithm + wantNames + wantKey + wantEnd},
		{"version of two octets", with(func(t *template) { t.version = el(0xa0, num(1, 2)) }),
			`"version":"0102",` + wantSerial + wantAlgorithm + wantNames + wantKey + wantEnd},
		{"version of another type", with(func(t *template) { t.version = el(0xa0, str(ber.OctetString, "\x02")) }),
			wantSerial + wantAlgorithm + wantNames + wantKey + wantEnd},
		{"empty version", with(func(t *template) { t.version = el(0xa0, num()) }),
			wantSerial + wantAlgorithm + wantNames + wantKey + wantEnd},
		{"truncated version", with(func(t *template) { t.version = el(0xa0, []byte{2, 3, 1}) }),
			`"version":"01","truncated":"version",` + wantSerial + wantAlgorithm + wantNames + wantKey + wantEnd},

		{"negative serial number", with(func(t *template) { t.serial = num(0xff, 0x85) }),
			`"version":"02","serial_number":"ff85",` + wantAlgorithm + wantNames + wantKey + wantEnd},
		{"empty serial number", with(func(t *template) { t.serial = num() }),
			`"version":"02","serial_number":"",` + wantAlgorithm + wantNames + wantKey + wantEnd},
		{"serial number of another type", with(func(t *template) { t.serial = str(ber.OctetString, "\x01") }),
			`"version":"02",`},

		{"algorithm without contents", with(func(t *template) { t.tbsAlg = seq() }),
			`"version":"02",` + wantSerial + wantNames + wantKey + wantEnd},
		{"algorithm that is none", with(func(t *template) { t.tbsAlg = seq(num(1)) }),
			`"version":"02",` + wantSerial + wantNames + wantKey + wantEnd},
		{"parameters other than NULL", with(func(t *template) { t.tbsAlg = alg("1.2.840.113549.1.1.10", seq()) }),
			`"version":"02",` + wantSerial + wantNames + wantKey + wantEnd + `"violations":["nonconformant"],`},
		{"parameters behind NULL", with(func(t *template) { t.tbsAlg = alg("1.3.101.112", null, num(7)) }),
			`"version":"02",` + wantSerial + `"signature_identifier":{"algorithm":"id-Ed25519","parameters":"07"},` +
				wantNames + wantKey + wantEnd},
		{"truncated algorithm", with(func(t *template) { t.tbsAlg = seq([]byte{6, 4, 0x2b, 0x65, 0x70}) }),
			`"version":"02",` + wantSerial + `"signature_identifier":{"algorithm":"id-Ed25519","truncated":"algorithm"},` +
				wantNames + wantKey + wantEnd},
		{"other algorithm", with(func(t *template) { t.tbsAlg = alg("1.2.840.113549.1.1.11", null) }),
			`"version":"02",` + wantSerial + `"signature_identifier":{"algorithm":"sha256WithRSAEncryption"},` +
				wantNames + wantKey + wantEnd + `"violations":["nonconformant"],`},
		{"other algorithm outside, unknown", with(func(t *template) { t.alg = alg("1.2.3.4") }),
			wantBegin + wantNames + wantKey + wantExtensions +
				`"signature_algorithm":{"algorithm":"1.2.3.4"},"signature":"010203","bits_in_signature":17,`},

		{"self-issued", with(func(t *template) { t.subject = t.issuer }),
			wantBegin + wantIssuer + wantValidity + `"subject":[{"common_name":"CA"}],` + wantKey + wantEnd + `"violations":["self_issued"],`},
		{"issuer begins with the subject", with(func(t *template) { t.issuer = seq(t.subject[2:], rdn("2.5.4.6", str(ber.UTF8String, "DE"))) }),
			wantBegin + `"issuer":[{"common_name":"www.example.com"},{"country_name":"DE"}],` + wantValidity + wantSubject +
				wantKey + wantEnd + `"violations":["self_issued"],`},
		{"same name of another string type", with(func(t *template) { t.subject = seq(rdn("2.5.4.3", str(ber.PrintableString, "CA"))) }),
			wantBegin + wantIssuer + wantValidity + `"subject":[{"common_name":"CA"}],` + wantKey + wantEnd},
		{"no subject", with(func(t *template) { t.subject = seq() }),
			wantBegin + wantIssuer + wantValidity + `"subject":[],` + wantKey + wantEnd + `"violations":["self_issued"],`},
		{"everything wrong", with(func(t *template) {
			t.subject, t.key = t.issuer, rsaPublicKey(1024, 3)
			t.tbsAlg, t.alg, t.signature = alg("1.2.3"), alg("1.2.840.113549.1.1.11", null), bitsOf([]byte{0x80})
			t.extensions = el(0xa3, seq())
		}), `"version":"02",` + wantSerial + `"signature_identifier":{"algorithm":"1.2.3"},` + wantIssuer + wantValidity +
			`"subject":[{"common_name":"CA"}],"subject_public_key_info":{"algorithm_identifier":{"algorithm":"rsaEncryption"},` +
			`"subject_public_key":{"modulus":"00` + strings.Repeat("ff", 128) + `","exponent":"03","bits_in_modulus":1024,"bits_in_exponent":2}},` +
			`"signature_algorithm":{"algorithm":"sha256WithRSAEncryption"},"signature":"80","bits_in_signature":8,` +
			`"violations":["self_issued","weak_subject_key","weak_signature","nonconformant"],`},

		{"unique identifiers, which hide extensions", with(func(t *template) { t.key = append(t.key, str(0x81, "\x00\x01")...) }),
			wantBegin + wantNames + wantKey + wantSignature},
		{"no extensions, which hide the signature", with(func(t *template) { t.extensions = nil }), wantBegin + wantNames + wantKey},
		{"empty extensions", with(func(t *template) { t.extensions = el(0xa3, seq()) }), wantBegin + wantNames + wantKey + wantSignature},
		{"extensions without their tag", with(func(t *template) { t.extensions = t.extensions[2:] }), wantBegin + wantNames + wantKey + wantSignature},
		{"extensions, then more", with(func(t *template) { t.extensions = append(t.extensions, num(1)...) }), wantBegin + wantNames + wantKey + wantEnd},
		{"an extension without value, which ends the list", with(func(t *template) {
			t.extensions = el(0xa3, seq(seq(oid("2.5.29.19")), t.extensions[4:]))
		}), wantBegin + wantNames + wantKey +
			`"extensions":[{"basic_constraints":{"ca":false,"path_len_constraint":0},"critical":false}],` + wantSignature},

		{"empty signature", with(func(t *template) { t.signature = el(ber.BitString) }),
			wantBegin + wantNames + wantKey + wantExtensions + `"signature_algorithm":{"algorithm":"id-Ed25519"},`},
		{"signature of another type", with(func(t *template) { t.signature = str(ber.OctetString, "\x00a") }),
			wantBegin + wantNames + wantKey + wantExtensions + `"signature_algorithm":{"algorithm":"id-Ed25519"},`},
		{"more behind the certificate", append(with(func(*template) {}), 1, 2, 3), wantBegin + wantNames + wantKey + wantEnd},

		{"cut in the signature", cut(2, with(func(*template) {})), wantBegin + wantNames + wantKey + wantExtensions +
			`"signature_algorithm":{"algorithm":"id-Ed25519"},"signature":"01","truncated":"signature","bits_in_signature":1,`},
		{"cut before the signature's contents", cut(4, with(func(*template) {})),
			wantBegin + wantNames + wantKey + wantExtensions + `"signature_algorithm":{"algorithm":"id-Ed25519"},`},
		{"cut before the signature", cut(6, with(func(*template) {})),
			wantBegin + wantNames + wantKey + wantExtensions + `"signature_algorithm":{"algorithm":"id-Ed25519"},`},
		{"cut in the algorithm", cut(8, with(func(*template) {})), wantBegin + wantNames + wantKey + wantExtensions +
			`"signature_algorithm":{"algorithm":"1.3","truncated":"algorithm"},`},
		{"cut in the extension", cut(14, with(func(*template) {})), wantBegin + wantNames + wantKey +
			`"extensions":[{"subject_key_identifier":"01","truncated":"subject_key_identifier","critical":false}],`},
		{"cut in the key", cut(31, with(func(*template) {})), wantBegin + wantNames +
			`"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-Ed25519"},"subject_public_key":{"key":"00aa","truncated":"key","bits_in_key":8}},`},
		{"cut before the key's contents", cut(33, with(func(*template) {})), wantBegin + wantNames +
			`"subject_public_key_info":{"algorithm_identifier":{"algorithm":"id-Ed25519"},"subject_public_key":{"bits_in_key":0}},`},
		{"cut in the subject", cut(49, with(func(*template) {})), wantBegin + wantIssuer + wantValidity +
			`"subject":[{"common_name":"www.exampl","truncated":"common_name"}],`},
		{"cut before the end of validity", cut(85, with(func(*template) {})), wantBegin + wantIssuer +
			`"validity":[{"not_before":"2024-01-02 03:04:05Z"}],"violations":["invalid"],`},
	}
	for _, tt := range tests {
		got := write(tt.der)
		if want := "{" + strings.TrimSuffix(tt.want, ",") + "}"; string(got) != want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, want)
		}
	}
}

// Every beginning of a certificate makes an object.
func TestCutAnywhere(t *testing.T) {
	var extensions [][]byte
	for _, tt := range extensionTests {
		extensions = append(extensions, tt.der)
	}
	der := withExtensions(extensions...)
	for i := range der {
		if got := write(der[:i]); !json.Valid(got) {
			t.Fatalf("%d octets: %s", i, got)
		}
	}
}

func TestSubjectCommonName(t *testing.T) {
	cn := func(s string) []byte { return rdn("2.5.4.3", str(ber.UTF8String, s)) }
	tests := []struct {
		subject []byte
		want    string
		ok      bool
	}{
		{seq(cn("a"), cn("b")), "a", true},
		{seq(rdn("2.5.4.10", str(ber.UTF8String, "org")), cn("c")), "c", true},
		{seq(cn("www.example.com\x00.example.net")), "www.example.com", true},
		{seq(cn("\x00")), "", true},
		{seq(cn("\"\xff")), "\"\xff", true},
		{seq(el(ber.Set, seq(oid("2.5.4.3"), []byte{ber.UTF8String, 9, 'x'}))), "x", true},
		{seq(cn(""), cn("d")), "d", true},
		{seq(el(ber.Set, seq(oid("2.5.4.10"), null), seq(oid("2.5.4.3"), num(1)))), "", false},
		{seq(), "", false},
		{num(1), "", false},
	}
	for _, tt := range tests {
		var c Certificate
		c.Parse(with(func(t *template) { t.subject = tt.subject }))
		if got, ok := c.SubjectCommonName(); string(got) != tt.want || ok != tt.ok {
			t.Errorf("%x: got %q, %t", tt.subject, got, ok)
		}
	}
}

func TestAllocations(t *testing.T) {
	var extensions [][]byte
	for _, tt := range extensionTests {
		extensions = append(extensions, tt.der)
	}
	ders := [][]byte{
		withExtensions(extensions...),
		with(func(t *template) { t.key = rsaPublicKey(2048, 1, 0, 1) }),
		with(func(t *template) { t.alg, t.signature = alg("1.2.840.10045.4.3.2"), bitsOf(seq(num(1), num(2))) }),
	}
	var w record.Writer
	var c Certificate
	allocs := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		for _, der := range ders {
			c.Parse(der)
			c.Write(&w)
			c.SubjectCommonName()
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkCertificate(b *testing.B) {
	der := with(func(t *template) {
		t.key = rsaPublicKey(2048, 1, 0, 1)
		t.extensions = el(0xa3, seq(extensionTests[0].der))
	})
	var w record.Writer
	var c Certificate
	b.SetBytes(int64(len(der)))
	for b.Loop() {
		w.Reset(0)
		c.Parse(der)
		c.Write(&w)
	}
}

func FuzzCertificate(f *testing.F) {
	for _, tt := range extensionTests {
		f.Add(withExtensions(tt.der))
	}
	for _, key := range publicKeyTests {
		f.Add(with(func(t *template) { t.key = key.der }))
	}
	f.Add(with(func(t *template) { t.alg, t.signature = alg("1.2.840.10045.4.3.2"), bitsOf(seq(num(1), num(2))) }))
	f.Fuzz(func(t *testing.T, der []byte) {
		if got := write(der); !json.Valid(got) {
			t.Errorf("not JSON: %s", got)
		}
	})
}
