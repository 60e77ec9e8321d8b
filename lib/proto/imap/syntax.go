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
	l.data = c.Bytes(int(l.size))
	return l
}

// readRequest reads what a client sends at a time, to the CR LF that ends it:
// those in literals do not.
func readRequest(c *wire.Cursor) wire.Cursor {
	all := *c
	for at := 0; at < len(all); at++ {
		if all[at] == '{' && at+1 < len(all) && wire.IsDigit(all[at+1]) {
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
	s := c.While(isAtom)
	if !s.More() {
		c.Fail()
	}
	return s
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
	s := c.While(func(b byte) bool { return b != ' ' && b != '\r' })
	if !s.More() || !c.More() {
		c.Fail()
		return nil
	}
	return s
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

// secret writes what proves who a client is, such as a password, unless it is
// empty.
func secret(w *record.Writer, key string, s []byte) {
	if len(s) > 0 {
		w.Key(key).SecretText(s)
	}
}
