package selector

import (
	"bytes"
	"encoding/json"
	"errors"

	"merctools/lib/record"
)

// maxValues is of how many values a tree is made. Each takes a hundred bytes or
// two, and a line may have eight million of them.
const maxValues = 1 << 16

// tooMany reports whether a line may have more than maxValues: each value but
// the first comes after a comma, or is the first in its array or object.
func tooMany(line []byte) bool {
	if len(line) <= maxValues {
		return false
	}
	n := 0
	for _, c := range []string{",", "[", "{"} {
		n += bytes.Count(line, []byte(c))
	}
	return n > maxValues
}

// scan does what Match does, in place. That takes longer, since each rule looks
// for its members anew.
func (f *Filter) scan(line []byte) (bool, error) {
	line = bytes.TrimSpace(line)
	if !json.Valid(line) {
		return false, errors.New("not JSON")
	}
	if line[0] != '{' {
		return false, errors.New("not a JSON object")
	}
	if f.all {
		return true, nil
	}
	for i := range f.rules {
		if f.rules[i].find(line) {
			return true, nil
		}
	}
	return false, nil
}

// find is match for text.
func (r *rule) find(line []byte) bool {
	if !leads(line, r.with, r.value) {
		return false
	}
	for _, path := range r.without {
		if record.Find(line, path...) != nil {
			return false
		}
	}
	return true
}

// leads is has for text.
func leads(text []byte, path []string, value string) bool {
	for i, name := range path {
		if name == "*" {
			for e := record.ScanArray(text); e.Next(); {
				if leads(e.Value, path[i+1:], value) {
					return true
				}
			}
			return false
		}
		if text = record.Find(text, name); text == nil {
			return false
		}
	}
	return value == "" || string(record.Quoted(text)) == value
}
