package envelope

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"slices"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// EachFingerprint calls f with the fingerprints in the record that are not
// NPF's: the name of the method, and the fingerprint.
func (v *View) EachFingerprint(f func(method, fingerprint []byte)) {
	if v.further.Empty() {
		return
	}
	var m record.Member
	for s := record.Scan(v.others); s.Next(&m); {
		if v.FingerprintAt >= 0 && cap(v.line)-cap(m.Value)+1 == v.FingerprintAt {
			continue
		}
		if text := record.Quoted(m.Value); text != nil {
			f(m.Name, text)
		}
	}
}

// EachCertificate calls f with the DER of the certificates in the record,
// which it has if they are not written as JSON.
func (v *View) EachCertificate(f func(der []byte)) {
	if !bytes.Contains(v.tls, certsName) {
		return
	}
	var m record.Member
	for s := record.Scan(v.tls); s.Next(&m); {
		for certs := (list{record.Find(m.Value, "certs")}); certs.more(); {
			if v.decode(record.Quoted(record.Find(certs.next(), "base64"))) {
				f(v.der)
			}
		}
	}
}

var certsName = []byte(`"certs"`)

// decode puts what base64 stands for into v.der.
func (v *View) decode(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	size := base64.StdEncoding.DecodedLen(len(text))
	v.der = slices.Grow(v.der[:0], size)[:size]
	n, err := base64.StdEncoding.Decode(v.der, text)
	v.der = v.der[:n]
	return err == nil
}

// Requested returns the host and the path that an HTTP request is for, escaped
// as in the record. They are empty where the record doesn't have them.
func (v *View) Requested() (host, path []byte) {
	if v.http == nil {
		return nil, nil
	}
	request := record.Find(v.http, "request")
	return record.Quoted(record.Find(request, "host")), record.Quoted(record.Find(request, "uri"))
}

var base64Name = []byte(`"base64"`)

// EachResolved calls f with the names and addresses in a DNS message, as they
// were in the message: of one that is written as base64, only with the name
// that is asked for first. at is where they are, for [View.SectionOf]. A name
// is valid during the call, and no name comes twice in a row.
func (v *View) EachResolved(f func(name []byte, addr netip.Addr, at int)) {
	if v.dns == nil {
		return
	}
	// Such an object has no other member: the rest of others need not be read.
	if bytes.Contains(v.dns[:min(len(v.dns), 16)], base64Name) {
		if v.question(record.Quoted(record.Find(v.dns, "base64"))) {
			f(v.escaped, netip.Addr{}, 0)
		}
		return
	}
	var last, text []byte
	for at := 0; v.nextValue(nameEnd, &text, &at); {
		if bytes.Equal(text, last) {
			continue
		}
		last = text
		v.escaped = record.AppendUnescaped(v.escaped[:0], text)
		f(v.escaped, netip.Addr{}, at)
	}
	for at := 0; v.nextValue(addressEnd, &text, &at); {
		if a, ok := parseAddress(text); ok {
			f(nil, a, at)
		}
	}
}

// How the names of members end that are a name or an address in JSON of DNS.
// Such text, with a colon behind its quote, is nowhere else: a quote in a value
// has a backslash before it.
var (
	nameEnd    = []byte(`name":`)
	addressEnd = []byte(`_addr":`)
)

// nextValue finds the next string, behind the offset at, of a member whose name
// ends so, and moves at behind it. It takes a fraction of the time that
// scanning the objects does.
func (v *View) nextValue(end []byte, text *[]byte, at *int) bool {
	for {
		i := bytes.Index(v.dns[*at:], end)
		if i < 0 {
			return false
		}
		for *at += i + len(end); *at < len(v.dns) && isSpace(v.dns[*at]); *at++ {
		}
		rest := v.dns[*at:]
		if len(rest) == 0 || rest[0] != '"' {
			continue
		}
		n := 1
		for n < len(rest) && rest[n] != '"' {
			if rest[n] == '\\' {
				n++
			}
			n++
		}
		if n >= len(rest) {
			return false
		}
		*text = rest[1:n]
		*at += n
		return true
	}
}

// SectionOf names the section of a DNS message that something is in.
func (v *View) SectionOf(at int) string {
	for _, section := range []string{"additional", "authority", "answer"} {
		if i := bytes.Index(v.dns, []byte(`"`+section+`":`)); i >= 0 && i < at {
			return section
		}
	}
	return "query"
}

// question reads the first name of the message in base64, in v.escaped.
func (v *View) question(text []byte) bool {
	const short, long = 80, 360 // of base64: 60 bytes hold most names, 270 any
	for _, most := range [...]int{short, long} {
		if !v.decode(text[:min(len(text), most)]) {
			return false
		}
		message := wire.Of(v.der)
		message.Skip(4)
		questions := message.Uint16()
		message.Skip(6)
		if questions == 0 || message.Failed() {
			return false
		}
		c := message
		if v.dnsName.Parse(&c, message); c.Ok() && v.dnsName.Valid() {
			v.escaped = append(v.escaped[:0], v.dnsName.Bytes()...)
			return true
		}
		if len(text) <= most {
			return false
		}
	}
	return false
}
