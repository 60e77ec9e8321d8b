// Keep-inputs keeps inputs that fuzzing has found: those that reach statements
// of the package which no seed reaches. They go below testdata/fuzz, where go
// test runs them from then on.
//
//	scripts/keep-inputs $(scripts/fuzz -l)
//
// Each target is the folder of a package, a dot, and the function. What was
// found is in Go's build cache, until go clean -fuzzcache. Smaller inputs are
// tried first. It runs in the project's folder.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: keep-inputs TARGET...")
		os.Exit(2)
	}
	for _, target := range os.Args[1:] {
		if err := run(target); err != nil {
			fmt.Fprintf(os.Stderr, "keep-inputs: %s: %v\n", target, err)
			os.Exit(1)
		}
	}
}

func run(target string) error {
	dot := strings.LastIndexByte(target, '.')
	if dot < 0 {
		return fmt.Errorf("not a folder, a dot and a function")
	}
	dir, function := filepath.FromSlash(target[:dot]), target[dot+1:]
	inputs, err := found(dir, function)
	if err != nil || len(inputs) == 0 {
		return err
	}
	tmp, err := os.MkdirTemp("", "keep-inputs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	f := fuzzTarget{
		dir:      dir,
		function: function,
		program:  filepath.Join(tmp, "test"),
		profile:  filepath.Join(tmp, "profile"),
		seeds:    filepath.Join(dir, "testdata", "fuzz", function),
	}
	if err := f.build(); err != nil {
		return err
	}
	kept, before, after, err := f.keep(inputs)
	if err != nil {
		return err
	}
	fmt.Printf("%-45s %5d inputs, %3d kept: %d blocks of statements instead of %d\n", target, len(inputs), kept, after, before)
	return nil
}

// found returns the files of what fuzzing has found, smaller ones first.
func found(dir, function string) ([]string, error) {
	cache, err := output("go", "env", "GOCACHE")
	if err != nil {
		return nil, err
	}
	path, err := output("go", "list", "-f", "{{.ImportPath}}", "./"+filepath.ToSlash(dir))
	if err != nil {
		return nil, err
	}
	type file struct {
		name string
		size int64
	}
	var files []file
	folder := filepath.Join(cache, "fuzz", filepath.FromSlash(path), function)
	err = filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		files = append(files, file{name, info.Size()})
		return nil
	})
	if os.IsNotExist(err) {
		return nil, nil
	}
	slices.SortStableFunc(files, func(a, b file) int { return cmp.Compare(a.size, b.size) })
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	return names, err
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	return strings.TrimSpace(string(out)), err
}

// A fuzzTarget is a fuzz target, built to count which statements it reaches.
type fuzzTarget struct {
	dir, function    string
	program, profile string
	seeds            string // the folder of its seeds

	reached map[string]bool // blocks of statements
}

func (f *fuzzTarget) build() error {
	pkg := "./" + filepath.ToSlash(f.dir)
	out, err := exec.Command("go", "test", "-c", "-cover", "-covermode=set", "-coverpkg="+pkg, "-o", f.program, pkg).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%v: %s", err, out)
	}
	return nil
}

// keep copies those inputs to the seeds that reach something new.
func (f *fuzzTarget) keep(inputs []string) (kept, before, after int, err error) {
	reached, err := f.run("^" + f.function + "$")
	if err != nil {
		return 0, 0, 0, err
	}
	f.reached = make(map[string]bool)
	for _, block := range reached {
		f.reached[block] = true
	}
	before = len(f.reached)
	inputs = slices.DeleteFunc(inputs, func(input string) bool { // a seed already
		_, err := os.Stat(filepath.Join(f.seeds, filepath.Base(input)))
		return err == nil
	})
	const together = 64 // most reach nothing new
	for part := range slices.Chunk(inputs, together) {
		n, err := f.keepSome(part)
		kept += n
		if err != nil {
			return kept, before, len(f.reached), err
		}
	}
	return kept, before, len(f.reached), nil
}

// keepSome halves a list again and again, to find what reaches something new.
func (f *fuzzTarget) keepSome(inputs []string) (int, error) {
	reached, err := f.try(inputs)
	if err != nil {
		return 0, err
	}
	fresh := slices.ContainsFunc(reached, func(block string) bool { return !f.reached[block] })
	switch {
	case !fresh:
		return 0, nil
	case len(inputs) == 1:
		for _, block := range reached {
			f.reached[block] = true
		}
		return 1, f.place(inputs)
	}
	half := len(inputs) / 2
	first, err := f.keepSome(inputs[:half])
	if err != nil {
		return first, err
	}
	second, err := f.keepSome(inputs[half:])
	return first + second, err
}

// try runs inputs as if they were seeds, and returns the blocks they reach.
func (f *fuzzTarget) try(inputs []string) ([]string, error) {
	defer f.remove(inputs)
	if err := f.place(inputs); err != nil {
		return nil, err
	}
	var names []string
	for _, input := range inputs {
		names = append(names, filepath.Base(input))
	}
	return f.run("^" + f.function + "$/^(" + strings.Join(names, "|") + ")$")
}

// place copies inputs to the seeds, and remove takes them away.
func (f *fuzzTarget) place(inputs []string) error {
	if err := os.MkdirAll(f.seeds, 0o755); err != nil {
		return err
	}
	for _, input := range inputs {
		data, err := os.ReadFile(input)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(f.seeds, filepath.Base(input)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (f *fuzzTarget) remove(inputs []string) {
	for _, input := range inputs {
		os.Remove(filepath.Join(f.seeds, filepath.Base(input)))
	}
	for dir := f.seeds; dir != f.dir; dir = filepath.Dir(dir) {
		os.Remove(dir) // if nothing is left in it
	}
}

// run runs seeds that match a pattern, and returns the blocks that they reach.
func (f *fuzzTarget) run(pattern string) ([]string, error) {
	c := exec.Command(f.program, "-test.run="+pattern, "-test.coverprofile="+f.profile)
	c.Dir = f.dir // where go test runs it
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %s", err, out)
	}
	profile, err := os.ReadFile(f.profile)
	if err != nil {
		return nil, err
	}
	var reached []string
	for s := bufio.NewScanner(bytes.NewReader(profile)); s.Scan(); {
		// FILE:FROM,TO STATEMENTS COUNT
		part := strings.Fields(s.Text())
		if len(part) == 3 && part[2] != "0" {
			reached = append(reached, part[0])
		}
	}
	return reached, nil
}
