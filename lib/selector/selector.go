// Package selector tells which selectors a record belongs to, by the members
// that it has.
package selector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"merctools/lib/proto"
	"merctools/lib/proto/registry"
)

// A Filter keeps the records of a selection. It must not be used by more than
// one goroutine at a time.
type Filter struct {
	all    bool
	rules  []rule
	parser fastjson.Parser
}

type rule struct {
	with    []string
	value   string
	without [][]string
}

// New returns a Filter for a selection.
func New(s proto.Selection) *Filter {
	f := &Filter{all: s["all"] && !s["none"]}
	for _, p := range registry.All {
		for _, name := range selectors(p) {
			if s.Has(name) {
				f.rules = append(f.rules, rules(p, name)...)
			}
		}
	}
	return f
}

// selectors are the names by which a protocol or a part of it is selected.
func selectors(p *proto.Protocol) []string {
	var names []string
	for i := range p.Messages {
		names = append(names, p.Messages[i].Select...)
	}
	for _, r := range p.Records {
		names = append(names, r.Selector)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func rules(p *proto.Protocol, selector string) []rule {
	var rules []rule
	for _, r := range p.Records {
		if r.Selector == selector {
			rules = append(rules, newRule(r))
		}
	}
	if rules != nil {
		return rules
	}
	for i := range p.Fields {
		rules = append(rules, rule{with: []string{p.Fields[i].Name}})
	}
	for i := range p.Messages {
		for _, t := range p.Messages[i].Fingerprints {
			rules = append(rules, rule{with: []string{"fingerprints", t.String()}})
		}
	}
	return rules
}

func newRule(r proto.Recognition) rule {
	n := rule{with: strings.Split(r.With, "."), value: r.Value}
	for _, path := range r.Without {
		n.without = append(n.without, strings.Split(path, "."))
	}
	return n
}

func (r *rule) match(v *fastjson.Value) bool {
	if !has(v, r.with, r.value) {
		return false
	}
	for _, path := range r.without {
		if v.Exists(path...) {
			return false
		}
	}
	return true
}

// has reports whether there is a member at a path, with the value if that is
// not empty.
func has(v *fastjson.Value, path []string, value string) bool {
	for i, name := range path {
		if name == "*" {
			for _, element := range v.GetArray() {
				if has(element, path[i+1:], value) {
					return true
				}
			}
			return false
		}
		if v = v.Get(name); v == nil {
			return false
		}
	}
	return value == "" || string(v.GetStringBytes()) == value
}

// Match reports whether a line of JSON is a record of the selection. It
// returns an error where the line is no JSON object.
func (f *Filter) Match(line []byte) (bool, error) {
	if tooMany(line) {
		return f.scan(line)
	}
	v, err := f.parser.ParseBytes(line)
	if err != nil {
		return false, fmt.Errorf("not JSON: %w", err)
	}
	if v.Type() != fastjson.TypeObject {
		return false, fmt.Errorf("a JSON %s, not an object", v.Type())
	}
	if f.all {
		return true, nil
	}
	for i := range f.rules {
		if f.rules[i].match(v) {
			return true, nil
		}
	}
	return false, nil
}
