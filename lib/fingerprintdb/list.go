package fingerprintdb

import (
	"bytes"
	"fmt"
	"iter"
)

// listReader makes room for FileFamilies, FileWatchlist or FileDomains, and returns
// what reads a line of it.
func (c *contents) listReader(file string, minimizeRAM bool) func(text []byte) error {
	var d document
	switch file {
	case FileFamilies:
		c.families = newFamilies()
		return func(text []byte) error { return c.families.line(&d, text) }
	case FileWatchlist:
		c.doh = newWatchlist()
		return c.doh.line
	}
	c.domains = newDomainMap()
	return func(text []byte) error { return c.domains.line(&d, text, minimizeRAM) }
}

// CheckList returns an error that has the number of the first line which loading
// leaves out of a file of an archive: FileFamilies, FileWatchlist or FileDomains.
func CheckList(file string, text []byte) error {
	return eachLine(text, new(contents).listReader(file, false))
}

// eachLine calls read for each line that is not empty, up to the first error.
func eachLine(text []byte, read func([]byte) error) error {
	for number, line := range textLines(text, 1) {
		if err := read(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	return nil
}

// textLines yields the lines of a text that are not empty, and their numbers, that of
// the first line being first.
func textLines(text []byte, first int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for number := first; len(text) > 0; number++ {
			line, rest, _ := bytes.Cut(text, newline)
			text = rest
			if line = bytes.TrimSuffix(line, []byte{'\r'}); len(line) > 0 && !yield(number, line) {
				return
			}
		}
	}
}
