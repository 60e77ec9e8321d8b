package subject

import (
	"bytes"
	"encoding/base64"
	"slices"

	"merctools/lib/certificate"
	"merctools/lib/record"
)

// CertificateName returns the subject's common name of the first certificate
// in a record that has one. It is valid until the next call.
func (r *Reader) CertificateName(rec *Record) (name []byte, ok bool) {
	var m record.Member
	for s := record.Scan(rec.tls); s.Next(&m); {
		for certs := (list{record.Find(m.Value, "certs")}); certs.more(); {
			if name, ok = r.commonName(certs.next()); ok {
				return name, true
			}
		}
	}
	return nil, false
}

// commonName is the name in an element of certs.
func (r *Reader) commonName(element []byte) (name []byte, ok bool) {
	if text := record.Quoted(record.Find(element, "base64")); text != nil {
		size := base64.StdEncoding.DecodedLen(len(text))
		r.der = slices.Grow(r.der[:0], size)[:size]
		n, err := base64.StdEncoding.Decode(r.der, text)
		if err != nil {
			return nil, false
		}
		var c certificate.Certificate
		c.Parse(r.der[:n])
		return c.SubjectCommonName()
	}
	for names := (list{record.Find(element, "cert", "subject")}); names.more(); {
		if text := record.Quoted(record.Find(names.next(), "common_name")); text != nil {
			r.escaped = record.AppendUnescaped(r.escaped[:0], text)
			if i := bytes.IndexByte(r.escaped, 0); i >= 0 {
				r.escaped = r.escaped[:i]
			}
			return r.escaped, true
		}
	}
	return nil, false
}

// EachObjectID calls f with each object identifier that is the value of an
// SNMP variable: its name, or its numbers.
func (r *Reader) EachObjectID(rec *Record, f func(oid []byte)) {
	if rec.snmp != nil {
		r.eachObjectID(rec.snmp, maxVariablesDepth, f)
	}
}

// maxVariablesDepth is how deep below snmp the list of variables can be.
const maxVariablesDepth = 3

func (r *Reader) eachObjectID(object []byte, depth int, f func(oid []byte)) {
	var m record.Member
	for s := record.Scan(object); s.Next(&m); {
		switch {
		case string(m.Name) == "var_bind_list":
			for variables := (list{m.Value}); variables.more(); {
				if text := record.Quoted(record.Find(variables.next(), "oid")); text != nil {
					r.oid = record.AppendUnescaped(r.oid[:0], text)
					f(r.oid)
				}
			}
		case depth > 0 && m.Value[0] == '{':
			r.eachObjectID(m.Value, depth-1, f)
		}
	}
}

// A list goes through an array of objects: it begins with the rest of it.
type list struct{ rest []byte }

// more reports whether there is another element, with which the rest begins
// then.
func (l *list) more() bool {
	if len(l.rest) < 2 || l.rest[0] != '[' && l.rest[0] != ',' {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

// next returns the element, or nil where it is no object, which ends the list.
func (l *list) next() []byte {
	s := record.Scan(l.rest)
	var m record.Member
	for s.Next(&m) {
	}
	if !s.Complete() {
		l.rest = nil
		return nil
	}
	element := l.rest[:s.End()]
	l.rest = l.rest[s.End():]
	return element
}
