package fingerprintdb

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"merctools/lib/fingerprintdb/archive"
)

// A checkedLine is a line that was read, or not.
type checkedLine struct {
	line
	number   int
	problem  error
	warnings []string
}

func (l *loader) newDatabase() *database {
	db := newDatabase()
	db.minimizeRAM, db.systems, db.bare = l.options.MinimizeRAM, l.options.Systems, l.archive.Bare()
	db.families = l.contents.families
	return db
}

// readDatabase reads the lines of the file that the archive is at.
func (l *loader) readDatabase(db *database) error {
	missing := make(map[string]int)
	// Until it is known which attributes there are, lines that may have some are
	// read one by one.
	var long longLines
	learner := lineReader{db: db, maxLine: l.archive.MaxLine(), long: &long, learn: true}
	var bad badLines
	err := readBlocks(l, blockReading[checkedLine]{
		keep: true,
		atOnce: func(b *block[checkedLine]) bool {
			if !learner.learn || !mayHaveAttributes(b.text) {
				return false
			}
			learner.block(b)
			return true
		},
		worker: func() func(*block[checkedLine]) {
			r := lineReader{db: db, maxLine: l.archive.MaxLine(), long: &long}
			return r.block
		},
		enter: func(_ *block[checkedLine], c *checkedLine) error { return bad.count(!l.enter(db, c, missing)) },
	})
	db.compact()
	if err != nil {
		return err
	}
	l.number = 0
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		l.say(Notice{File: l.file, Text: fmt.Sprintf("%d lines have processes without %s, which counts as empty", missing[name], name)})
	}
	return nil
}

// mayHaveAttributes reports whether there is a member with attributes in the text
// of lines, or may be one with escapes in its name.
func mayHaveAttributes(text []byte) bool {
	return bytes.Contains(text, []byte(memberAttributes)) || bytes.Contains(text, []byte(`\u`))
}

// block reads the lines of a block.
func (r *lineReader) block(b *block[checkedLine]) {
	defer r.release()
	if len(b.text) > blockSize { // for one line that is longer
		r.borrow(r.long)
		defer r.giveBack(r.long)
	}
	b.lines = make([]checkedLine, 0, b.count)
	for number, text := range b.each() {
		b.lines = append(b.lines, checkedLine{number: number})
		c := &b.lines[len(b.lines)-1]
		r.warn = func(format string, args ...any) {
			if len(c.warnings) < maxNotices {
				c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
			}
		}
		if len(text) > r.maxLine {
			c.problem = archive.ErrLongLine
			continue
		}
		c.problem = r.read(text, &c.line)
		if c.problem == nil && r.db.minimizeRAM {
			c.made = r.classifier(&c.line, false)
		}
		r.own(&c.line)
	}
	r.warn = nil
}

// own makes the fingerprints of a line independent of the reader.
func (r *lineReader) own(l *line) {
	if len(r.doc.spare) == 0 {
		return // they are in the text
	}
	for i, fp := range l.fingerprints {
		l.fingerprints[i] = bytes.Clone(fp)
	}
}

// enter enters a line of a database, and reports what is wrong with it. It
// reports whether the line can be used.
func (l *loader) enter(db *database, c *checkedLine, missing map[string]int) bool {
	l.number = c.number
	for _, w := range c.warnings {
		l.warn("%s", w)
	}
	if c.missing != "" && c.problem == nil {
		missing[c.missing]++
		if l.options.Verbose {
			l.say(Notice{l.file, l.number, "a process has no " + c.missing})
		}
	}
	if err := db.add(&c.line, c.problem, func(err error) { l.warn("%v", err) }); err != nil {
		l.warn("%v", err)
		return false
	}
	return true
}
