package imap

import (
	"math"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// A literal is a string with its length before it (RFC 3501, section 4.3; RFC
// 7888). The data of one that is synchronizing comes later.
type literal struct {
	size          uint32
	synchronizing bool
	data          wire.Cursor
}

// readLiteral reads a literal; c fails where there is none.
func readLiteral(c *wire.Cursor) (l literal) {
	c.Accept("{")
	l.size = c.Decimal(math.MaxUint32)
	if !c.HasPrefix("+") {
		l.synchronizing = true
		c.Accept("}")
		return l
	}
	c.Accept("+}\r\n")
	if uint64(l.size) > uint64(c.Len()) {
		c.Fail()
	}
	l.data = c.Bytes(int(l.size))
	return l
}

func (l *literal) writeRecord(w *record.Writer, key string) {
	l.open(w, key)
	w.OptionalText("data", l.data)
	w.EndObject()
}

// writeSecret does what writeRecord does, for a password.
func (l *literal) writeSecret(w *record.Writer, key string) {
	l.open(w, key)
	secret(w, "data", l.data)
	w.EndObject()
}

// open begins the object and writes what it says of the data.
func (l *literal) open(w *record.Writer, key string) {
	w.Key(key).Object()
	// The size is a signed number of 32 bits, widened as such.
	// Quirk Q61: a signed number, widened.
	w.Key("size").Uint(uint64(int32(l.size)))
	w.Key("synchronizing").Bool(l.synchronizing)
}

// readRequest reads what a client sends at a time, to the CR LF that ends it:
// those in literals do not.
func readRequest(c *wire.Cursor) wire.Cursor {
	all := *c
	for at := 0; at < len(all); at++ {
		if all[at] == '{' {
			behind := all[at:]
			if l := readLiteral(&behind); behind.Ok() {
				at = len(all) - len(behind)
				if !l.synchronizing {
					at--
					continue
				}
				if !behind.HasPrefix("\r\n") {
					break
				}
			}
		}
		if at+1 < len(all) && all[at] == '\r' && all[at+1] == '\n' {
			return c.UpTo(at + 2)
		}
	}
	c.Fail()
	return nil
}

// readAtom reads an atom: at least one character that is none of the specials
// (RFC 3501, section 9).
func readAtom(c *wire.Cursor) wire.Cursor {
	n := 0
	for n < len(*c) && isAtom((*c)[n]) {
		n++
	}
	if n == 0 {
		c.Fail()
	}
	return c.UpTo(n)
}

func isAtom(b byte) bool {
	switch b {
	case '(', ')', '{', ' ', '%', '*', '"', '\\', ']':
		return false
	}
	return b >= 0x20 && b < 0x7f
}

// readToken reads up to a space or a CR, of which one must be there, with
// something before it.
func readToken(c *wire.Cursor) wire.Cursor {
	n := 0
	for n < len(*c) && (*c)[n] != ' ' && (*c)[n] != '\r' {
		n++
	}
	if n == 0 || n == len(*c) {
		c.Fail()
		return nil
	}
	return c.UpTo(n)
}

// readQuoted reads a quoted string, and returns it with its quotes.
func readQuoted(c *wire.Cursor) wire.Cursor {
	n := 1
	for ; n < len(*c); n++ {
		switch b := (*c)[n]; {
		case b == '"':
			return c.UpTo(n + 1)
		case b == '\\' && n+1 < len(*c):
			n++
		}
	}
	c.Fail()
	return nil
}

// upToSpace reads what is before the next space; c fails where there is none.
func upToSpace(c *wire.Cursor) wire.Cursor {
	s := c.Until(' ')
	if !c.More() {
		c.Fail()
		return nil
	}
	return s
}

// maxWord is the length of the longest word that is known.
const maxWord = len("scram-sha-256")

// lower writes a word in lower case into buf. A word that is too long to be
// known becomes the empty one.
func lower(buf *[maxWord]byte, s []byte) []byte {
	if len(s) > maxWord {
		return nil
	}
	for i, b := range s {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		buf[i] = b
	}
	return buf[:len(s)]
}

// is reports whether s is a word, given in lower case, in whatever case.
func is(s []byte, word string) bool {
	var buf [maxWord]byte
	return string(lower(&buf, s)) == word
}

// secret is text for a password, or what else proves who a client is.
func secret(w *record.Writer, key string, v wire.Cursor) {
	if v.More() {
		w.Key(key).SecretText(v)
	}
}
