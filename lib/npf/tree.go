package npf

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// A Tree is a fingerprint that was read back from its text.
type Tree struct {
	Type   Type
	Format int
	Groups []Node // the outermost groups
	Word   string // in place of groups, such as "generic"
}

// A Node is a string of bytes, or a list. Empty ones look alike in the text.
type Node struct {
	Value  []byte // of a string
	List   []Node // of a list
	Sorted bool   // the list is in square brackets
}

// maxDepth is how many groups may be in one another.
const maxDepth = 8

// A SyntaxError says why text is not a fingerprint.
type SyntaxError struct {
	Offset int // in bytes, from 0
	Reason string
}

// Error names the offset and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not a fingerprint: offset %d: %s", e.Offset, e.Reason)
}

// Parse reads the text of a fingerprint, which may have no groups. The error is
// a *SyntaxError.
func Parse(fp string) (*Tree, error) {
	if len(fp) > MaxLen {
		return nil, &SyntaxError{MaxLen, fmt.Sprintf("longer than %d characters", MaxLen)}
	}
	name, rest, ok := strings.Cut(fp, "/")
	if !ok {
		return nil, &SyntaxError{0, "it has no type and slash, as in tls/"}
	}
	t := &Tree{Type: TypeByName([]byte(name))}
	if t.Type == None {
		return nil, &SyntaxError{0, fmt.Sprintf("unknown type %q", shorten(name))}
	}
	if number, groups, ok := strings.Cut(rest, "/"); ok {
		if len(number) != 1 || number[0] < '1' || number[0] > '9' {
			return nil, &SyntaxError{len(name) + 1, fmt.Sprintf("%q is not the number of a format", shorten(number))}
		}
		t.Format, rest = int(number[0]-'0'), groups
	}
	p := treeParser{text: fp, at: len(fp) - len(rest)}
	if isWord(rest) {
		t.Word = rest
		return t, nil
	}
	t.Groups = p.nodes(0)
	switch {
	case p.err != nil:
		return nil, p.err
	case p.at < len(fp):
		return nil, &SyntaxError{p.at, fmt.Sprintf("unexpected %q", fp[p.at])}
	}
	return t, nil
}

// shorten cuts text that is too long for a message.
func shorten(s string) string { return s[:min(len(s), 20)] }

func isWord(s string) bool {
	for _, c := range s {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

type treeParser struct {
	text string
	at   int
	err  error
}

// nodes reads groups, up to what is none.
func (p *treeParser) nodes(depth int) (list []Node) {
	for p.at < len(p.text) && (p.text[p.at] == '(' || p.text[p.at] == '[') {
		n := p.node(depth)
		if p.err != nil {
			return nil
		}
		list = append(list, n)
	}
	return list
}

// node reads a group.
func (p *treeParser) node(depth int) (n Node) {
	start := p.at
	if depth == maxDepth {
		p.fail(start, "too many groups in one another")
		return n
	}
	closing := byte(')')
	if p.text[start] == '[' {
		n.Sorted, closing = true, ']'
	}
	p.at++
	if n.List = p.nodes(depth + 1); p.err != nil {
		return n
	}
	if len(n.List) == 0 && !n.Sorted {
		n.Value = p.bytes()
	}
	switch {
	case p.err != nil:
	case p.at == len(p.text):
		p.fail(start, fmt.Sprintf("the %q here is not closed", p.text[start]))
	case p.text[p.at] != closing:
		p.fail(p.at, fmt.Sprintf("unexpected %q", p.text[p.at]))
	default:
		p.at++
	}
	return n
}

// bytes reads hexadecimal digits.
func (p *treeParser) bytes() []byte {
	start := p.at
	for p.at < len(p.text) && digit(p.text[p.at]) < 16 {
		p.at++
	}
	b, err := hex.DecodeString(p.text[start:p.at])
	if err != nil {
		p.fail(p.at, "an odd number of hexadecimal digits")
	}
	return b
}

func (p *treeParser) fail(offset int, reason string) {
	if p.err == nil {
		p.err = &SyntaxError{offset, reason}
	}
}
