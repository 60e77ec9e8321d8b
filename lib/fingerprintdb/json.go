package fingerprintdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"merctools/lib/record"
)

// A document is one line of JSON (RFC 8259) as a flat list of its values, in
// the order of the text. It is parsed strictly and at once, and its memory is
// used again for the next line, which is why a hostile line can cost little
// more than its length.
type document struct {
	text   []byte
	tokens []token
	spare  []byte // for strings that had to be unescaped
}

// A token is a value, or a member's name, which precedes the member's value.
type token struct {
	start, end uint32 // in the text, with quotes and brackets
	next       uint32 // index of the token after this one and all that it holds
}

// A node is the index of a token.
type node uint32

// root is the outermost value.
const root node = 0

// noNode is what member finds where there is no such member.
const noNode = node(1<<32 - 1)

const (
	maxNesting = 64      // deepest value in a line
	maxTokens  = 8 << 20 // most values in a line
	longLine   = 1 << 16 // bytes of text from which room for the values is counted
)

var (
	errNesting = errors.New("JSON nested too deeply")
	errTokens  = errors.New("too many JSON values in a line")
)

// parse replaces the document by line, which must not change while the
// document is in use.
func (d *document) parse(line []byte) error {
	d.text, d.tokens, d.spare = line, d.tokens[:0], d.spare[:0]
	if len(line) > longLine {
		// Growing by and by would leave several times as much behind.
		if n := min(countTokens(line), maxTokens+1); cap(d.tokens) < n {
			d.tokens = make([]token, 0, n)
		}
	}
	i, err := d.value(skipSpace(line, 0), 0)
	if err != nil {
		return err
	}
	if i = skipSpace(line, i); i != len(line) {
		return badJSON(i)
	}
	return nil
}

// countTokens is how many tokens a line has at most: a first value, one behind
// each comma, one in each object or array, and the members' names.
func countTokens(line []byte) int {
	n := 1
	for _, c := range []byte(",:[{") {
		n += bytes.Count(line, []byte{c})
	}
	return n
}

func badJSON(at int) error { return fmt.Errorf("not JSON (byte %d)", at+1) }

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// value reads one value that begins at i and returns where it ends.
func (d *document) value(i, depth int) (int, error) {
	if i >= len(d.text) {
		return i, badJSON(i)
	}
	if len(d.tokens) >= maxTokens {
		return i, errTokens
	}
	t := len(d.tokens)
	d.tokens = append(d.tokens, token{start: uint32(i)})
	var err error
	switch c := d.text[i]; c {
	case '{', '[':
		if depth >= maxNesting {
			return i, errNesting
		}
		i, err = d.container(i, depth, c)
	case '"':
		i, err = endOfString(d.text, i)
	case 't':
		i, err = d.literal(i, "true")
	case 'f':
		i, err = d.literal(i, "false")
	case 'n':
		i, err = d.literal(i, "null")
	default:
		i, err = endOfNumber(d.text, i)
	}
	d.tokens[t].end = uint32(i)
	d.tokens[t].next = uint32(len(d.tokens))
	return i, err
}

func (d *document) container(i, depth int, open byte) (int, error) {
	b := d.text
	end := open + 2 // both '{' and '[' are two before their counterparts
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == end {
		return i + 1, nil
	}
	for {
		var err error
		if open == '{' {
			if i >= len(b) || b[i] != '"' {
				return i, badJSON(i)
			}
			start := i
			if i, err = endOfString(b, i); err != nil {
				return i, err
			}
			d.tokens = append(d.tokens, token{uint32(start), uint32(i), uint32(len(d.tokens) + 1)})
			i = skipSpace(b, i)
			if i >= len(b) || b[i] != ':' {
				return i, badJSON(i)
			}
			i = skipSpace(b, i+1)
		}
		if i, err = d.value(i, depth+1); err != nil {
			return i, err
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return i, badJSON(i)
		}
		switch b[i] {
		case ',':
			i = skipSpace(b, i+1)
		case end:
			return i + 1, nil
		default:
			return i, badJSON(i)
		}
	}
}

func (d *document) literal(i int, s string) (int, error) {
	if len(d.text)-i < len(s) || string(d.text[i:i+len(s)]) != s {
		return i, badJSON(i)
	}
	return i + len(s), nil
}

