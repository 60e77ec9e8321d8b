package fdc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// A schema is a set of rules in CDDL (RFC 8610), as far as fdc.cddl uses it:
// choices, maps, arrays, occurrences, tags, ranges, enumerations and the
// predefined types below.
type schema map[string]*rule

// A rule is a type: one of a number of alternatives.
type rule struct{ choices []choice }

type choice struct {
	name    string   // of another rule, or of a predefined type
	literal any      // uint64 or string
	upTo    *uint64  // the end of a range that literal begins
	tag     uint64   // 0 where there is none
	content *rule    // of a tag
	group   []member // of a map or of an array
	kind    byte     // '{', '[', '&', or 0
}

type member struct {
	least, most int
	key         *rule // nil where there is none
	value       *rule
}

const unbounded = 1 << 30

// ReadSchema reads a file of rules.
func ReadSchema(t testing.TB, name string) schema {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p := parser{t: t, file: name, words: cddlWords(string(text))}
	s := schema{}
	for len(p.words) > 0 {
		name := p.next()
		p.expect("=")
		s[name] = p.rule()
	}
	var check func(r *rule)
	check = func(r *rule) {
		for _, c := range r.choices {
			if c.name != "" && s[c.name] == nil && !strings.Contains(" tstr bstr uint any ", " "+c.name+" ") {
				t.Fatalf("%s: no rule %s", name, c.name)
			}
			if c.content != nil {
				check(c.content)
			}
			for _, m := range c.group {
				check(m.value)
				if m.key != nil {
					check(m.key)
				}
			}
		}
	}
	for _, r := range s {
		check(r)
	}
	return s
}

// cddlWords splits text into names, numbers and signs.
func cddlWords(text string) (words []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
			n := strings.IndexFunc(line, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_#.", r) })
			switch {
			case strings.HasPrefix(line, "=>"):
				n = 2
			case n == 0:
				n = 1
			case n < 0:
				n = len(line)
			}
			words = append(words, line[:n])
			line = line[n:]
		}
	}
	return words
}

type parser struct {
	t     testing.TB
	file  string
	words []string
}

func (p *parser) peek(i int) string {
	if i < len(p.words) {
		return p.words[i]
	}
	return ""
}

func (p *parser) next() string {
	w := p.peek(0)
	if w == "" {
		p.t.Fatalf("%s: ends too early", p.file)
	}
	p.words = p.words[1:]
	return w
}

func (p *parser) expect(word string) {
	if w := p.next(); w != word {
		p.t.Fatalf("%s: %q where %q is expected, before %q", p.file, w, word, p.words[:min(5, len(p.words))])
	}
}

func (p *parser) rule() *rule {
	r := &rule{choices: []choice{p.choice()}}
	for p.peek(0) == "/" {
		p.next()
		r.choices = append(r.choices, p.choice())
	}
	return r
}

func (p *parser) choice() (c choice) {
	switch w := p.next(); {
	case w == "{":
		return choice{kind: '{', group: p.group("}")}
	case w == "[":
		return choice{kind: '[', group: p.group("]")}
	case w == "&":
		p.expect("(")
		return choice{kind: '&', group: p.group(")")}
	case strings.HasPrefix(w, "#6."):
		c.tag = p.number(w[3:])
		p.expect("(")
		c.content = p.rule()
		p.expect(")")
	case w[0] >= '0' && w[0] <= '9':
		from, to, isRange := strings.Cut(w, "..")
		c.literal = p.number(from)
		if isRange {
			end := p.number(to)
			c.upTo = &end
		}
	case w[0] >= 'a' && w[0] <= 'z':
		c.name = w
	default:
		p.t.Fatalf("%s: %q is no type", p.file, w)
	}
	return c
}

func (p *parser) number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		p.t.Fatalf("%s: %v", p.file, err)
	}
	return n
}

func (p *parser) group(end string) (list []member) {
	for p.peek(0) != end {
		m := member{least: 1, most: 1}
		switch p.peek(0) {
		case "?":
			m.least = 0
			p.next()
		case "*":
			m.least, m.most = 0, unbounded
			p.next()
		case "+":
			m.most = unbounded
			p.next()
		}
		if p.peek(1) == ":" { // a name, which is the key in maps
			name := p.next()
			p.next()
			m.key = &rule{choices: []choice{{literal: name}}}
			if name[0] >= '0' && name[0] <= '9' {
				m.key.choices[0].literal = p.number(name)
			}
			m.value = p.rule()
		} else if m.value = p.rule(); p.peek(0) == "=>" {
			p.next()
			m.key, m.value = m.value, p.rule()
		}
		list = append(list, m)
		if p.peek(0) == "," {
			p.next()
		}
	}
	p.next()
	return list
}

// Check reports why data is not what a rule says, or nil. The data is read by
// another implementation of CBOR.
func (s schema) Check(name string, data []byte) error {
	// Strings are as they came from the network.
	mode, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		return err
	}
	var v any
	if err := mode.Unmarshal(data, &v); err != nil {
		return err
	}
	r := s[name]
	if r == nil {
		return fmt.Errorf("no rule %s", name)
	}
	if !s.matches(r, v) {
		return fmt.Errorf("%v is no %s", v, name)
	}
	return nil
}

func (s schema) matches(r *rule, v any) bool {
	for _, c := range r.choices {
		if s.chooses(&c, v) {
			return true
		}
	}
	return false
}

func (s schema) chooses(c *choice, v any) bool {
	switch {
	case c.tag != 0:
		tag, ok := v.(cbor.Tag)
		return ok && tag.Number == c.tag && s.matches(c.content, tag.Content)
	case c.kind == '{':
		m, ok := v.(map[any]any)
		return ok && s.matchesMap(c.group, m)
	case c.kind == '[':
		list, ok := v.([]any)
		return ok && s.matchesArray(c.group, list)
	case c.kind == '&':
		for _, m := range c.group {
			if s.matches(m.value, v) {
				return true
			}
		}
		return false
	case c.upTo != nil:
		n, ok := v.(uint64)
		return ok && n >= c.literal.(uint64) && n <= *c.upTo
	case c.literal != nil:
		return v == c.literal
	}
	var ok bool
	switch c.name {
	case "tstr":
		_, ok = v.(string)
	case "bstr":
		_, ok = v.([]byte)
	case "uint":
		_, ok = v.(uint64)
	case "any":
		ok = true
	default:
		ok = s.matches(s[c.name], v)
	}
	return ok
}

// matchesMap gives each pair to the first member whose key it has.
func (s schema) matchesMap(group []member, m map[any]any) bool {
	seen := make([]int, len(group))
pairs:
	for k, v := range m {
		for i, g := range group {
			if s.matches(g.key, k) {
				if !s.matches(g.value, v) {
					return false
				}
				seen[i]++
				continue pairs
			}
		}
		return false
	}
	for i, g := range group {
		if seen[i] < g.least || seen[i] > g.most {
			return false
		}
	}
	return true
}

func (s schema) matchesArray(group []member, list []any) bool {
	for _, g := range group {
		n := 0
		for ; n < g.most && len(list) > 0 && s.matches(g.value, list[0]); n++ {
			list = list[1:]
		}
		if n < g.least {
			return false
		}
	}
	return len(list) == 0
}
