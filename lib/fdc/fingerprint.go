package fdc

import (
	"bytes"

	"merctools/lib/npf"
)

// Tags (RFC 8949, section 3.4).
const (
	tagFingerprint = 0x4650 // "FP": the content is a fingerprint
	tagSorted      = 251    // the content is an array that was sorted
)

// Labels stand for fingerprints that have no content of their own.
const (
	labelRandomized = 1
	labelGeneric    = 2
)

var labels = [...]string{labelRandomized: "randomized", labelGeneric: "generic"}

// A shape says what a fingerprint consists of: so many strings, and a list.
type shape struct {
	strings int
	list    list
}

type list uint8

const (
	noList list = iota
	plainList
	sortedList
)

// shapeOf returns the shape of fingerprints of a type and a format; ok is false
// where objects have none of them.
func shapeOf(t npf.Type, format int) (s shape, ok bool) {
	switch {
	case (t == npf.TLS || t == npf.DTLS) && format == 1:
		return shape{2, sortedList}, true
	case t == npf.STUN:
		return shape{3, plainList}, format == 1
	case format != 0:
		return shape{}, false
	}
	switch t {
	case npf.TLS, npf.DTLS, npf.TLSServer, npf.DTLSServer, npf.HTTP:
		return shape{2, plainList}, true
	case npf.HTTPServer:
		return shape{3, plainList}, true
	case npf.QUIC:
		return shape{3, sortedList}, true
	case npf.SSH, npf.SSHServer:
		return shape{10, noList}, true
	}
	return shape{}, false
}

// HasFingerprint reports whether objects have fingerprints of a type.
func HasFingerprint(t npf.Type) bool {
	switch t {
	case npf.TLS, npf.TLSServer, npf.HTTP, npf.HTTPServer, npf.SSH, npf.SSHServer, npf.DTLS, npf.DTLSServer,
		npf.QUIC, npf.Tofsee, npf.STUN:
		return true
	}
	return false
}

// Fingerprint writes a fingerprint, given as text: a map from its type to a map
// from its format to what it consists of. The inner map is empty where objects
// don't have the format. Fingerprint writes nothing, and returns false, where
// they don't have the type, or the text is no fingerprint.
func (w *Writer) Fingerprint(text []byte) bool {
	start := w.Len()
	t, format, body := split(text)
	if !HasFingerprint(t) {
		return false
	}
	w.Map()
	w.Uint(uint64(t))
	w.Map()
	s, known := shapeOf(t, format)
	switch label := labelOf(body); {
	case t == npf.Tofsee:
		w.Uint(uint64(format))
		w.Uint(labelGeneric)
		// Quirk Q138: one of the two maps is not closed.
		w.End()
		return true
	case !known:
	case label != 0:
		w.Uint(uint64(format))
		w.Uint(label)
	default:
		w.Uint(uint64(format))
		e := encoder{w: w, text: body}
		w.Array()
		for range s.strings {
			e.string()
		}
		switch s.list {
		case plainList:
			e.list('(', ')')
		case sortedList:
			e.list('[', ']')
		}
		w.End()
		if e.bad || len(e.text) > 0 {
			w.Reset(start)
			return false
		}
	}
	w.End()
	w.End()
	return true
}

// split cuts the text of a fingerprint into its type, its format, which is one
// digit, and the rest.
func split(text []byte) (t npf.Type, format int, body []byte) {
	name, body, _ := bytes.Cut(text, []byte{'/'})
	if len(body) > 1 && body[0] >= '1' && body[0] <= '9' && body[1] == '/' {
		format, body = int(body[0]-'0'), body[2:]
	}
	return npf.TypeByName(name), format, body
}

func labelOf(body []byte) uint64 {
	for i, text := range labels {
		if text != "" && string(body) == text {
			return uint64(i)
		}
	}
	return 0
}

// An encoder turns the text of a fingerprint into CBOR.
type encoder struct {
	w     *Writer
	text  []byte // what is left of it
	depth int
	bad   bool // it is no fingerprint
}

// maxDepth is how deep lists of fingerprints, and items of objects, may be in
// each other.
const maxDepth = 16

func (e *encoder) accept(c byte) bool {
	if len(e.text) == 0 || e.text[0] != c {
		e.bad = true
		return false
	}
	e.text = e.text[1:]
	return true
}

// string encodes bytes in parentheses.
func (e *encoder) string() {
	if !e.accept('(') {
		return
	}
	n := bytes.IndexByte(e.text, ')')
	if n < 0 || n%2 != 0 {
		e.bad = true
		return
	}
	e.w.head(majorBytes, uint64(n/2))
	for i := 0; i < n; i += 2 {
		high, low := digit(e.text[i]), digit(e.text[i+1])
		if high|low > 15 {
			e.bad = true
			return
		}
		e.w.buf = append(e.w.buf, high<<4|low)
	}
	e.text = e.text[n+1:]
}

// digit is the value of a hexadecimal digit, or more than 15.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// list encodes a list, which is sorted where it is in brackets.
func (e *encoder) list(open, end byte) {
	if e.depth++; e.depth > maxDepth {
		e.bad = true
	}
	if !e.accept(open) || e.bad {
		return
	}
	if open == '[' {
		e.w.Tag(tagSorted)
	}
	e.w.Array()
	for !e.bad && len(e.text) > 0 && e.text[0] != end {
		switch {
		case e.text[0] == '[':
			e.list('[', ']')
		case len(e.text) > 1 && (e.text[1] == '(' || e.text[1] == '['):
			e.list('(', ')')
		default:
			e.string()
		}
	}
	e.accept(end)
	e.w.End()
	e.depth--
}
