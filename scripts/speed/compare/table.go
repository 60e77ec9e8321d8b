//go:build unix

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"
)

// An optionSet is a set of options that both programs get.
type optionSet struct {
	name    string
	options []string
}

// optionSets are those of the table: nothing, all metadata, and analysis, with
// an archive if one is named.
func optionSets(resources string) []optionSet {
	analysis := []string{"-a"}
	if resources != "" {
		analysis = append(analysis, "--resources", resources)
	}
	return []optionSet{
		{"none", nil},
		{"metadata", []string{"--metadata", "--dns-json", "--certs-json", "--reassembly"}},
		{"analysis", analysis},
	}
}

// table compares the programs for each capture, each set of options and each
// number of threads of ours. The other program's own options stand for its
// threads. Ratios are to the other program, and, in the columns behind, to ours
// with the first number of threads.
func table(out io.Writer, c *comparison, captures []string, sets []optionSet, threads []int) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "capture\toptions\tthreads\tCPU s\tof reference\twall s\tof reference\tMB\tof reference\tCPU to %d\twall to %d\t\n", threads[0], threads[0])
	for _, capture := range captures {
		if _, err := warm(capture); err != nil {
			return err
		}
		for _, set := range sets {
			programs := []program{{c.reference.name, c.reference.path, append(slices.Clone(set.options), c.reference.options...)}}
			for _, n := range threads {
				programs = append(programs, program{strconv.Itoa(n), c.ours.path, append(slices.Clone(set.options), append([]string{"-t", strconv.Itoa(n)}, c.ours.options...)...)})
			}
			runs := make([][]usage, len(programs))
			for range c.runs {
				for i := range programs {
					u, err := programs[i].run(capture)
					if err != nil {
						return err
					}
					runs[i] = append(runs[i], u)
				}
			}
			reference, first := typical(runs[0]), typical(runs[1])
			row := func(name string, u usage) {
				fmt.Fprintf(w, "%s\t%s\t%s\t%.3f\t%.2f\t%.3f\t%.2f\t%.1f\t%.2f\t%.2f\t%.2f\t\n", filepath.Base(capture), set.name, name,
					u.cpu().Seconds(), ratio(u.cpu(), reference.cpu()), u.wall.Seconds(), ratio(u.wall, reference.wall),
					float64(u.memory)/1e6, float64(u.memory)/float64(reference.memory), ratio(u.cpu(), first.cpu()), ratio(u.wall, first.wall))
			}
			row(c.reference.name, reference)
			for i := range threads {
				row(programs[i+1].name, typical(runs[i+1]))
			}
		}
	}
	return w.Flush()
}