// endOfString is given the index of a quote and returns the index after the
// quote that belongs to it.
func endOfString(b []byte, i int) (int, error) {
	for i++; ; i++ {
		i += plainLen(b[i:])
		if i >= len(b) {
			break
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\':
			i++
			if i >= len(b) {
				return i, badJSON(i)
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(b)-i <= 4 || !isHex(b[i+1:i+5]) {
					return i, badJSON(i)
				}
				i += 4
			default:
				return i, badJSON(i)
			}
		case c < 0x20:
			return i, badJSON(i)
		}
	}
	return i, badJSON(i)
}

// plainLen is a number of bytes at the start of s, a multiple of eight, that are
// no quotes, backslashes or control characters.
func plainLen(s []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		v := binary.LittleEndian.Uint64(s[n:])
		quote := v ^ '"'*ones
		backslash := v ^ '\\'*ones
		// Each term has the highest bit of a byte that is special, and maybe
		// that of the one behind it, but none where all are plain. Bytes that
		// have the bit themselves are plain.
		if ((v-0x20*ones)&^v|(quote-ones)&^quote|(backslash-ones)&^backslash)&highs != 0 {
			break
		}
	}
	return n
}

func isHex(digits []byte) bool {
	for _, c := range digits {
		if l := c | 0x20; !isDigit(c) && (l < 'a' || l > 'f') {
			return false
		}
	}
	return true
}

func endOfNumber(b []byte, i int) (int, error) {
	digits := func() bool {
		start := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	if !digits() || b[first] == '0' && i > first+1 {
		return i, badJSON(i)
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			return i, badJSON(i)
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return i, badJSON(i)
		}
	}
	return i, nil
}

func (d *document) raw(n node) []byte { t := d.tokens[n]; return d.text[t.start:t.end] }

func (d *document) kind(n node) byte {
	if n == noNode {
		return 0
	}
	return d.text[d.tokens[n].start]
}

func (d *document) isObject(n node) bool { return d.kind(n) == '{' }
func (d *document) isArray(n node) bool  { return d.kind(n) == '[' }
func (d *document) isString(n node) bool { return d.kind(n) == '"' }
func (d *document) isTrue(n node) bool   { return d.kind(n) == 't' }

// elements yields the elements of an array.
func (d *document) elements(n node) func(yield func(node) bool) {
	return func(yield func(node) bool) {
		end := node(d.tokens[n].next)
		for i := n + 1; i < end; i = node(d.tokens[i].next) {
			if !yield(i) {
				return
			}
		}
	}
}

// count is the number of an array's elements.
func (d *document) count(n node) int {
	c := 0
	for range d.elements(n) {
		c++
	}
	return c
}

// members yields the names and values of an object's members.
func (d *document) members(n node) func(yield func(name, value node) bool) {
	return func(yield func(name, value node) bool) {
		end := node(d.tokens[n].next)
		for i := n + 1; i < end; {
			if !yield(i, i+1) {
				return
			}
			i = node(d.tokens[i+1].next)
		}
	}
}

// member finds the first member of an object by its name.
func (d *document) member(n node, name string) node {
	if !d.isObject(n) {
		return noNode
	}
	mark := len(d.spare)
	for k, v := range d.members(n) {
		same := string(d.str(k)) == name
		d.spare = d.spare[:mark]
		if same {
			return v
		}
	}
	return noNode
}

// str is the content of a string. It stays valid until the next parse.
func (d *document) str(n node) []byte {
	s := d.raw(n)
	s = s[1 : len(s)-1]
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	start := len(d.spare)
	d.spare = record.AppendUnescaped(d.spare, s)
	return d.spare[start:]
}

// uint is the value of a number that is a non-negative integer below 2^64,
// written without fraction or exponent.
func (d *document) uint(n node) (uint64, bool) {
	if k := d.kind(n); k < '0' || k > '9' {
		return 0, false
	}
	v := uint64(0)
	for _, c := range d.raw(n) {
		if c < '0' || c > '9' || v > (1<<64-1)/10 {
			return 0, false
		}
		next := v*10 + uint64(c-'0')
		if next < v*10 {
			return 0, false
		}
		v = next
	}
	return v, true
}

// float is the value of a number.
func (d *document) float(n node) (float64, bool) {
	if k := d.kind(n); k != '-' && (k < '0' || k > '9') {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(d.raw(n)), 64)
	return v, err == nil
}

// share is the number of messages that a share of all of them stands for. It is
// 1 at least: a share is rounded.
func (d *document) share(n node, all uint64) (uint64, bool) {
	v, ok := d.float(n)
	if !ok || v < 0 || v > 1 {
		return 0, false
	}
	return max(uint64(v*float64(all)+0.5), 1), true
}
