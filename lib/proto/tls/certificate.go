package tls

import (
	"iter"

	"merctools/lib/certificate"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A CertificateList is the list of certificates of a Certificate message
// before TLS 1.3 (RFC 5246, section 7.4.2).
type CertificateList struct {
	list    wire.Cursor // what is there of the list
	missing uint32      // bytes of the list that are not there
}

// maxListLen is the length in bytes up to which a list is read.
const maxListLen = 65536

// Parse reads the body of a Certificate message. It leaves the list as it is
// where there is none in the body, or one that is too long.
func (l *CertificateList) Parse(body wire.Cursor) {
	length := body.Uint24()
	if body.Failed() || length > maxListLen {
		return
	}
	if body.More() {
		l.list = body.UpTo(int(length))
	}
	l.missing = length - uint32(l.list.Len())
}

// Missing is how many bytes of the list are not there.
func (l *CertificateList) Missing() uint32 { return l.missing }

// More reports whether there are certificates in the list.
func (l *CertificateList) More() bool { return l.list.More() }

// CommonName returns the subject's common name of the first certificate that
// has one.
func (l *CertificateList) CommonName() (name []byte, ok bool) {
	for der := range l.All() {
		var c certificate.Certificate
		c.Parse(der)
		if name, ok := c.SubjectCommonName(); ok {
			return name, true
		}
	}
	return nil, false
}

// All returns the certificates, the sender's own first, in DER (RFC 5280).
// The last one may be cut short. An empty one ends the list.
func (l *CertificateList) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for c := l.list; c.More(); {
			der := c.UpTo(int(c.Uint24()))
			if !der.More() || !yield(der) {
				return
			}
		}
	}
}

// WriteRecord writes the member certs: base64, or what each says.
func (l *CertificateList) WriteRecord(w *record.Writer, asJSON bool) {
	w.Key("certs").Array()
	for der := range l.All() {
		w.Elem().Object()
		if asJSON {
			var cert certificate.Certificate
			cert.Parse(der)
			w.Key("cert")
			cert.Write(w)
		} else {
			w.Key("base64").Base64(der)
		}
		w.EndObject()
	}
	w.EndArray()
}
