package envelope

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"slices"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// BothIPs returns what the record has from the first address to the second, if
// that is little more than these; nil otherwise.
func (v *View) BothIPs() []byte {
	const between = len(`","dst_ip":"`)
	if v.SrcIP == nil || v.DstIP == nil {
		return nil
	}
	from, to := cap(v.line)-cap(v.SrcIP), cap(v.line)-cap(v.DstIP)+len(v.DstIP)
	if to-from != len(v.SrcIP)+between+len(v.DstIP) {
		return nil
	}
	return v.line[from:to]
}

// Written makes a View of a record of which only the beginning is written, as
// text: with fingerprints, if it has them, and the members of the message. All
// that it has then is what the methods in this file return.
func (v *View) Written(fingerprints, message []byte) {
	v.tls, v.dns, v.http, v.others, v.further = nil, nil, nil, nil, Span{}
	v.FingerprintAt = -1
	if rest, ok := bytes.CutPrefix(fingerprints, fingerprintsStart); ok {
		v.others, v.further = rest, Span{0, len(rest)}
	}
	message = bytes.TrimPrefix(message, []byte{','})
	for i := range written {
		if rest, ok := bytes.CutPrefix(message, written[i].name); ok {
			// Of QUIC, another member follows that has none of what is looked for.
			*written[i].at(v) = rest
			return
		}
	}
}

var fingerprintsStart = []byte(`{"fingerprints":`)

// written are how the messages begin that a View tells of.
var written = []struct {
	name []byte
	at   func(*View) *[]byte
}{
	{[]byte(`"tls":`), func(v *View) *[]byte { return &v.tls }},
	{[]byte(`"dns":`), func(v *View) *[]byte { return &v.dns }},
	{[]byte(`"mdns":`), func(v *View) *[]byte { return &v.dns }},
	{[]byte(`"http":`), func(v *View) *[]byte { return &v.http }},
}

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

// EachCertificate calls f with the base64 of the certificates in the record,
// which it has if they are not written as JSON.
func (v *View) EachCertificate(f func(text []byte)) {
	for rest := v.tls; ; {
		// A quote in a value has a backslash before it: this is a name, if a
		// colon follows.
		i := bytes.Index(rest, certsName)
		if i < 0 {
			return
		}
		rest = rest[i+len(certsName):]
		certs, ok := bytes.CutPrefix(bytes.TrimLeft(rest, space), colon)
		if !ok {
			continue
		}
		for certs := record.ScanArray(bytes.TrimLeft(certs, space)); certs.Next(); {
			text, ok := onlyBase64(certs.Value)
			if !ok {
				text = record.Quoted(record.Find(certs.Value, "base64"))
			}
			if len(text) > 0 {
				f(text)
			}
		}
	}
}

// Decoded returns the bytes that base64 in the record stands for. They are valid
// until the next call.
func (v *View) Decoded(text []byte) (b []byte, ok bool) {
	ok = v.decode(text)
	return v.der, ok
}

const space = " \t\r\n"

var (
	certsName    = []byte(`"certs"`)
	colon        = []byte{':'}
	base64Object = []byte(`{"base64":"`)
	endOfText    = []byte(`"}`)
)

// onlyBase64 returns the text of an object with base64 alone, and no space in it, as
// records are written.
func onlyBase64(object []byte) (text []byte, ok bool) {
	if text, ok = bytes.CutPrefix(object, base64Object); ok {
		text, ok = bytes.CutSuffix(text, endOfText)
	}
	return text, ok && bytes.IndexByte(text, '"') < 0
}

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
// as in the record. They are empty where the record doesn't have both.
func (v *View) Requested() (host, path []byte) {
	if v.http == nil {
		return nil, nil
	}
	if path = record.Quoted(record.Find(v.http, "request", "uri")); path != nil {
		host = record.Quoted(record.Find(v.http, "request", "host"))
	}
	return host, path
}

var base64Name = []byte(`"base64"`)

// EncodedDNS returns the DNS message in the record if it is written as base64.
func (v *View) EncodedDNS() []byte {
	// Such an object has no other member: the rest of others need not be read.
	if text, ok := bytes.CutPrefix(v.dns, base64Object); ok {
		if text, ok = bytes.CutSuffix(text, endOfText); ok && bytes.IndexByte(text[:min(len(text), longText)], '"') < 0 {
			return text
		}
	}
	if bytes.Contains(v.dns[:min(len(v.dns), 16)], base64Name) {
		return record.Quoted(record.Find(v.dns, "base64"))
	}
	return nil
}

// EachResolved calls f with the names and addresses in a DNS message that is
// written as JSON, as they were in the message. at is where they are, for
// [View.SectionOf]. A name is valid during the call, and no name comes twice in
// a row.
func (v *View) EachResolved(f func(name []byte, addr netip.Addr, at int)) {
	if v.dns == nil {
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
		if a, ok := ParseAddress(text); ok {
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
		value := record.Value(rest)
		if value == nil {
			return false
		}
		*text = record.Quoted(value)
		*at += len(value) - 1
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

// Questioned is the part of a DNS message in base64 that decides, with few
// exceptions, what Question returns.
func Questioned(text []byte) []byte {
	return text[min(len(text), flagsText):min(len(text), shortText)]
}

// Numbers of characters in base64.
const (
	flagsText = 4   // what is before the flags: the identifier, which is random
	shortText = 80  // 60 bytes hold most names
	longText  = 360 // 270 bytes hold any
)

// Question returns the first name that a DNS message in base64 asks for; nil
// where there is none. It is valid until the next call. decided says that
// [Questioned] alone decides that.
func (v *View) Question(text []byte) (name []byte, decided bool) {
	for _, most := range [...]int{shortText, longText, len(text)} {
		if !v.decode(text[:min(len(text), most)]) {
			return nil, false
		}
		message := wire.Of(v.der)
		message.Skip(4)
		questions := message.Uint16()
		message.Skip(6)
		if questions == 0 || message.Failed() {
			return nil, !message.Failed()
		}
		whole := straight(message)
		if !whole && len(text) > most {
			continue // what is cut off between two labels looks like another name
		}
		c := message
		if v.dnsName.Parse(&c, message); !c.Ok() || !v.dnsName.Valid() {
			break
		}
		v.escaped = append(v.escaped[:0], v.dnsName.Bytes()...)
		return v.escaped, whole && most == shortText
	}
	return nil, false
}

// straight reports whether a name has all its labels in one place: none is said
// to be elsewhere in the message (RFC 1035, section 4.1.4).
func straight(name wire.Cursor) bool {
	for {
		switch n := name.Uint8(); {
		case name.Failed() || n >= 1<<6:
			return false
		case n == 0:
			return true
		default:
			name.Skip(int(n))
		}
	}
}
