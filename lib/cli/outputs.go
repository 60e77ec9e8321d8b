package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"merctools/lib/output"
)

// Inputs checks the files that a command reads and writes before any of them is
// opened for writing: an output must be neither an input nor another output.
// Names that are empty are left out; "-" is standard input or output.
func (e *Env) Inputs(inputs, outputs []string) (*output.Inputs, error) {
	in := new(output.Inputs)
	for _, name := range inputs {
		switch name {
		case "":
		case "-":
			in.AddOpen("standard input", e.Stdin)
		default:
			in.Add(name)
		}
	}
	for i, name := range outputs {
		var err error
		switch {
		case name == "":
			continue
		case output.IsStdout(name):
			err = in.RefuseOpen("standard output", e.Stdout)
		default:
			err = in.Refuse(name)
		}
		if err != nil {
			return nil, err
		}
		for _, other := range outputs[:i] {
			if sameOutput(name, other) {
				return nil, fmt.Errorf("%s: two outputs can't be the same file", name)
			}
		}
	}
	return in, nil
}

// Names are the names of inputs: standard input if there are none.
func Names(files []string) []string {
	if len(files) == 0 {
		return []string{"-"}
	}
	return files
}

// sameOutput reports whether two names stand for the same file, which need not
// exist, or both for standard output.
func sameOutput(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if output.IsStdout(a) || output.IsStdout(b) {
		return output.IsStdout(a) && output.IsStdout(b)
	}
	one, err := os.Stat(a)
	if err == nil {
		other, err := os.Stat(b)
		return err == nil && one.Mode().IsRegular() && os.SameFile(one, other)
	}
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}
