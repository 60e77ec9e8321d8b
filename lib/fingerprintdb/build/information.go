package build

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"merctools/lib/npf"
)

// information measures how much fingerprints say, in bits. Each element of a
// fingerprint says as much as it is rare among the families of the fingerprints
// of its type: -log2((n+1)/(N+2)) bits, where n of N families have it. What has
// 0 bits is what every program sends.
//
// Cipher suites don't count: a list of suites without extensions is what tools
// copy from each other, and what a test of a server has. Neither do the first
// line of an HTTP request and the header of a STUN message.
type information struct {
	families map[npf.Type]map[string]bool
	having   map[npf.Type]map[npf.Element]map[string]bool // families, by element
}

func newInformation(entries map[string]*entry) *information {
	i := &information{make(map[npf.Type]map[string]bool), make(map[npf.Type]map[npf.Element]map[string]bool)}
	for _, fp := range slices.Sorted(maps.Keys(entries)) {
		e := entries[fp]
		if i.families[e.typ] == nil {
			i.families[e.typ] = make(map[string]bool)
			i.having[e.typ] = make(map[npf.Element]map[string]bool)
		}
		for _, p := range e.processes {
			family := p.family()
			i.families[e.typ][family] = true
			for x := range telling(e.typ, fp) {
				if i.having[e.typ][x] == nil {
					i.having[e.typ][x] = make(map[string]bool)
				}
				i.having[e.typ][x][family] = true
			}
		}
	}
	return i
}

// bits is how much a fingerprint says.
func (i *information) bits(t npf.Type, fp string) (bits float64) {
	list := telling(t, fp)
	all := float64(len(i.families[t]))
	for _, x := range slices.SortedFunc(maps.Keys(list), compareElements) {
		bits -= math.Log2((float64(len(i.having[t][x])) + 1) / (all + 2))
	}
	return bits
}

// telling are the elements of a fingerprint that count.
func telling(t npf.Type, fp string) map[npf.Element]bool {
	_, _, elements, err := npf.Elements(fp)
	if err != nil {
		return nil
	}
	first := 0 // group
	switch t {
	case npf.TLS:
		first = 2 // behind version and suites
	case npf.QUIC:
		first = 3
	case npf.HTTP:
		first = 2 // behind method and version
	case npf.STUN:
		first = 3 // behind class, method and cookie
	}
	list := make(map[npf.Element]bool)
	for _, e := range elements {
		if e.Group >= first && e.Text != "" {
			list[e] = true
		}
	}
	return list
}

func compareElements(a, b npf.Element) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Text, b.Text))
}
