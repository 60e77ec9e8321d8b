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
			return nil, fmt.Errorf("unknown selector %q (known: %s)", name, strings.Join(known, " "))
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
