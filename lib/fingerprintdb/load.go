package fingerprintdb

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"merctools/lib/fingerprintdb/archive"
)

// Loading a database takes as long as decompressing it does: blocks of lines
// go to workers, which check them, while the next block is decompressed. The
// lines are entered in their order.

const (
	blockSize  = 1 << 20
	maxWorkers = 4
)

// A block is some lines of a database.
type block struct {
	lines []checkedLine
	text  []byte
	first int // number of the first line
	long  bool
	done  chan struct{}
}

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
	work := make(chan *block, 2*maxWorkers)
	order := make(chan *block, 2*maxWorkers)
	var workers, merger sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxWorkers) {
		workers.Go(func() {
			r := lineReader{db: db, maxLine: l.archive.MaxLine()}
			for b := range work {
				r.block(b)
				close(b.done)
			}
		})
	}
	// Until it is known which attributes there are, lines are read one by one.
	learner := lineReader{db: db, maxLine: l.archive.MaxLine(), learn: true}
	var bad badLines
	var givenUp atomic.Pointer[error]
	merger.Go(func() {
		for b := range order {
			<-b.done
			for i := range b.lines {
				if givenUp.Load() != nil {
					break
				}
				if err := bad.count(!l.enter(db, &b.lines[i], missing)); err != nil {
					givenUp.Store(&err)
				}
			}
			b.lines = nil
			if b.long && givenUp.Load() == nil {
				l.number = b.first
				l.warn("%v", archive.ErrLongLine)
			}
		}
	})
	var err error
	for number := 1; ; {
		if failed := givenUp.Load(); failed != nil {
			err = *failed
			break
		}
		b := &block{first: number, done: make(chan struct{})}
		b.text, err = l.archive.Lines(make([]byte, 0, blockSize))
		b.text = exact(b.text) // lines are kept in it
		b.long = err == archive.ErrLongLine
		if err != nil && !b.long {
			break
		}
		number += bytes.Count(b.text, newline)
		if b.long {
			number++
		} else if b.text[len(b.text)-1] != '\n' {
			number++
		}
		if !b.long && learner.learn {
			learner.block(b)
			close(b.done)
		} else {
			work <- b
		}
		order <- b
	}
	close(work)
	close(order)
	workers.Wait()
	merger.Wait()
	if failed := givenUp.Load(); failed != nil {
		err = *failed
	}
	db.compact()
	if err != io.EOF {
		return err
	}
	l.number = 0
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		l.say(Notice{File: l.file, Text: fmt.Sprintf("%d lines have processes without %s, which counts as empty", missing[name], name)})
	}
	return nil
}

var newline = []byte{'\n'}

// block reads the lines of a block.
func (r *lineReader) block(b *block) {
	number := b.first - 1
	b.lines = make([]checkedLine, 0, bytes.Count(b.text, newline)+1)
	for text := b.text; len(text) > 0; {
		number++
		one, rest, _ := bytes.Cut(text, newline)
		text = rest
		one = bytes.TrimSuffix(one, []byte{'\r'})
		if len(one) == 0 {
			continue
		}
		b.lines = append(b.lines, checkedLine{number: number})
		c := &b.lines[len(b.lines)-1]
		r.warn = func(format string, args ...any) {
			if len(c.warnings) < maxNotices {
				c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
			}
		}
		if len(one) > r.maxLine {
			c.problem = archive.ErrLongLine
			continue
		}
		c.problem = r.read(one, &c.line)
		if c.problem == nil && r.db.minimizeRAM {
			c.made = r.classifier(&c.line, false)
		}
		r.own(&c.line)
	}
	r.warn = nil
	r.release()
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

// bareDatabase loads an archive that is a database alone.
func (l *loader) bareDatabase() error {
	l.full = l.newDatabase()
	for _, f := range []string{FileVersion, FileDatabase} {
		l.seen[f] = true
	}
	l.contents.version = bareVersion
	return l.readDatabase(l.full)
}

// bareVersion is the version of an archive that is a database alone.
const bareVersion = "unknown; " + qualifierFull
