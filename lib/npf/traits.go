package npf

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
)

// A Trait is something that a fingerprint has and that tells of the program
// behind it: a cipher suite, a pair of suites in order, an extension, a value in
// one, a transport parameter, a header. Code stands for it; equal traits of a
// type have equal codes, in every run. Weight says how much it counts.
type Trait struct {
	Code   uint64
	Weight uint8
}

// maxTraits bounds the work for one fingerprint.
const maxTraits = 1024

// AppendTraits appends the traits of a fingerprint, each once, in the order of
// their codes. What one program varies from one message to the next is no
// trait:
//
//   - GREASE (RFC 8701), padding (RFC 7685), the fallback SCSV (RFC 7507);
//   - what depends on an earlier session: session_ticket, pre_shared_key,
//     early_data;
//   - server_name, which an address for a name leaves out;
//   - the order of extensions, which clients shuffle;
//   - headers that depend on the request, such as Cookie.
//
// Field trials and transport parameters come and go, so each counts little.
func AppendTraits(dst []Trait, t Type, fingerprint []byte) []Trait {
	first := len(dst)
	parts := parts{typ: t, rest: body(fingerprint)}
	for p, ok := parts.next(); ok && len(dst) < first+maxTraits; p, ok = parts.next() {
		dst = p.AppendTraits(dst)
	}
	dst = dst[:min(len(dst), first+maxTraits)]
	list := dst[first:]
	slices.SortFunc(list, func(a, b Trait) int { return cmp.Compare(a.Code, b.Code) })
	list = slices.CompactFunc(list, func(a, b Trait) bool { return a.Code == b.Code })
	return dst[:first+len(list)]
}

// A Part is a part of a fingerprint that has traits of its own: the version, the
// list of suites, an extension, a header. Parts that are equal have the same
// traits, so whoever has many fingerprints needs to look at each part once.
type Part struct {
	Kind   PartKind
	Text   []byte
	Before []byte // the header before, without its value
}

// A PartKind says what a part is.
type PartKind uint8

const (
	partQUICVersion PartKind = iota
	partVersion
	partSuites
	partExtension
	partHTTPVersion
	partHeader
)

// Parts yields the parts of a fingerprint that have traits, as slices of it.
func Parts(t Type, fingerprint []byte) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		parts := parts{typ: t, rest: body(fingerprint)}
		for p, ok := parts.next(); ok; p, ok = parts.next() {
			if !yield(p) {
				return
			}
		}
	}
}

// body is a fingerprint without its type and format.
func body(fingerprint []byte) []byte {
	_, rest, _ := bytes.Cut(fingerprint, slash)
	if len(rest) > 2 && rest[1] == '/' {
		rest = rest[2:]
	}
	return rest
}

// parts goes through the parts of a fingerprint.
type parts struct {
	typ    Type
	rest   []byte // behind the part
	number int    // of the next outermost group
	list   []byte // of extensions or headers, what is left of it
	before []byte
}

func (s *parts) next() (Part, bool) {
	for {
		if len(s.list) > 0 {
			if p, ok := s.element(); ok {
				return p, true
			}
			continue
		}
		g, ok := group(s.rest)
		if !ok {
			return Part{}, false
		}
		s.rest = s.rest[len(g):]
		n := s.number
		s.number++
		if s.typ == QUIC {
			if n == 0 {
				return Part{Kind: partQUICVersion, Text: g}, true
			}
			n--
		}
		switch {
		case s.typ == HTTP && n == 0: // the method says nothing of the program
		case s.typ == HTTP && n == 1:
			return Part{Kind: partHTTPVersion, Text: g}, true
		case s.typ == HTTP && n == 2, s.typ.isHello() && n == 2:
			s.list = g[1 : len(g)-1]
		case s.typ.isHello() && n == 0:
			return Part{Kind: partVersion, Text: g}, true
		case s.typ.isHello() && n == 1:
			return Part{Kind: partSuites, Text: g}, true
		default:
			return Part{}, false
		}
	}
}

func (t Type) isHello() bool { return t == TLS || t == DTLS || t == QUIC }

// element returns the next extension or header that counts.
func (s *parts) element() (Part, bool) {
	g, ok := group(s.list)
	if !ok {
		s.list = nil
		return Part{}, false
	}
	s.list = s.list[len(g):]
	if s.typ.isHello() {
		return Part{Kind: partExtension, Text: g}, !varies(g)
	}
	h := g[1 : len(g)-1]
	name := h[:nameEnd(h)]
	if requestHeaders[string(name)] {
		return Part{}, false
	}
	p := Part{partHeader, h, s.before}
	s.before = name
	return p, true
}

// varies reports whether an extension is one of those that say nothing.
func varies(x []byte) bool {
	at := codeOffset(x)
	if len(x) < at+digits+1 {
		return true
	}
	code := x[at : at+digits]
	switch string(code) {
	case "0000", "0015", "0023", "0029", "002a":
		return true
	}
	return isGREASEText(code)
}

// HasGREASE reports whether the part is a list of suites with GREASE in it.
// Which value it has varies; whether there is one doesn't.
func (p Part) HasGREASE() bool {
	if p.Kind != partSuites {
		return false
	}
	for s := p.Text[1 : len(p.Text)-1]; len(s) >= digits; s = s[digits:] {
		if isGREASEText(s[:digits]) {
			return true
		}
	}
	return false
}

