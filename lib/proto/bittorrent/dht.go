package bittorrent

import (
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A DHT is a message of the distributed hash table (BEP 5): a dictionary in
// bencoding (BEP 3).
type DHT struct {
	features bool

	Dict wire.Cursor // what follows the dictionary's first letter; see All
}

// Parse implements proto.Message. What is wrong inside the dictionary ends
// the record, not the message.
func (m *DHT) Parse(c wire.Cursor, _ *proto.Packet) bool {
	c.Accept("d")
	m.Dict = c
	return c.Ok()
}

// All yields the members of the dictionary, as far as they are whole: the key,
// and the value as it is encoded.
func (m *DHT) All() iter.Seq2[wire.Cursor, wire.Cursor] {
	return func(yield func(key, value wire.Cursor) bool) {
		for c := m.Dict; c.More() && !c.HasPrefix("e"); {
			key := readString(&c)
			value := c
			skipValue(&c)
			if c.Failed() || !yield(key, value[:len(value)-len(c)]) {
				return
			}
		}
	}
}

// skipValue passes over a value, whatever is nested in it.
func skipValue(c *wire.Cursor) {
	for depth := 0; ; {
		switch first, _ := c.Peek(); {
		case first == 'd' || first == 'l':
			c.Skip(1)
			depth++
		case first == 'e' && depth > 0:
			c.Skip(1)
			depth--
		case first == 'i':
			readInteger(c)
		case wire.IsDigit(first):
			readString(c)
		default:
			c.Fail()
		}
		if depth == 0 || c.Failed() {
			return
		}
	}
}

// WriteRecord implements proto.Message.
func (m *DHT) WriteRecord(w *record.Writer) {
	w.Key("bittorrent_dht").Object()
	c := m.Dict
	writeList(w, &c, true, 1, w.Len()+w.Bound())
	if m.features {
		w.Key("features")
		f := w.Features(record.MaxFeatures)
		c := m.Dict
		writeListFeatures(&f, &c, true)
		f.End()
	}
	w.EndObject()
}

const (
	maxDepth  = 10  // lists and dictionaries inside each other
	maxString = 256 // bytes in a string
)

// readString reads a string: its length in decimal, a colon, its bytes.
func readString(c *wire.Cursor) wire.Cursor {
	n := 0
	for c.More() {
		b := c.Uint8()
		if b == ':' {
			break
		}
		if n = 10*n + int(b) - '0'; !wire.IsDigit(b) || n > maxString {
			c.Fail()
		}
	}
	return c.Bytes(n)
}

// readInteger reads an integer, which has no sign. Where its end is missing
// c has failed.
func readInteger(c *wire.Cursor) wire.Cursor {
	c.Accept("i")
	digits := readClass(c, wire.IsDigit)
	c.Accept("e")
	return digits
}

// atEnd passes over the letter that ends a list or dictionary, if it comes
// next, and reports whether it did.
func atEnd(c *wire.Cursor) bool {
	if !c.HasPrefix("e") {
		return false
	}
	c.Skip(1)
	return true
}

// writeList writes the elements of a list, or the members of a dictionary, of
// which c is behind the first letter. It gives up at limit: lists that are
// nested too deep write the rest of the message again and again.
func writeList(w *record.Writer, c *wire.Cursor, dict bool, depth, limit int) {
	if c.Failed() || atEnd(c) {
		return
	}
	w.Key("attributes").Array()
	for c.More() {
		w.Elem().Object()
		if dict {
			w.OptionalText("key", readString(c))
		}
		if depth > maxDepth {
			w.Key("unparsed_value_hex").Hex(*c)
			w.EndObject()
			switch {
			case w.Len() > limit:
				c.Fail()
			case dict:
				c.Rest()
			}
			break
		}
		writeValue(w, c, depth+1, limit)
		w.EndObject()
		if atEnd(c) {
			break
		}
	}
	w.EndArray()
}

func writeValue(w *record.Writer, c *wire.Cursor, depth, limit int) {
	first, ok := c.Peek()
	switch {
	case !ok:
	case first == 'i':
		if digits := readInteger(c); c.Ok() {
			w.Key("value").Text(digits)
		}
	case wire.IsDigit(first):
		s := readString(c)
		switch {
		case !s.More():
		case isPrintable(s):
			w.Key("value").Text(s)
		default:
			w.Key("value_hex").Hex(s)
		}
	case first == 'd' || first == 'l':
		c.Skip(1)
		writeList(w, c, first == 'd', depth, limit)
	default:
		c.Fail()
	}
}

// isPrintable reports whether s is ASCII without control characters below the
// space.
func isPrintable(s wire.Cursor) bool {
	for _, b := range s {
		if b < ' ' || b > 0x7f {
			return false
		}
	}
	return true
}

// writeListFeatures writes what writeList does as features. An empty list or
// dictionary is nothing between two commas, and what ends it is taken for the
// end of the one around it.
func writeListFeatures(f *record.Features, c *wire.Cursor, dict bool) {
	// Quirk Q105: its end is not read.
	if c.Failed() || c.HasPrefix("e") {
		return
	}
	f.Open()
	for first := true; c.More() && f.Fit(); first = false {
		if !first {
			f.Comma()
		}
		if dict {
			f.Open()
			f.Hex(readString(c))
			f.Comma()
		}
		writeValueFeatures(f, c)
		if dict {
			f.Close()
		}
		if atEnd(c) {
			break
		}
	}
	f.Close()
}

func writeValueFeatures(f *record.Features, c *wire.Cursor) {
	first, ok := c.Peek()
	switch {
	case !ok:
	case first == 'i':
		f.Hex(readInteger(c))
	case wire.IsDigit(first):
		f.Hex(readString(c))
	case first == 'd' || first == 'l':
		c.Skip(1)
		writeListFeatures(f, c, first == 'd')
	default:
		c.Fail()
	}
}
