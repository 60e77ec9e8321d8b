package npf

import (
	"bytes"
	"slices"
)

// A Converter derives a fingerprint in another format from one in format 0,
// which holds all that the others are made of. It may be used again, by one
// goroutine at a time.
type Converter struct {
	elements []extension
	out      []byte
}

// extension is one extension in the text of a fingerprint.
type extension struct {
	code uint16
	text []byte // with its parentheses
}

// Convert returns the fingerprint of a TLS, DTLS or QUIC client hello in the
// wanted format, valid until the next call. A fingerprint that is in that
// format already is returned as it is. ok is false where fp is no such
// fingerprint, or is in another format than 0.
func (c *Converter) Convert(t Type, fp []byte, format int) (converted []byte, ok bool) {
	rest, found := bytes.CutPrefix(fp, []byte(t.String()))
	if !found || len(rest) < 2 || rest[0] != '/' {
		return nil, false
	}
	rest = rest[1:]
	if rest[0] != '(' {
		return fp, len(rest) > 1 && rest[0] == byte('0'+format) && rest[1] == '/'
	}
	if format == 0 {
		return fp, true
	}
	sorted := format == 1
	groups := 2 // before the extensions: version, cipher suites
	switch t {
	case TLS, DTLS:
	case QUIC: // format 0 is sorted, format 1 is what format 2 is for TLS
		groups, sorted = 3, false
	default:
		return nil, false
	}
	head := rest
	for range groups {
		g, ok := group(rest)
		if !ok {
			return nil, false
		}
		rest = rest[len(g):]
	}
	head = head[:len(head)-len(rest)]
	list, ok := group(rest)
	if !ok || len(list) != len(rest) || !c.split(list) {
		return nil, false
	}
	c.out = append(c.out[:0], t.String()...)
	c.out = append(c.out, '/', byte('0'+format), '/')
	c.out = append(c.out, head...)
	c.out = append(c.out, '[')
	if sorted {
		c.sorted()
	} else {
		c.registered()
	}
	c.out = append(c.out, ']')
	return c.out, len(c.out) <= MaxLen
}

// group returns the list or string that s begins with.
func group(s []byte) (g []byte, ok bool) {
	depth := 0
	for i, b := range s {
		switch b {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
			if depth == 0 {
				return s[:i+1], true
			}
		default:
			if depth == 0 {
				return nil, false
			}
		}
	}
	return nil, false
}

// split reads the extensions in a list.
func (c *Converter) split(list []byte) bool {
	c.elements = c.elements[:0]
	list = list[1 : len(list)-1]
	for len(list) > 0 {
		g, ok := group(list)
		if !ok {
			return false
		}
		code, ok := extensionCode(g)
		if !ok {
			return false
		}
		c.elements = append(c.elements, extension{code, g})
		list = list[len(g):]
	}
	return true
}

// extensionCode reads the type that an extension begins with; one with QUIC
// transport parameters has it in a string of its own.
func extensionCode(g []byte) (code uint16, ok bool) {
	digits := bytes.TrimLeft(g, "(")
	if len(digits) < 4 {
		return 0, false
	}
	for _, b := range digits[:4] {
		code <<= 4
		switch {
		case b >= '0' && b <= '9':
			code |= uint16(b - '0')
		case b >= 'a' && b <= 'f':
			code |= uint16(b - 'a' + 10)
		default:
			return 0, false
		}
	}
	return code, true
}

const greaseCode = 0x0a0a

// looksLikeGREASE is true for the code points that are reserved for GREASE
// (RFC 8701), and for others like them.
func looksLikeGREASE(code uint16) bool { return code&0x0f0f == 0x0a0a }

// sorted appends the extensions by type, then by length and value.
func (c *Converter) sorted() {
	for i := range c.elements {
		if e := &c.elements[i]; looksLikeGREASE(e.code) {
			e.code = greaseCode
		}
	}
	slices.SortStableFunc(c.elements, compareExtensions)
	for _, e := range c.elements {
		c.append(e, e.code)
	}
}

func compareExtensions(a, b extension) int {
	if a.code != b.code {
		return int(a.code) - int(b.code)
	}
	if len(a.text) != len(b.text) {
		return len(a.text) - len(b.text)
	}
	return bytes.Compare(a.text, b.text)
}

// maxRepeated is how many extensions of a type are kept.
const maxRepeated = 3

// registered appends the extensions that do not depend on the session, by
// type, with one type for all private ones and another for all that are not
// assigned, and no more than three of a type.
func (c *Converter) registered() {
	kept := c.elements[:0]
	for _, e := range c.elements {
		if code, ok := registeredCode(e.code); ok {
			e.code = code
			kept = append(kept, e)
		}
	}
	slices.SortStableFunc(kept, func(a, b extension) int { return int(a.code) - int(b.code) })
	for len(kept) > 0 {
		n := 1
		for n < len(kept) && kept[n].code == kept[0].code {
			n++
		}
		same := kept[:min(n, maxRepeated)]
		slices.SortStableFunc(same, compareExtensions)
		for _, e := range same {
			c.append(e, e.code)
		}
		kept = kept[n:]
	}
}

// registeredCode is the type that stands for another; ok is false where an
// extension depends on the session: padding, session_ticket, pre_shared_key,
// early_data.
func registeredCode(code uint16) (shown uint16, ok bool) {
	const (
		unassigned = 62
		private    = 0xff00
	)
	switch {
	case code == 21 || code == 35 || code == 41 || code == 42:
		return 0, false
	case looksLikeGREASE(code):
		return greaseCode, true
	case code <= unassigned:
		return code, true
	}
	switch code {
	case 0x3374, 0x5500, 0x754f, 0x7550, 0xfd00, 0xfe0d, 0xff01, 0xff03, 0xffa5, 0xffce:
		return code, true
	}
	if code < private {
		return unassigned, true
	}
	return private, true
}

// append writes an extension under a type that stands for its own.
func (c *Converter) append(e extension, code uint16) {
	const digits = "0123456789abcdef"
	at := bytes.IndexFunc(e.text, func(r rune) bool { return r != '(' })
	c.out = append(c.out, e.text[:at]...)
	c.out = append(c.out, digits[code>>12], digits[code>>8&15], digits[code>>4&15], digits[code&15])
	rest := e.text[at+4:]
	if at < 2 {
		c.out = append(c.out, rest...)
		return
	}
	c.appendParameters(rest)
}

// appendParameters writes what follows the type of QUIC transport parameters:
// their identifiers, sorted.
func (c *Converter) appendParameters(rest []byte) {
	if !bytes.HasPrefix(rest, []byte(")(")) {
		c.out = append(c.out, rest...)
		return
	}
	list := rest[2 : len(rest)-2]
	c.out = append(c.out, ")["...)
	var space [64][]byte
	ids := space[:0]
	for len(list) > 0 {
		g, ok := group(list)
		if !ok {
			break
		}
		ids = append(ids, g)
		list = list[len(g):]
	}
	slices.SortStableFunc(ids, bytes.Compare)
	for _, id := range ids {
		c.out = append(c.out, id...)
	}
	c.out = append(c.out, "])"...)
}
