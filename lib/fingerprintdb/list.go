package fingerprintdb

import (
	"bytes"
	"fmt"
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
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
		if len(line) == 0 {
			continue
		}
		if err := read(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	return nil
}
