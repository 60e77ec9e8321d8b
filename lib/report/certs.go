package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"iter"
	"net/netip"
	"strings"
	"time"

	"merctools/lib/ber"
	"merctools/lib/certificate"
	"merctools/lib/record"
)

// A cert is a certificate that a server sent.
type cert struct {
	known               bool
	hash                string // SHA-256 of the DER; empty where records have certificates as JSON
	serial              string
	subject, issuer     string
	notBefore, notAfter time.Time // zero if unknown
	key, signature      string    // algorithms
	bits                int
	names               few // further ones of the subject
	selfSigned          bool
	leaf                bool // it came first of its chain
	servers             []netip.AddrPort
	moreServers         bool
	jq                  string
}

const (
	maxChain    = 16 // certificates of a message
	maxCertSize = 64 << 10
)

func (c *Collector) addCertificates(m *message, p *party) {
	from := m.tls
	if string(m.protocol) == "dtls" {
		from = m.body
	}
	var x record.Member
	for s := record.Scan(from); s.Next(&x); {
		if x.Value[0] != '{' {
			continue
		}
		fromServer := string(x.Name) == "server" || p.fromServer
		i := 0
		for e := record.ScanArray(record.Find(x.Value, "certs")); e.Next() && i < maxChain; i++ {
			c.addCertificate(m, p, e.Value, i, fromServer)
		}
	}
}

func (c *Collector) addCertificate(m *message, p *party, value []byte, i int, fromServer bool) {
	var sum [32]byte
	var der, object []byte
	n := 0
	if text := record.Quoted(record.Find(value, "base64")); text != nil {
		c.der = append(c.der[:0], make([]byte, base64.StdEncoding.DecodedLen(len(text)))...)
		var err error
		n, err = base64.StdEncoding.Decode(c.der, text)
		if err != nil || n == 0 || n > maxCertSize {
			return
		}
		der = c.der[:n]
		sum = sha256.Sum256(der)
	} else if object = record.Find(value, "cert"); object != nil {
		sum = sha256.Sum256(object)
	} else {
		return
	}
	e := c.certificates.at(sum, m.time, 0)
	v := &e.value
	if !v.known {
		v.known = true
		if der != nil {
			v.hash = hex.EncodeToString(sum[:])
			v.parse(der)
			v.jq = certJQ("(.base64? // \"\") | startswith(" + quote(base64.StdEncoding.EncodeToString(der)[:min(serialEnd, base64.StdEncoding.EncodedLen(n))]) + ")")
		} else {
			c.readCertificate(v, object)
			v.jq = certJQ(equals("(.cert.serial_number? // \"\")", string(c.unescape(record.Quoted(record.Find(object, "serial_number"))))))
		}
	}
	owner := p.server
	if !fromServer {
		owner = p.client
	}
	if i == 0 {
		v.leaf = true
		s := &c.service(m, p, string(m.protocol)).value
		if fromServer {
			s.certs.add([]byte(hex.EncodeToString(sum[:])), fewCerts)
		}
	}
	for _, a := range v.servers {
		if a == owner {
			return
		}
	}
	if len(v.servers) < maxHostSet {
		v.servers = append(v.servers, owner)
	} else {
		v.moreServers = true
	}
}

// serialEnd is how much base64 there is up to the end of the serial number of a
// certificate, and some more: 36 bytes have headers, the version, and 20 bytes
// of a number.
const serialEnd = 64

// certJQ selects records with a certificate.
func certJQ(condition string) string {
	return any1("(.tls.server.certs?, .dtls.server.certs?, .tls.client.certs?, .dtls.client.certs?)", condition)
}

// parse reads a certificate in DER.
func (v *cert) parse(der []byte) {
	var c certificate.Certificate
	c.Parse(der)
	v.serial = hex.EncodeToString(c.SerialNumber())
	var subject, issuer []byte
	v.subject, subject = nameOf(c.Subject())
	v.issuer, issuer = nameOf(c.Issuer())
	v.selfSigned = len(subject) > 0 && bytes.Equal(subject, issuer)
	v.notBefore, _ = c.NotBefore()
	v.notAfter, _ = c.NotAfter()
	v.key, v.signature = algorithm(c.KeyAlgorithm()), algorithm(c.SignatureAlgorithm())
	v.bits = c.KeyBits()
	for name := range c.DNSNames() {
		v.names.add(name, fewNames)
	}
}

