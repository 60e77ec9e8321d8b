package imap

import (
	"iter"
	"unicode/utf8"

	"merctools/lib/internal/lenientbase64"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Responses are the lines of a server (RFC 3501, section 7).
type Responses struct {
	all          wire.Cursor
	continuation bool
}

// Parse implements proto.Message. The first line decides; a request for more
// data must be all there is.
func (m *Responses) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.all = c
	line := c.Line()
	if m.continuation = line.HasPrefix("+ "); m.continuation {
		line.Skip(len("+ "))
		return isReadable(line) && !c.More()
	}
	_, ok := parseResponse(line)
	return ok
}

// All yields the lines; there are none in a request for more data.
func (m *Responses) All() iter.Seq[Response] {
	return func(yield func(Response) bool) {
		for c := m.all; !m.continuation && c.More(); {
			if r, ok := parseResponse(c.Line()); ok && !yield(r) {
				return
			}
		}
	}
}

// Continuation returns the data of a request for more data (RFC 3501, section
// 7.5). ok is false where the lines are responses.
func (m *Responses) Continuation() (data wire.Cursor, ok bool) {
	if !m.continuation {
		return nil, false
	}
	c := m.all
	data = c.Line()
	data.Skip(len("+ "))
	return data, true
}

// maxChecked is how many bytes at the end of the data of a continuation
// request decide whether it is one.
const maxChecked = 30

// isReadable reports whether data ends in base64 or in UTF-8 without private
// characters, or is empty.
func isReadable(data wire.Cursor) bool {
	data.SkipUpTo(len(data) - maxChecked)
	var buf [maxChecked]byte // more than enough
	if len(lenientbase64.Decode(buf[:], data)) > 0 {
		return true
	}
	for data.More() {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 || isPrivate(r) {
			return false
		}
		data.Skip(size)
	}
	return true
}

// isPrivate reports whether a character is for private use.
func isPrivate(r rune) bool {
	return r >= 0xe000 && r <= 0xf8ff || r >= 0xf0000 && r <= 0xffffd || r >= 0x100000 && r <= 0x10fffd
}

// A Response is one line of a server: a tag or an asterisk, and what follows
// (RFC 3501, section 7).
type Response struct {
	Tag    wire.Cursor // "*" where the response is untagged
	Data   wire.Cursor // what follows the tag
	Status wire.Cursor // the first word of Data, such as "OK" or "CAPABILITY"; failed where it is the only one
	Text   wire.Cursor // what follows that word and a space
}

// parseResponse parses a line. A tagged one must have a status.
func parseResponse(line wire.Cursor) (r Response, ok bool) {
	r.Tag = upToSpace(&line)
	line.Accept(" ")
	r.Data = line
	r.Text = line
	r.Status = readToken(&r.Text)
	if r.Text.More() {
		r.Text.Skip(1)
	}
	return r, r.Tag.More() && r.Data.More() && (r.isUntagged() || r.hasStatus())
}

func (r *Response) isUntagged() bool { return string(r.Tag) == "*" }

func (r *Response) hasStatus() bool {
	return wire.EqualFold(r.Status, "ok") || wire.EqualFold(r.Status, "no") || wire.EqualFold(r.Status, "bad")
}

// WriteRecord implements proto.Message.
func (m *Responses) WriteRecord(w *record.Writer) {
	w.Key("imap").Object()
	w.Key("responses").Array()
	if data, ok := m.Continuation(); ok {
		w.Elem().Object()
		w.Key("type").Str("continuation")
		w.OptionalText("data", data)
		w.EndObject()
	}
	start := w.Len()
	for r := range m.All() {
		if w.Full(start) {
			break
		}
		w.Elem().Object()
		r.writeRecord(w)
		w.EndObject()
	}
	w.EndArray()
	w.EndObject()
}

func (r *Response) writeRecord(w *record.Writer) {
	untagged := r.isUntagged()
	w.Key("is_tagged").Bool(!untagged)
	switch {
	case !untagged:
		w.Key("tag").Text(r.Tag)
		w.Key("status").Text(r.Status)
		w.OptionalText("text", r.Text)
	case r.hasStatus():
		w.Key("type").Str("resp-cond-state")
		w.Key("status").Text(r.Status)
		w.OptionalText("text", r.Text)
	case wire.EqualFold(r.Status, "capability"):
		w.Key("type").Str("capability")
		w.OptionalText("data", r.Text)
	default:
		w.Key("type").Str("data")
		w.Key("data").Text(r.Data)
	}
}
