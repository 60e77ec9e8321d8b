package envelope

import (
	"bytes"

	"merctools/lib/certificate"
	"merctools/lib/record"
)

// CertificateName returns the subject's common name of the first certificate
// in a record that has one. It is valid until the next call.
func (v *View) CertificateName() (name []byte, ok bool) {
	var m record.Member
	for s := record.Scan(v.tls); s.Next(&m); {
		for certs := record.ScanArray(record.Find(m.Value, "certs")); certs.Next(); {
			if name, ok = v.commonName(certs.Value); ok {
				return name, true
			}
		}
	}
	return nil, false
}

// commonName is the name in an element of certs.
func (v *View) commonName(element []byte) (name []byte, ok bool) {
	if text := record.Quoted(record.Find(element, "base64")); text != nil {
		if !v.decode(text) {
			return nil, false
		}
		var c certificate.Certificate
		c.Parse(v.der)
		return c.SubjectCommonName()
	}
	if names := record.Find(element, "subject", "common_name"); names != nil { // a normalized record
		first := record.ScanArray(names)
		if !first.Next() {
			return nil, false
		}
		return v.untilZero(record.Quoted(first.Value)), true
	}
	for names := record.ScanArray(record.Find(element, "cert", "subject")); names.Next(); {
		if text := record.Quoted(record.Find(names.Value, "common_name")); text != nil {
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
			for variables := record.ScanArray(m.Value); variables.Next(); {
				if text := record.Quoted(record.Find(variables.Value, "oid")); text != nil {
					v.oid = record.AppendUnescaped(v.oid[:0], text)
					f(v.oid)
				}
			}
		case depth > 0 && m.Value[0] == '{':
			v.eachObjectID(m.Value, depth-1, f)
		}
	}
}
