package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"merctools/lib/npf"
	"merctools/lib/record/envelope"
)

// confirmed counts the fingerprints of an emulated program that were also seen:
// from a program of the family that ran or was measured, or of another family
// only, and the same by archives of others.
type confirmed struct {
	all, seen, elsewhere, others, contradicted int
}

// confirm compares emulated records with real and measured ones, and with archives
// of others, and writes a line for each program, version and library.
func confirm(w io.Writer, samples []*sample, others []string) error {
	c, err := readClues(knownTable)
	if err != nil {
		return err
	}
	archives, err := readArchives(others, c)
	if err != nil {
		return err
	}
	type emulated struct {
		typ         npf.Type
		fingerprint string
		label
	}
	distinct := make(map[emulated]bool)
	seen := make(map[string]map[string]bool) // families by fingerprint
	var view envelope.View
	var converter npf.Converter
	for _, s := range samples {
		if !view.Read(s.line) {
			continue
		}
		fp, ok := view.InFormat(&converter, formatTLS, formatQUIC)
		if !ok {
			continue
		}
		if s.Kind == "emulated" {
			distinct[emulated{view.Type, string(fp), s.label}] = true
			continue
		}
		if seen[string(fp)] == nil {
			seen[string(fp)] = make(map[string]bool)
		}
		seen[string(fp)][s.Family] = true
	}
	type program struct {
		typ                    npf.Type
		name, version, library string
	}
	programs := make(map[program]*confirmed)
	for e := range distinct {
		p := program{e.typ, e.Name, e.Version, e.Library}
		if programs[p] == nil {
			programs[p] = new(confirmed)
		}
		x := programs[p]
		x.all++
		switch families := seen[e.fingerprint]; {
		case families[e.Family]:
			x.seen++
		case len(families) > 0:
			x.elsewhere++
		}
		if is := archives.family(e.fingerprint); slices.Contains(is, e.Family) {
			x.others++
		} else if is != nil {
			x.contradicted++
		}
	}
	fmt.Fprintln(w, "| type | program | version | by | fingerprints | also real or measured | of another family only | archives of others agree | disagree |")
	fmt.Fprintln(w, "|---|---|---|---|---:|---:|---:|---:|---:|")
	for _, p := range slices.SortedFunc(maps.Keys(programs), func(a, b program) int {
		return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version), cmp.Compare(a.library, b.library))
	}) {
		x := programs[p]
		fmt.Fprintf(w, "| %s | %s | %s | %s | %d | %d | %d | %d | %d |\n", p.typ, p.name, p.version, p.library, x.all, x.seen, x.elsewhere, x.others, x.contradicted)
	}
	return nil
}
