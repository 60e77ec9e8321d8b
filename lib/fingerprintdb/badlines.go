package fingerprintdb

import "fmt"

// A file of an archive in which more lines than not are bad is taken for none:
// to read it would only cost time.
const (
	minBadLines   = 1000 // up to which a file may have any number of them
	maxBadPercent = 50
)

// badLines counts the lines of a file that can't be used.
type badLines struct{ all, bad int }

// count counts a line. The error is that there are too many that are bad.
func (b *badLines) count(bad bool) error {
	b.all++
	if !bad {
		return nil
	}
	b.bad++
	if b.bad < minBadLines || b.bad*100 < b.all*maxBadPercent {
		return nil
	}
	return fmt.Errorf("%d of the first %d lines can't be used: it is given up", b.bad, b.all)
}
