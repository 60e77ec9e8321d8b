package pcapfilter

import (
	"fmt"
	"slices"
)

// A parser reads tokens. The first error ends it.
type parser struct {
	expression string
	tokens     []token
	next       int
	depth      int
	last       qualifiers // of the identifier before, for "port 80 or 443"
	tags       bool       // it has "vlan" in it
	err        error
}

// maxLength bounds expressions, in bytes, and with that how deep the tree is that
// "and" and "or" make of them.
const maxLength = 1 << 16

// maxDepth bounds how deep parentheses, negations and indexes are nested. All of
// them go through term or operand, which count.
const maxDepth = 100

func parse(s string) (n node, hasTags bool, err error) {
	if len(s) > maxLength {
		return nil, false, fmt.Errorf("a filter of %d bytes: at most %d are read", len(s), maxLength)
	}
	tokens, err := scan(s)
	if err != nil {
		return nil, false, err
	}
	p := &parser{expression: s, tokens: tokens}
	if len(tokens) == 0 {
		return nil, false, fmt.Errorf("empty filter")
	}
	n = p.conditions()
	if t := p.peek(); p.err == nil && t.text != "" {
		p.fail("unexpected %q", t.text)
	}
	return n, p.tags, p.err
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		at := len(p.expression)
		if p.next < len(p.tokens) {
			at = p.tokens[p.next].at
		}
		p.err = fmt.Errorf("offset %d: %s", at, fmt.Sprintf(format, args...))
	}
	p.next = len(p.tokens)
}

// peek is the next token, an empty one at the end.
func (p *parser) peek() token {
	if p.next < len(p.tokens) {
		return p.tokens[p.next]
	}
	return token{}
}

// text is that of a token, empty behind the end.
func (p *parser) text(i int) string {
	if i < len(p.tokens) {
		return p.tokens[i].text
	}
	return ""
}

// accept passes over the next token if it is one of those.
func (p *parser) accept(texts ...string) bool {
	if t := p.peek(); t.text != "" && slices.Contains(texts, t.text) {
		p.next++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail("%q is missing", text)
	}
}

// conditions reads terms that "and" and "or" join, from left to right.
func (p *parser) conditions() node {
	n := p.term()
	for p.err == nil {
		switch {
		case p.accept("and", "&&"):
			n = and{n, p.term()}
		case p.accept("or", "||"):
			n = or{n, p.term()}
		default:
			return n
		}
	}
	return n
}

func (p *parser) term() node {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deep")
		return never{}
	}
	defer func() { p.depth-- }()
	if p.accept("not", "!") {
		return not{p.term()}
	}
	if p.isRelation() {
		return p.relation()
	}
	if p.accept("(") {
		n := p.conditions()
		p.expect(")")
		return n
	}
	return p.primitive()
}
