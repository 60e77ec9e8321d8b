package http

import (
	"bytes"
	"iter"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// maxBody is how many bytes of a body are written.
const maxBody = 512

// header is everything behind the first line of a message.
type header struct {
	rest wire.Cursor
	// lineEnd is what ended the first line. It goes as far as the next
	// letter, so that it has the empty line in it where there are no fields.
	lineEnd wire.Cursor
	shares  []wire.Cursor // what the fields add to the fingerprint
}

// parse takes what is left of a message after its first line. With deep set, that
// ends as RFC 9112, section 2.2, says: in CR LF, or in LF.
func (h *header) parse(c wire.Cursor, deep bool) {
	n := 0
	switch {
	case !deep:
		// Quirk Q56: it goes as far as the next letter.
		for n < len(c) && !wire.IsLetter(c[n]) {
			n++
		}
	case c.HasPrefix("\r\n"):
		n = 2
	case c.HasPrefix("\n"), c.HasPrefix("\r"):
		n = 1
	}
	h.lineEnd = c.UpTo(n)
	h.rest, h.shares = c, h.shares[:0]
}

// fields returns a reader of the header fields.
func (h *header) fields() fieldReader {
	e := h.lineEnd
	return fieldReader{data: h.rest, lineEnd: e, usual: string(e) == "\r\n" || string(e) == "\n"}
}

// A fieldReader reads header fields one after the other. A packet can have tens of
// thousands, so it only finds out where they are, and looks at no byte twice.
type fieldReader struct {
	data    wire.Cursor
	lineEnd wire.Cursor
	usual   bool // lineEnd is CR LF, or LF
	at      int  // of the next field; at the end, of the body
	// broken says that a field without a colon came, and that there is no body.
	broken bool
	tries  int // of finding a long lineEnd
}

// A span is where the parts of a field are.
type span struct{ start, colon, value, end int }

// A Field is a header field (RFC 9112, section 5).
type Field struct {
	Line  wire.Cursor // name, colon and value as they came
	Name  wire.Cursor // what is before the colon
	Value wire.Cursor // what is behind it, without leading blanks
	End   wire.Cursor // what ends the line
}

// next returns where the next field is, and false after the last one.
func (r *fieldReader) next() (s span, ok bool) {
	b, at := r.data, r.at
	s.start = at
	if at < len(b) && b[at] <= '\r' {
		if n := r.endOfLine(at); n > 0 {
			r.at += n
			return s, false
		}
	}
	near := min(len(b), at+32)
	for at < near && b[at] != ':' {
		at++
	}
	if at == near {
		i := bytes.IndexByte(b[at:], ':')
		if i < 0 {
			r.broken = true
			return s, false
		}
		at += i
	}
	s.colon = at
	at++
	for at < len(b) && (b[at] == ' ' || b[at] == '\t') {
		at++
	}
	s.value = at
	for at < len(b) && b[at] != '\r' && b[at] != '\n' {
		at++
	}
	s.end = at
	switch {
	case !r.usual:
		at += r.endOfLine(at)
	case at < len(b) && b[at] == '\n':
		at++
	case at+1 < len(b) && b[at+1] == '\n':
		at += 2
	}
	r.at = at
	return s, true
}

// field is the field that next found last.
func (r *fieldReader) field(s span) Field {
	return Field{
		Line:  r.data[s.start:s.end:s.end],
		Name:  r.data[s.start:s.colon:s.colon],
		Value: r.data[s.value:s.end:s.end],
		End:   r.data[s.end:r.at:r.at],
	}
}

func (r *fieldReader) name(s span) wire.Cursor  { return r.data[s.start:s.colon] }
func (r *fieldReader) value(s span) wire.Cursor { return r.data[s.value:s.end] }

// rest is what follows the fields that were read; it is nil where one has no
// colon.
func (r *fieldReader) rest() wire.Cursor {
	if r.broken {
		return nil
	}
	return r.data[r.at:]
}

// endOfLine is the length of what ends a line, if that comes at a place.
func (r *fieldReader) endOfLine(at int) int {
	b := r.data[at:]
	switch {
	case len(b) == 0 || b[0] != '\r' && b[0] != '\n': // one of which lineEnd begins with
		return 0
	case r.startsWithLineEnd(b):
		return len(r.lineEnd)
	case b[0] == '\n':
		return 1
	case len(b) > 1 && b[1] == '\n':
		return 2
	}
	return 0
}

const (
	longLineEnd = 16 // bytes that an end of a line seldom has
	mostTries   = 16
)

// startsWithLineEnd reports whether b begins with what ended the first line. Where
// that is long, and what begins like it comes again and again, it stops looking:
// the time would grow with the square of the length.
func (r *fieldReader) startsWithLineEnd(b wire.Cursor) bool {
	e := r.lineEnd
	if len(e) <= longLineEnd {
		return bytes.HasPrefix(b, e)
	}
	if len(b) < len(e) || !bytes.HasPrefix(b, e[:longLineEnd]) || r.tries == mostTries {
		return false
	}
	r.tries++
	return bytes.HasPrefix(b, e)
}

// upToLineEnd reads up to the next CR or LF, or to the end where there is
// none.
func upToLineEnd(c *wire.Cursor) wire.Cursor {
	i := 0
	for i < len(*c) && (*c)[i] != '\r' && (*c)[i] != '\n' {
		i++
	}
	return c.UpTo(i)
}

// all yields the fields.
func (h *header) all() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		r := h.fields()
		for s, ok := r.next(); ok && yield(r.field(s)); s, ok = r.next() {
		}
	}
}

// body is what follows the fields; it is nil where nothing does.
func (h *header) body() wire.Cursor {
	r := h.fields()
	for _, ok := r.next(); ok; _, ok = r.next() {
	}
	return r.rest()
}

// writeRecord writes fields and body, of a request or a response.
func (h *header) writeRecord(w *record.Writer, request bool) {
	r := h.fields()
	s, ok := r.next()
	if ok {
		start := w.Len()
		w.Key("headers").Array()
		for ; ok; s, ok = r.next() {
			if w.Full(start) {
				w.EndArray()
				return
			}
			w.Elem().Object()
			if name, value := r.name(s), r.value(s); w.Masks() {
				writeMasked(w, name, value)
			} else {
				w.OptionalText("name", name)
				w.OptionalText("value", value)
			}
			writeEnd(w, r.data[s.end:r.at])
			w.EndObject()
		}
		w.EndArray()
	}
	if body := r.rest(); body.More() {
		body.Truncate(maxBody)
		if w.Key("body"); request || mentionsSecret(body) {
			w.SecretHex(body)
		} else {
			w.Hex(body)
		}
	}
}

// writeEnd writes what ends a line, in its usual form without going over its bytes.
func writeEnd(w *record.Writer, end wire.Cursor) {
	switch string(end) {
	case "":
	case "\r\n":
		w.RawMember(endInCRLF)
	case "\n":
		w.RawMember(endInLF)
	default:
		w.Key("delimiter").Text(end)
	}
}

var (
	endInCRLF = []byte(`"delimiter":"\u000d\u000a"`)
	endInLF   = []byte(`"delimiter":"\u000a"`)
)
