package record

import (
	"fmt"
	"strings"
)

// A Path leads to values in a record: the names of the objects on the way, and
// of the member. It goes through all elements of arrays on the way.
type Path []string

// ParsePath reads names with dots between them.
func ParsePath(text string) (Path, error) {
	p := Path(strings.Split(text, "."))
	for _, name := range p {
		if name == "" {
			return nil, fmt.Errorf("%q: not a path of names with dots between them", text)
		}
	}
	return p, nil
}

// Values appends the texts of the values that the path leads to. They are views
// into the object's text.
func (p Path) Values(dst [][]byte, object []byte) [][]byte {
	return p.values(dst, object, maxPathDepth)
}

// maxPathDepth is how many objects and arrays a path goes through.
const maxPathDepth = 64

func (p Path) values(dst [][]byte, value []byte, depth int) [][]byte {
	switch {
	case len(p) == 0:
		return append(dst, value)
	case len(value) == 0 || depth == 0:
		return dst
	case value[0] == '[':
		for e := ScanArray(value); e.Next(); {
			dst = p.values(dst, e.Value, depth-1)
		}
	default:
		if v := Find(value, p[0]); v != nil {
			dst = p[1:].values(dst, v, depth-1)
		}
	}
	return dst
}

// Elements go through the elements of an array in place. Like a Scanner, they
// take all JSON, and more.
type Elements struct {
	Value []byte // text of the element; a string with its quotes

	text []byte
	pos  int
}

// ScanArray begins to go through the array that text is.
func ScanArray(text []byte) Elements {
	if len(text) == 0 || text[0] != '[' {
		return Elements{}
	}
	return Elements{text: text, pos: 1}
}

// Next goes to the next element. It returns false at the end of the array, and
// where it finds something that is not JSON.
func (e *Elements) Next() bool {
	start := skipSpace(e.text, e.pos)
	end, ok := skipValue(e.text, start)
	if !ok {
		return false
	}
	e.Value = e.text[start:end:end]
	if e.pos = skipSpace(e.text, end); e.pos < len(e.text) && e.text[e.pos] == ',' {
		e.pos++
	} else {
		e.pos = len(e.text)
	}
	return true
}
