package imap

import (
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

// A response is one line: a tag or an asterisk, and what follows.
type response struct {
	tag, data wire.Cursor
	first     wire.Cursor // the first word of data; failed where it is the only one
	rest      wire.Cursor // what follows the first word and a space
}

// parseResponse parses a line. A tagged one must have a status.
func parseResponse(line wire.Cursor) (r response, ok bool) {
	r.tag = upToSpace(&line)
	line.Accept(" ")
	r.data = line
	r.rest = line
	r.first = readToken(&r.rest)
	if r.rest.More() {
		r.rest.Skip(1)
	}
	return r, r.tag.More() && r.data.More() && (r.isUntagged() || r.hasStatus())
}

func (r *response) isUntagged() bool { return string(r.tag) == "*" }

func (r *response) hasStatus() bool {
	return is(r.first, "ok") || is(r.first, "no") || is(r.first, "bad")
}

// WriteRecord implements proto.Message.
func (m *Responses) WriteRecord(w *record.Writer) {
	w.Key("imap").Object()
	w.Key("responses").Array()
	c := m.all
	if m.continuation {
		data := c.Line()
		data.Skip(len("+ "))
		w.Elem().Object()
		w.Key("type").Str("continuation")
		text(w, "data", data)
		w.EndObject()
	}
	for !m.continuation && c.More() {
		if r, ok := parseResponse(c.Line()); ok {
			w.Elem().Object()
			r.writeRecord(w)
			w.EndObject()
		}
	}
	w.EndArray()
	w.EndObject()
}

func (r *response) writeRecord(w *record.Writer) {
	untagged := r.isUntagged()
	w.Key("is_tagged").Bool(!untagged)
	switch {
	case !untagged:
		w.Key("tag").Text(r.tag)
		w.Key("status").Text(r.first)
		text(w, "text", r.rest)
	case r.hasStatus():
		w.Key("type").Str("resp-cond-state")
		w.Key("status").Text(r.first)
		text(w, "text", r.rest)
	case is(r.first, "capability"):
		w.Key("type").Str("capability")
		text(w, "data", r.rest)
	default:
		w.Key("type").Str("data")
		w.Key("data").Text(r.data)
	}
}
