package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"
)

// ErrNotObject is returned for text that does not begin with a JSON object.
var ErrNotObject = errors.New("not a JSON object")

// A Member is a member of a JSON object: views into its text.
type Member struct {
	Name  []byte // what stands between the quotes
	Value []byte // the value's text; a string with its quotes
	Start int    // offset of the name's first quote in the object's text
	End   int    // offset behind the value
}

// A Scanner goes through the members of a JSON object in place. It looks at
// no more of the values than where they end, so that not everything it takes
// is JSON, but all JSON is taken.
//
// Package fastjson, which selects records by their content, makes a tree of a
// text: it doesn't tell where in the text a member stands, as those need who
// change a line and leave the rest as it is, and gives up beyond 300 levels.
// It also takes half as long again for a record.
type Scanner struct {
	text []byte
	pos  int
	err  error
	more bool // a comma was read
}

// Scan begins to scan the object that text begins with. Space may come before
// it.
func Scan(text []byte) Scanner {
	i := skipSpace(text, 0)
	if i >= len(text) || text[i] != '{' {
		return Scanner{text: text, pos: i, err: ErrNotObject}
	}
	return Scanner{text: text, pos: i + 1}
}

// Next reads a member; it returns false at the end of the object and where it
// finds something that is not JSON.
func (s *Scanner) Next(m *Member) bool {
	if s.err != nil {
		return false
	}
	var at int
	if m.Name, at = s.name(); s.err != nil {
		return false
	}
	m.Start = s.pos
	if m.End = s.skip(at); s.err != nil {
		return false
	}
	m.Value = s.text[at:m.End]
	return true
}

// name reads the name of a member, whose first quote is at s.pos then, and
// returns where the value begins. It sets s.err at the end of the object.
func (s *Scanner) name() (name []byte, value int) {
	t := s.text
	i := skipSpace(t, s.pos)
	if i < len(t) && t[i] == '}' && !s.more {
		s.pos = i + 1
		s.err = errEnd
		return nil, 0
	}
	end, ok := skipString(t, i)
	if !ok {
		s.err = ErrNotObject
		return nil, 0
	}
	s.pos = i
	name = t[i+1 : end-1]
	if i = skipSpace(t, end); i >= len(t) || t[i] != ':' {
		s.err = ErrNotObject
		return nil, 0
	}
	return name, skipSpace(t, i+1)
}

// skip goes behind the member whose value begins at an offset, and returns
// where the value ends.
func (s *Scanner) skip(value int) (end int) {
	t := s.text
	end, ok := skipValue(t, value)
	if !ok {
		s.err = ErrNotObject
		return 0
	}
	i := skipSpace(t, end)
	switch {
	case i < len(t) && t[i] == ',':
		s.pos, s.more = i+1, true
	case i < len(t) && t[i] == '}':
		s.pos, s.more = i, false
	default:
		s.err = ErrNotObject
	}
	return end
}

// errEnd marks the end of an object.
var errEnd = errors.New("end of the object")

// Complete reports whether the whole object was read.
func (s *Scanner) Complete() bool { return s.err == errEnd }

// skipSpace returns the offset of the first character from i on that is no
// space. Mostly it is i: lines are written without any.
func skipSpace(t []byte, i int) int {
	if i < len(t) && t[i] > ' ' {
		return i
	}
	return skipSpaces(t, i)
}

func skipSpaces(t []byte, i int) int {
	for i < len(t) && (t[i] == ' ' || t[i] == '\t' || t[i] == '\r' || t[i] == '\n') {
		i++
	}
	return i
}

