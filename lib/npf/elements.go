package npf

import (
	"bytes"
	"errors"
	"strings"
)

// An Element is a part of a fingerprint: an extension, a cipher suite, a
// header, the name of an algorithm. Text is as it is written in the
// fingerprint; Group is which of the outermost groups it is in, from 0.
// Elements of different groups are never equal.
type Element struct {
	Group int
	Text  string
}

// ErrFingerprint is returned for text that is not a fingerprint.
var ErrFingerprint = errors.New("not a fingerprint: a type, a slash, and groups in parentheses")

// Elements returns the type, the format, and the elements of a fingerprint.
func Elements(fp string) (t Type, format int, elements []Element, err error) {
	name, rest, ok := strings.Cut(fp, "/")
	t = TypeByName([]byte(name))
	if !ok || t == None || len(fp) > MaxLen {
		return None, 0, nil, ErrFingerprint
	}
	if number, groups, ok := strings.Cut(rest, "/"); ok && len(number) == 1 && number[0] >= '1' && number[0] <= '9' {
		format, rest = int(number[0]-'0'), groups
	}
	if rest == "" {
		return None, 0, nil, ErrFingerprint
	}
	if rest[0] != '(' {
		return t, format, []Element{{0, rest}}, nil // a word, such as randomized
	}
	s := splitter{typ: t}
	if !s.groups(rest) {
		return None, 0, nil, ErrFingerprint
	}
	return t, format, s.elements, nil
}

type splitter struct {
	typ      Type
	elements []Element
}

// groups goes through the outermost groups. Parentheses must be balanced.
func (s *splitter) groups(text string) bool {
	var open []byte // what closes the groups that are open
	group, start := -1, 0
	for i := range len(text) {
		switch c := text[i]; c {
		case '(', '[':
			if len(open) == 0 {
				group++
			}
			if c == '(' {
				open = append(open, ')')
			} else {
				open = append(open, ']')
			}
			start = i + 1
		case ')', ']':
			if len(open) == 0 || open[len(open)-1] != c {
				return false
			}
			open = open[:len(open)-1]
			if inner := text[start:i]; c == ')' && text[start-1] == '(' && !strings.ContainsAny(inner, "()[]") {
				s.leaf(group, inner, len(open) == 0)
			}
			start = i + 1
		default:
			if len(open) == 0 {
				return false
			}
		}
	}
	return len(open) == 0
}

// suites is which of the outermost groups is the list of cipher suites; -1 for
// fingerprints without one.
func suites(t Type) int {
	switch t {
	case TLS, DTLS:
		return 1 // behind the version
	case QUIC:
		return 2
	case OpenVPN:
		return 5
	}
	return -1
}

// leaf adds a string without others in it, given in hexadecimal. Lists that
// are a single string, as in the messages, are split.
func (s *splitter) leaf(group int, text string, outermost bool) {
	const code = 4 // digits of a cipher suite
	switch s.typ {
	case TLS, DTLS, QUIC, OpenVPN:
		if outermost && group == suites(s.typ) && len(text) > code {
			for ; len(text) > code; text = text[code:] {
				s.add(group, text[:code])
			}
		}
	case SSH, SSHKex, SSHServer, SSHKexServer:
		for {
			i := comma(text)
			if i < 0 {
				break
			}
			s.add(group, text[:i])
			text = text[i+2:]
		}
	}
	s.add(group, text)
}

// comma is the offset of the first byte in hexadecimal text that is a comma.
func comma(text string) int {
	for i := 0; i+2 <= len(text); i += 2 {
		if text[i] == '2' && text[i+1] == 'c' {
			return i
		}
	}
	return -1
}

func (s *splitter) add(group int, text string) {
	s.elements = append(s.elements, Element{group, text})
}

// Readable is an element's text for people: its characters if all bytes are
// printable and there are at least four, else the hexadecimal digits.
func (e Element) Readable() string {
	const enough = 4
	var b bytes.Buffer
	for i := 0; i+2 <= len(e.Text); i += 2 {
		hi, lo := digit(e.Text[i]), digit(e.Text[i+1])
		c := hi<<4 | lo
		if hi > 15 || lo > 15 || c < 0x20 || c > 0x7e {
			return e.Text
		}
		b.WriteByte(c)
	}
	if b.Len() < enough {
		return e.Text
	}
	return b.String()
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}