// AppendTraits appends the traits of a part, in no order.
func (p Part) AppendTraits(dst []Trait) []Trait {
	c := collector{list: dst}
	switch p.Kind {
	case partQUICVersion:
		c.add(quicVersion, 1, p.Text)
	case partVersion:
		c.add(legacyVersion, 1, p.Text)
	case partSuites:
		c.suites(p.Text)
	case partExtension:
		c.extension(p.Text)
	case partHTTPVersion:
		c.add(httpVersion, 1, p.Text)
	case partHeader:
		c.header(p.Text, p.Before)
	}
	return c.list
}

var slash = []byte{'/'}

// What a trait is.
const (
	quicVersion = iota + 1
	legacyVersion
	suite
	suitePair
	extensionType
	extensionValue
	extensionItem // an element of a list in an extension
	transportParameter
	httpVersion
	header
	headerValue
	headerPair
)

type collector struct{ list []Trait }

// add adds a trait whose text is in up to two parts (FNV-1a).
func (c *collector) add(kind byte, weight uint8, parts ...[]byte) {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(kind)) * prime
	for _, p := range parts {
		for _, b := range p {
			h = (h ^ uint64(b)) * prime
		}
		h = (h ^ '/') * prime
	}
	c.list = append(c.list, Trait{h, weight})
}

// digits is how many hexadecimal digits a suite, a group or an extension type
// has.
const digits = 4

// suites adds the cipher suites, and pairs of them in order.
func (c *collector) suites(list []byte) {
	var before []byte
	for s := list[1 : len(list)-1]; len(s) >= digits; s = s[digits:] {
		code := s[:digits]
		if isGREASEText(code) || string(code) == fallbackSCSV {
			continue
		}
		c.add(suite, 2, code)
		if before != nil {
			c.add(suitePair, 1, before, code)
		}
		before = code
	}
}

const fallbackSCSV = "5600"

// extension reads an extension, with its parentheses. In the text its type is
// followed by its length and its value, or for transport parameters by a list
// of their identifiers.
func (c *collector) extension(x []byte) {
	at := codeOffset(x)
	if len(x) < at+digits+1 {
		return
	}
	code, value := x[at:at+digits], x[at+digits:]
	switch string(code) {
	case "0039", "ffa5":
		c.add(extensionType, 2, code)
		for len(value) > 0 {
			i := bytes.IndexByte(value, '(')
			if i < 0 {
				return
			}
			id, ok := group(value[i:])
			if !ok {
				return
			}
			if string(id) != greaseParameter {
				c.add(transportParameter, 1, id)
			}
			value = value[i+len(id):]
		}
		return
	case "4469", "44cd", "fe0d", "001b", "0010": // field trials, and what they negotiate
		c.add(extensionType, 2, code)
	default:
		c.add(extensionType, 4, code)
	}
	value = value[:len(value)-1]
	if len(value) <= digits {
		return
	}
	value = value[digits:]
	switch string(code) {
	case "000a": // supported_groups: a list with a length of 2 bytes
		c.items(code, value[min(digits, len(value)):], 2)
	case "000d", "0032": // signature_algorithms
		c.items(code, value[min(digits, len(value)):], 1)
	case "002b": // supported_versions: a length of 1 byte
		c.items(code, value[min(digits/2, len(value)):], 1)
	default:
		c.add(extensionValue, 1, code, value)
	}
}

// items adds the numbers of 2 bytes in a list.
func (c *collector) items(code, list []byte, weight uint8) {
	for ; len(list) >= digits; list = list[digits:] {
		if !isGREASEText(list[:digits]) {
			c.add(extensionItem, weight, code, list[:digits])
		}
	}
}

// isGREASEText reports whether four digits are one of the values that RFC 8701
// reserves, which end in an a in both bytes.
func isGREASEText(s []byte) bool { return s[1] == 'a' && s[3] == 'a' }

// header adds a header of an HTTP request. before is the name of the one before
// it.
func (c *collector) header(h, before []byte) {
	name := h[:nameEnd(h)]
	c.add(header, 2, name)
	if len(name) < len(h) {
		c.add(headerValue, 2, h)
	}
	if before != nil {
		c.add(headerPair, 2, before, name)
	}
}

// nameEnd is where the name of a header ends, in hexadecimal text.
func nameEnd(h []byte) int {
	for i := 0; i+2 <= len(h); i += 2 {
		if h[i] == '3' && h[i+1] == 'a' {
			return i
		}
	}
	return len(h)
}

// requestHeaders are the headers, in hexadecimal, that depend on the request.
var requestHeaders = func() map[string]bool {
	m := make(map[string]bool)
	for _, name := range []string{
		"Cookie", "Referer", "Origin", "Range", "If-Range", "If-Modified-Since", "If-None-Match", "Authorization",
		"Content-Length", "Content-Type", "Cache-Control", "Pragma", "DNT", "X-Requested-With", "Proxy-Authorization",
	} {
		for _, s := range [][]byte{[]byte(name), bytes.ToLower([]byte(name))} {
			var b Builder
			b.Hex(s)
			m[string(b.buf)] = true
		}
	}
	return m
}()
