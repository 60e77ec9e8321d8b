package bittorrent

import (
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// An LSD is an announcement of local service discovery (BEP 14), which has
// the form of an HTTP request.
type LSD struct {
	features bool

	Version wire.Cursor // such as "HTTP/1.1"
	headers wire.Cursor
}

// Parse implements proto.Message. All headers must be well-formed.
func (m *LSD) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Accept("BT-SEARCH")
	skipSpace(&c)
	c.Accept("*")
	skipSpace(&c)
	m.Version = readVersion(&c)
	c.Accept("\r\n")
	m.headers = c
	for c.More() && !c.HasPrefix("\r\n") {
		readHeader(&c)
	}
	m.headers.Truncate(len(m.headers) - len(c))
	return c.Ok()
}

// Headers yields the headers: the name, with the colon behind it, and the
// value.
func (m *LSD) Headers() iter.Seq2[wire.Cursor, wire.Cursor] {
	return func(yield func(name, value wire.Cursor) bool) {
		for c := m.headers; c.More(); {
			if !yield(readHeader(&c)) {
				return
			}
		}
	}
}

// skipSpace passes over one space or tab.
func skipSpace(c *wire.Cursor) {
	if b := c.Uint8(); b != ' ' && b != '\t' {
		c.Fail()
	}
}

// readVersion reads the version of an HTTP message (RFC 9112, section 2.3).
func readVersion(c *wire.Cursor) wire.Cursor {
	v := c.Bytes(len("HTTP/1.1"))
	rest := v
	rest.Accept("HTTP/")
	major := rest.Uint8()
	rest.Accept(".")
	minor := rest.Uint8()
	if rest.Failed() || !wire.IsDigit(major) || !wire.IsDigit(minor) {
		c.Fail()
		return nil
	}
	return v
}

// readHeader reads one line of the headers; its name has the colon with it.
func readHeader(c *wire.Cursor) (name, value wire.Cursor) {
	name = readClass(c, isToken)
	skipSpace(c)
	value = readClass(c, isText)
	c.Accept("\r\n")
	return name, value
}

// readClass reads one or more bytes of a class.
func readClass(c *wire.Cursor, class func(uint8) bool) wire.Cursor {
	s := c.While(class)
	if !s.More() {
		c.Fail()
	}
	return s
}

// isToken reports whether a byte may stand in a name: the tokens of RFC 2616,
// section 2.2, and the colon.
func isToken(b uint8) bool {
	if b <= ' ' || b > '~' {
		return false
	}
	switch b {
	case '(', ')', '<', '>', '@', ',', ';', '\\', '"', '/', '[', ']', '?', '=', '{', '}':
		return false
	}
	return true
}

func isText(b uint8) bool { return b >= ' ' && b <= '~' || b == '\t' }

// WriteRecord implements proto.Message.
func (m *LSD) WriteRecord(w *record.Writer) {
	w.Key("bittorrent_lsd").Object()
	w.Key("version").Text(m.Version)
	if m.headers.More() {
		w.Key("headers").Array()
		start := w.Len()
		for name, value := range m.Headers() {
			if w.Full(start) {
				break
			}
			w.Elem().Object()
			w.Key("key").Text(name)
			w.Key("value").Text(value)
			w.EndObject()
		}
		w.EndArray()
	}
	if m.features {
		m.writeFeatures(w)
	}
	w.EndObject()
}

func (m *LSD) writeFeatures(w *record.Writer) {
	w.Key("features")
	f := w.Features(record.MaxFeatures)
	f.Open()
	f.Hex(m.Version)
	f.Comma() // also where there are no headers
	if m.headers.More() {
		f.Open()
		for name, value := range m.Headers() {
			f.Open()
			f.Hex(name)
			f.Hex(value)
			f.Close()
		}
		f.Close()
	}
	f.Close()
	f.End()
}