// skipString returns the offset behind the string that begins at i. Most are
// short: the first bytes are looked at by words, which takes less time than to
// call IndexByte.
func skipString(t []byte, i int) (end int, ok bool) {
	const few = 32
	if i >= len(t) || t[i] != '"' {
		return 0, false
	}
	i++
	for n := 0; n < few && len(t)-i >= 8; n += 8 {
		v := binary.LittleEndian.Uint64(t[i:]) ^ '"'*ones
		if found := (v - ones) &^ v & highs; found != 0 {
			i += bits.TrailingZeros64(found) / 8
			if t[i-1] != '\\' {
				return i + 1, true
			}
			break
		}
		i += 8
	}
	for {
		n := bytes.IndexByte(t[i:], '"')
		if n < 0 {
			return 0, false
		}
		i += n
		slashes := 0
		for t[i-1-slashes] == '\\' {
			slashes++
		}
		i++
		if slashes%2 == 0 {
			return i, true
		}
		// Where one quote is escaped, others are: IndexByte is for long ways.
		for near := min(i+2*few, len(t)); i < near; i++ {
			if len(t)-i >= 8 {
				v := binary.LittleEndian.Uint64(t[i:])
				quotes, slashes := zeros(v^'"'*ones), zeros(v^'\\'*ones)
				if slashes&(slashes<<8) == 0 { // none of them is escaped
					if quotes &^= slashes << 8; quotes != 0 {
						return i + bits.TrailingZeros64(quotes)/8 + 1, true
					}
					if i += 7; slashes>>63 != 0 {
						i++
					}
					continue
				}
			}
			switch t[i] {
			case '"':
				return i + 1, true
			case '\\':
				i++
			}
		}
		i = min(i, len(t))
	}
}

// zeros has the most significant bit of each byte of v that is 0.
func zeros(v uint64) uint64 { return ^((v&^highs + ^uint64(highs)) | v) & highs }

// skipValue returns the offset behind the value that begins at i.
func skipValue(t []byte, i int) (end int, ok bool) {
	if i >= len(t) {
		return 0, false
	}
	switch t[i] {
	case '"':
		return skipString(t, i)
	case '{', '[':
		depth := 0
		for i < len(t) {
			switch t[i] {
			case '"':
				if i, ok = skipString(t, i); !ok {
					return 0, false
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
				if depth == 0 {
					return i + 1, true
				}
			}
			i++
		}
		return 0, false
	}
	start := i
	for i < len(t) && (t[i] >= '0' && t[i] <= '9' || t[i] >= 'a' && t[i] <= 'z' || t[i] == '-' || t[i] == '+' || t[i] == '.' || t[i] == 'E') {
		i++
	}
	return i, i > start
}

// Value returns the value that text begins with; nil where it begins with none.
func Value(text []byte) []byte {
	end, ok := skipValue(text, 0)
	if !ok {
		return nil
	}
	return text[:end:end]
}

// Find returns the text of the value at a path of names below an object, or
// nil where there is none. Of objects on the way it looks at no more than what
// comes before the value.
func Find(object []byte, path ...string) []byte {
	if len(path) == 0 {
		return object
	}
	s := Scan(object)
	for depth := 0; s.err == nil; {
		name, at := s.name()
		if s.err != nil {
			break
		}
		if string(name) == path[depth] {
			if depth++; depth < len(path) {
				s = Scan(s.text[at:])
				continue
			}
			if end, ok := skipValue(s.text, at); ok {
				return s.text[at:end:end]
			}
			break
		}
		s.skip(at)
	}
	return nil
}

// Quoted returns what stands between the quotes of a string's text; it is nil
// for any other value.
func Quoted(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' {
		return nil
	}
	return value[1 : len(value)-1]
}

// AppendUnescaped appends the characters that escaped text stands for, in
// UTF-8.
func AppendUnescaped(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			var r rune
			r, s = unescapeRune(s)
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
}

// unescapeRune reads the digits of a \u escape, and the second one of a pair.
func unescapeRune(s []byte) (rune, []byte) {
	r, s := hex4(s)
	if r < 0xd800 || r > 0xdbff || !bytes.HasPrefix(s, []byte(`\u`)) {
		return r, s
	}
	low, rest := hex4(s[2:])
	if low < 0xdc00 || low > 0xdfff {
		return r, s
	}
	return 0x10000 + (r-0xd800)<<10 + (low - 0xdc00), rest
}

func hex4(s []byte) (rune, []byte) {
	n := min(4, len(s))
	var r rune
	for _, c := range s[:n] {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c >= 'a' && c <= 'f':
			r |= rune(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			r |= rune(c - 'A' + 10)
		}
	}
	return r, s[n:]
}
