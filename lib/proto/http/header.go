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
}

// parse takes what is left of a message after its first line.
func (h *header) parse(c wire.Cursor) {
	i := 0
	// Quirk Q56: it goes as far as the next letter.
	for i < len(c) && !isLetter(c[i]) {
		i++
	}
	h.lineEnd = c.UpTo(i)
	h.rest = c
}

// parseLines does what parse does, with a first line that ends as RFC 9112,
// section 2.2, says: in CR LF, or in LF.
func (h *header) parseLines(c wire.Cursor) {
	n := 0
	switch {
	case c.HasPrefix("\r\n"):
		n = 2
	case c.HasPrefix("\n"), c.HasPrefix("\r"):
		n = 1
	}
	h.lineEnd = c.UpTo(n)
	h.rest = c
}

func isLetter(b byte) bool {
	b |= 0x20
	return b >= 'a' && b <= 'z'
}

// fields returns a reader of the header fields.
func (h *header) fields() fieldReader { return fieldReader{rest: h.rest, lineEnd: h.lineEnd} }

// A fieldReader reads header fields one after the other.
type fieldReader struct {
	rest    wire.Cursor // at the end, the body, or failed where there is none
	lineEnd wire.Cursor
}

// A Field is a header field (RFC 9112, section 5).
type Field struct {
	Line  wire.Cursor // name, colon and value as they came
	Name  wire.Cursor // what is before the colon
	Value wire.Cursor // what is behind it, without leading blanks
	End   wire.Cursor // what ends the line
}

// next returns the next field, and false after the last one.
func (r *fieldReader) next() (f Field, ok bool) {
	if r.endOfLine().More() {
		return f, false
	}
	c := r.rest
	i := bytes.IndexByte(c, ':')
	if i < 0 {
		r.rest.Fail()
		return f, false
	}
	f.Name = c.UpTo(i)
	c.Skip(1)
	for b, _ := c.Peek(); b == ' ' || b == '\t'; b, _ = c.Peek() {
		c.Skip(1)
	}
	f.Value = upToLineEnd(&c)
	f.Line = r.rest[:len(r.rest)-len(c)]
	r.rest = c
	f.End = r.endOfLine()
	return f, true
}

// endOfLine reads what ends a line, if that comes next.
func (r *fieldReader) endOfLine() wire.Cursor {
	switch {
	case bytes.HasPrefix(r.rest, r.lineEnd):
		return r.rest.UpTo(len(r.lineEnd))
	case r.rest.HasPrefix("\r\n"):
		return r.rest.UpTo(2)
	case r.rest.HasPrefix("\n"):
		return r.rest.UpTo(1)
	}
	return nil
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

// word returns what is before the next space, up to which it reads. Where
// there is no space it returns all that is left, and reads nothing. It fails
// where nothing is left.
func word(c *wire.Cursor) wire.Cursor {
	if !c.More() {
		c.Fail()
		return nil
	}
	if i := bytes.IndexByte(*c, ' '); i >= 0 {
		return c.UpTo(i)
	}
	return *c
}

// all yields the fields.
func (h *header) all() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		r := h.fields()
		for f, ok := r.next(); ok && yield(f); f, ok = r.next() {
		}
	}
}

// body is what follows the fields; it is nil where nothing does.
func (h *header) body() wire.Cursor {
	r := h.fields()
	for _, ok := r.next(); ok; _, ok = r.next() {
	}
	return r.rest
}

// writeRecord writes fields and body, of a request or a response.
func (h *header) writeRecord(w *record.Writer, request bool) {
	r := h.fields()
	f, ok := r.next()
	if ok {
		start := w.Len()
		w.Key("headers").Array()
		for ; ok; f, ok = r.next() {
			if w.Full(start) {
				w.EndArray()
				return
			}
			w.Elem().Object()
			if w.Masks() {
				f.writeMasked(w)
			} else {
				text(w, "name", f.Name)
				text(w, "value", f.Value)
			}
			text(w, "delimiter", f.End)
			w.EndObject()
		}
		w.EndArray()
	}
	if r.rest.More() {
		body := r.rest
		body.Truncate(maxBody)
		if w.Key("body"); request || mentionsSecret(body) {
			w.SecretHex(body)
		} else {
			w.Hex(body)
		}
	}
}

// text writes a member, unless the value is empty.
func text(w *record.Writer, key string, v wire.Cursor) {
	if v.More() {
		w.Key(key).Text(v)
	}
}
