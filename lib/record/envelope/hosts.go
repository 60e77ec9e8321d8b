package envelope

import (
	"bytes"
	"encoding/base64"
	"slices"

	"merctools/lib/certificate"
	"merctools/lib/record"
)

// CertificateName returns the subject's common name of the first certificate
// in a record that has one. It is valid until the next call.
func (v *View) CertificateName() (name []byte, ok bool) {
	var m record.Member
	for s := record.Scan(v.tls); s.Next(&m); {
		for certs := (list{record.Find(m.Value, "certs")}); certs.more(); {
			if name, ok = v.commonName(certs.next()); ok {
				return name, true
			}
		}
	}
	return nil, false
}

// commonName is the name in an element of certs.
func (v *View) commonName(element []byte) (name []byte, ok bool) {
	if text := record.Quoted(record.Find(element, "base64")); text != nil {
		size := base64.StdEncoding.DecodedLen(len(text))
		v.der = slices.Grow(v.der[:0], size)[:size]
		n, err := base64.StdEncoding.Decode(v.der, text)
		if err != nil {
			return nil, false
		}
		var c certificate.Certificate
		c.Parse(v.der[:n])
		return c.SubjectCommonName()
	}
	if names := record.Find(element, "subject", "common_name"); names != nil { // a normalized record
		first := record.ScanArray(names)
		if !first.Next() {
			return nil, false
		}
		return v.untilZero(record.Quoted(first.Value)), true
	}
	for names := (list{record.Find(element, "cert", "subject")}); names.more(); {
		if text := record.Quoted(record.Find(names.next(), "common_name")); text != nil {
			return v.untilZero(text), true
		}
	}
	return nil, false
}

// untilZero is what escaped text stands for, up to the first zero octet.
func (v *View) untilZero(text []byte) []byte {
	v.escaped = record.AppendUnescaped(v.escaped[:0], text)
	if i := bytes.IndexByte(v.escaped, 0); i >= 0 {
		v.escaped = v.escaped[:i]
	}
	return v.escaped
}

// EachObjectID calls f with each object identifier that is the value of an
// SNMP variable: its name, or its numbers.
func (v *View) EachObjectID(f func(oid []byte)) {
	if v.snmp != nil {
		v.eachObjectID(v.snmp, maxVariablesDepth, f)
	}
}

// maxVariablesDepth is how deep below snmp the list of variables can be.
const maxVariablesDepth = 3

func (v *View) eachObjectID(object []byte, depth int, f func(oid []byte)) {
	var m record.Member
	for s := record.Scan(object); s.Next(&m); {
		switch {
		case string(m.Name) == "var_bind_list":
			for variables := (list{m.Value}); variables.more(); {
				if text := record.Quoted(record.Find(variables.next(), "oid")); text != nil {
					v.oid = record.AppendUnescaped(v.oid[:0], text)
					f(v.oid)
				}
			}
		case depth > 0 && m.Value[0] == '{':
			v.eachObjectID(m.Value, depth-1, f)
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

// text returns the next element of an array of strings that have no escapes.
func (l *list) text() (element []byte, ok bool) {
	if !l.more() || len(l.rest) == 0 || l.rest[0] != '"' {
		return nil, false
	}
	n := bytes.IndexByte(l.rest[1:], '"')
	if n < 0 {
		return nil, false
	}
	element = l.rest[1 : 1+n]
	l.rest = l.rest[n+2:]
	return element, true
}
