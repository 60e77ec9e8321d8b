package selector

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"merctools/lib/record"
)

// A Where is a list of conditions on values in a record. It must not be used by
// more than one goroutine at a time.
type Where struct {
	conditions []condition
	values     [][]byte
	text       []byte
}

type condition struct {
	path     record.Path
	operator string
	value    []byte
	number   float64
	isNumber bool
	pattern  *regexp.Regexp
}

var conditionForm = regexp.MustCompile(`^\s*([^\s=!<>~]+)\s*(=|!=|<|>|~)\s*(.*?)\s*$`)

// otherForm is what looks like a condition behind a value: it is joined by what
// can't join conditions.
var otherForm = regexp.MustCompile(`(?i)\s(or|and)\s+[^\s=!<>~]+\s*[=!<>~]`)

// ParseWhere reads conditions that are joined by "and": a path, an operator
// and a value. Operators are = and != for equal or not, < and > for numbers,
// and ~ for a regular expression that matches a part of the value.
func ParseWhere(text string) (*Where, error) {
	w := new(Where)
	for part := range strings.SplitSeq(text, " and ") {
		m := conditionForm.FindStringSubmatch(part)
		if m == nil {
			return nil, fmt.Errorf("%q: not a path, one of = != < > ~, and a value", part)
		}
		switch {
		case otherForm.MatchString(m[3]):
			return nil, fmt.Errorf("%q: only \"and\" joins conditions", part)
		case m[2] == "=" && strings.HasPrefix(m[3], "="):
			return nil, fmt.Errorf("%q: one = compares", part)
		}
		path, err := record.ParsePath(m[1])
		if err != nil {
			return nil, err
		}
		c := condition{path: path, operator: m[2], value: []byte(m[3])}
		c.number, err = strconv.ParseFloat(m[3], 64)
		c.isNumber = err == nil
		switch c.operator {
		case "<", ">":
			if !c.isNumber {
				return nil, fmt.Errorf("%q: %q is not a number", part, m[3])
			}
		case "~":
			if c.pattern, err = regexp.Compile(m[3]); err != nil {
				return nil, fmt.Errorf("%q: %w", part, err)
			}
		}
		w.conditions = append(w.conditions, c)
	}
	return w, nil
}

// Match reports whether all conditions hold for a record. One holds if it does
// for any of the values that its path leads to; != if none is equal, also where
// there is no value.
func (w *Where) Match(line []byte) bool {
	for i := range w.conditions {
		if !w.holds(&w.conditions[i], line) {
			return false
		}
	}
	return true
}

func (w *Where) holds(c *condition, line []byte) bool {
	w.values = c.path.Values(w.values[:0], line)
	for _, v := range w.values {
		if w.any(c, v) {
			return c.operator != "!="
		}
	}
	return c.operator == "!="
}

// any looks at a value, or at the elements of an array.
func (w *Where) any(c *condition, v []byte) bool {
	if len(v) > 0 && v[0] == '[' {
		for e := record.ScanArray(v); e.Next(); {
			if w.one(c, e.Value) {
				return true
			}
		}
		return false
	}
	return w.one(c, v)
}

func (w *Where) one(c *condition, v []byte) bool {
	text := v
	if len(v) > 0 && v[0] == '"' {
		w.text = record.AppendUnescaped(w.text[:0], record.Quoted(v))
		text = w.text
	}
	switch c.operator {
	case "~":
		return c.pattern.Match(text)
	case "<", ">":
		n, err := strconv.ParseFloat(string(v), 64)
		return err == nil && (c.operator == "<" && n < c.number || c.operator == ">" && n > c.number)
	}
	if bytes.Equal(text, c.value) {
		return true
	}
	n, err := strconv.ParseFloat(string(v), 64)
	return c.isNumber && err == nil && n == c.number
}