func algorithm(oid ber.TLV) string {
	if name := ber.OIDName(oid.Value); name != "" {
		return name
	}
	return string(ber.AppendDotted(nil, oid.Value))
}

// nameOf is the common name, or else the last attribute that there is, such as
// an organization. whole is all of it, to compare names by.
func nameOf(attributes iter.Seq[certificate.Attribute]) (name string, whole []byte) {
	rest := ""
	for a := range attributes {
		whole = append(append(whole, a.Type.Value...), 0)
		whole = append(append(whole, a.Value.Value...), 0)
		rest = string(clip(bytes.TrimSpace(a.Value.Value)))
		if a.Name() == "common_name" && name == "" {
			name = rest
		}
	}
	return cmp.Or(name, rest), whole
}

// readCertificate reads a certificate that is written as JSON.
func (c *Collector) readCertificate(v *cert, object []byte) {
	text := func(path ...string) string {
		return string(clip(c.unescape(record.Quoted(record.Find(object, path...)))))
	}
	v.serial = text("serial_number")
	v.signature = text("signature_algorithm", "algorithm")
	v.key = text("subject_public_key_info", "algorithm_identifier", "algorithm")
	key := record.Find(object, "subject_public_key_info", "subject_public_key")
	for _, name := range []string{"bits_in_modulus", "bits_in_key"} {
		if n := number(record.Find(key, name)); n > 0 && n < 1<<20 {
			v.bits = int(n)
		}
	}
	subject, issuer := record.Find(object, "subject"), record.Find(object, "issuer")
	v.subject, v.issuer = c.nameIn(subject), c.nameIn(issuer)
	v.selfSigned = len(subject) > len("[]") && bytes.Equal(subject, issuer)
	for e := record.ScanArray(record.Find(object, "validity")); e.Next(); {
		if t, ok := certTime(record.Quoted(record.Find(e.Value, "not_before"))); ok {
			v.notBefore = t
		}
		if t, ok := certTime(record.Quoted(record.Find(e.Value, "not_after"))); ok {
			v.notAfter = t
		}
	}
	for _, list := range (record.Path{"extensions", "subject_alt_name", "dns_name"}).Values(nil, object) {
		v.names.add(c.unescape(record.Quoted(list)), fewNames)
	}
}

func certTime(text []byte) (time.Time, bool) {
	t, err := time.Parse("2006-01-02 15:04:05Z", string(text))
	return t, err == nil
}

func (c *Collector) nameIn(list []byte) string {
	name, rest := "", ""
	for e := record.ScanArray(list); e.Next(); {
		var x record.Member
		if s := record.Scan(e.Value); s.Next(&x) {
			rest = string(clip(c.unescape(record.Quoted(x.Value))))
			if string(x.Name) == "common_name" && name == "" {
				name = rest
			}
		}
	}
	return cmp.Or(name, rest)
}

// problems says what is wrong with a certificate when it was seen.
func (v *cert) problems(first, last int64) (list []string) {
	switch {
	case !v.notAfter.IsZero() && last != 0 && v.notAfter.Before(time.Unix(0, last)):
		list = append(list, "expired")
	case !v.notBefore.IsZero() && first != 0 && v.notBefore.After(time.Unix(0, first)):
		list = append(list, "not yet valid")
	}
	if v.selfSigned && v.leaf {
		list = append(list, "self-signed")
	}
	if weak := v.weakKey(); weak != "" {
		list = append(list, weak)
	}
	signature := strings.ToLower(v.signature)
	if !v.selfSigned && (strings.Contains(signature, "sha1") || strings.Contains(signature, "md5") || strings.Contains(signature, "md2")) {
		list = append(list, "weak signature")
	}
	return list
}

// weakKey says that a key is shorter than NIST SP 800-57 part 1 asks for: 112
// bits of security.
func (v *cert) weakKey() string {
	switch {
	case v.bits == 0:
		return ""
	case strings.HasPrefix(v.key, "rsa") && v.bits < 2048,
		strings.Contains(v.key, "dsa") && v.bits < 2048,
		strings.Contains(v.key, "ecPublicKey") && v.bits < 224:
		return "weak key"
	}
	return ""
}
