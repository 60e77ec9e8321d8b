package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Expand replaces directories by the files in them, and patterns (*, ?, [])
// that are no names of files by the files that match. These are in order of
// their names, where numbers count as such: trace.pcap2 comes before
// trace.pcap10. Hidden files in directories are left out, and what is no file:
// other directories, pipes.
//
// Names that follow each other and differ in a number at their end, as those of
// the files do that tcpdump rotates, are put in the order of the numbers, since
// a shell sorts them as text.
func Expand(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		if name == "-" {
			all = append(all, name)
			continue
		}
		info, err := os.Stat(name)
		var files []string
		switch {
		case err == nil && info.IsDir():
			if files, err = filesIn(name); err != nil {
				return nil, err
			}
			if len(files) == 0 {
				return nil, fmt.Errorf("%s: no files in this directory", name)
			}
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, "*?["):
			if files, err = filepath.Glob(name); err != nil || len(files) == 0 {
				return nil, fmt.Errorf("%s: no file matches", name)
			}
		default: // whoever reads it reports the error
			files = []string{name}
		}
		slices.SortStableFunc(files, compareNames)
		all = append(all, files...)
	}
	for i := 0; i < len(all); {
		set := rotatedSet(all[i])
		j := i + 1
		for j < len(all) && rotatedSet(all[j]) == set {
			j++
		}
		slices.SortStableFunc(all[i:j], compareNames)
		i = j
	}
	return all, nil
}

// rotatedSet is what the names of a set of rotated files have in common: the
// name without the number at its end, which may stand before an extension that
// tells of compression.
func rotatedSet(name string) string {
	extension := filepath.Ext(name)
	switch extension {
	case ".gz", ".zst", ".lz4", ".xz":
	default:
		extension = ""
	}
	return strings.TrimRight(strings.TrimSuffix(name, extension), "0123456789") + extension
}

func filesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // or what a symbolic link leads to
			continue
		}
		files = append(files, name)
	}
	return files, nil
}

// compareNames compares names of files, in which digits that follow each other
// are a number.
func compareNames(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := digits(x), digits(y)
		if m > 0 && n > 0 {
			v, w := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
			if c := cmp.Or(cmp.Compare(len(v), len(w)), cmp.Compare(v, w)); c != 0 {
				return c
			}
			x, y = x[m:], y[n:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits returns how many digits a name begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
