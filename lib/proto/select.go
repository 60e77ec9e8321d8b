package proto

import (
	"fmt"
	"slices"
	"strings"
)

// A Selection is the set of selectors that a user chose.
type Selection map[string]bool

// All selects every protocol.
func All() Selection { return Selection{"all": true} }

// Has reports whether any of the names is chosen.
func (s Selection) Has(names ...string) bool {
	if s["none"] {
		return false
	}
	return s["all"] || slices.ContainsFunc(names, func(n string) bool { return s[n] })
}

// Selected is a message of a kind that has several selectors, one for each of
// its forms.
type Selected interface {
	// Selector returns the one of the present message. It is called after
	// Parse has returned true.
	Selector() string
}

// ParseSelection reads a comma-separated list of selectors. The empty list
// selects everything. Names are known with underscores and without:
// tls.client_hello is also tls.clienthello.
func ParseSelection(list string, known []string) (Selection, error) {
	if strings.TrimSpace(list) == "" {
		return All(), nil
	}
	s := Selection{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(known, func(k string) bool { return plain(k) == plain(name) })
		if i < 0 {
			err := fmt.Errorf("unknown selector %q", name)
			if near := suggestion(name, known); near != "" {
				err = fmt.Errorf("%w: did you mean %s?", err, near)
			}
			return nil, err
		}
		s[known[i]] = true
	}
	return s, nil
}

func plain(name string) string {
	name = strings.ReplaceAll(name, "_", "")
	if name == "tls.certificates" {
		return "tls.servercertificate"
	}
	return name
}

// suggestion returns the selector that a name was probably meant to be, or "".
// That is one with few other characters, or one whose last part is the name;
// of several that are as near, one that begins with the same letter.
func suggestion(name string, known []string) string {
	name = plain(strings.ToLower(name))
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		d := distance(name, plain(k))
		if _, last, ok := strings.Cut(plain(k), "."); ok {
			d = min(d, 1+distance(name, last))
		}
		if d < least || d == least && best != "" && best[0] != name[0] && k[0] == name[0] {
			best, least = k, d
		}
	}
	return best
}

// distance is how many characters must be inserted, deleted or replaced to
// make one string of the other (V. Levenshtein, 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
