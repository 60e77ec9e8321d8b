package main

import (
	"crypto"
	_ "crypto/sha1" // the hashes of certHashes
	"crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"

	"merctools/lib/certificate"
)

// certHashes are the hashes that --hash-output has.
var certHashes = map[string]crypto.Hash{
	"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
}

// A verdict is what is found out about a certificate.
type verdict struct {
	faults fault
	trust  error // why it is not trusted
	group  int   // number of its key; 0 where keys are not numbered
	sum    [sha256.Size]byte
}

// render writes a certificate in the form that is asked for.
func (c *certCommand) render(cert *certificate.Certificate, der []byte, v *verdict) {
	w := &c.w
	switch {
	case c.PEM:
		w.Raw(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	case c.Hash != "":
		h := certHashes[c.Hash].New()
		h.Write(der)
		w.Raw(hex.AppendEncode(nil, h.Sum(nil)))
		w.Newline()
	case c.Prefix:
		cert.WritePrefix(w)
		w.Newline()
	case c.PrefixHex:
		w.Object()
		w.Key("cert_prefix").Hex(certificate.Prefix(der))
		w.EndObject()
		w.Newline()
	default:
		c.writeJSON(cert, v)
	}
}

// maxTruncTest is how many bytes a certificate may have that is cut off behind each
// of them: what is written of it grows with the square of its length, to half a
// gigabyte for one of so many.
const maxTruncTest = 16 << 10

// putTruncated writes what is read of a certificate that is cut off behind each of
// its bytes.
func (c *certCommand) putTruncated(der []byte) error {
	if len(der) > maxTruncTest {
		c.counts.long++
		return nil
	}
	c.counts.written++
	der = slices.Clone(der) // it may be in w
	w := &c.w
	for n := range len(der) + 1 {
		w.Reset(0)
		w.Object()
		w.Key("trunc_len").Uint(uint64(n))
		w.EndObject()
		w.Newline()
		var part certificate.Certificate
		part.Parse(der[:n])
		part.Write(w)
		w.Newline()
		if _, err := c.out.Write(w.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (c *certCommand) writeJSON(cert *certificate.Certificate, v *verdict) {
	w := &c.w
	cert.Write(w)
	w.Reset(w.Len() - 1) // the brace at the end
	if v.faults&notValid != 0 {
		w.Key("not_valid").Bool(true)
	}
	if c.roots != nil {
		w.Key("trusted").Bool(v.trust == nil)
		if v.trust != nil {
			w.Key("trust_error").Text([]byte(v.trust.Error()))
		}
	}
	if v.group > 0 && c.Groups {
		w.Key("key_group").Uint(uint64(v.group))
	}
	w.Key("sha256").Hex(v.sum[:])
	w.EndObject()
	w.Newline()
}

// verify looks for a chain from a certificate to a trusted one.
func (c *certCommand) verify(chain [][]byte, i int) error {
	cert, err := x509.ParseCertificate(chain[i])
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for k, der := range chain {
		if k != i {
			if other, err := x509.ParseCertificate(der); err == nil {
				between.AddCert(other)
			}
		}
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: between, CurrentTime: c.at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}
