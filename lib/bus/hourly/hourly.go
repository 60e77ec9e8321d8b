// Package hourly is a directory of Parquet files as a store, in partitions by
// day and hour, as Spark, DuckDB, Trino and Athena read them:
//
//	DIR/date=2026-11-28/hour=22/NAME-….parquet
//
// A batch makes a file for each hour that its rows are of. Times come from
// captures, and may be made up to be all different: where a batch has many hours,
// those with few rows share a file, in the partition of rows without a time.
//
// A file gets its name when it is complete. A small file in the directory, the
// journal, says which messages are in the last files, so that a message which is
// delivered again is not stored again, also after a crash. That needs one
// process for a directory and name.
package hourly

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"merctools/lib/bus"
	"merctools/lib/export"
	"merctools/lib/export/parquet"
	"merctools/lib/record"
	"merctools/lib/schema"
)

// A Config says where files are, and what is in them.
type Config struct {
	dir     string
	name    string
	columns []export.Column
}

var nameOf = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Parse takes the configuration from a URL: file:///DIR?fields=…&name=….
func Parse(u *bus.URL) (*Config, error) {
	c := &Config{dir: "/" + u.Name, name: u.Text("name", "records")}
	if len(u.Hosts) > 0 { // a relative path
		c.dir = filepath.Join(u.Hosts[0], u.Name)
	}
	if !nameOf.MatchString(c.name) {
		return nil, fmt.Errorf("%s: a name has letters, digits, hyphens and underscores", u)
	}
	var fields []string
	if text := u.Text("fields", ""); text != "" {
		fields = strings.Split(text, ",")
	} else {
		fields = all()
	}
	for _, own := range []struct {
		name string
		kind record.Type
	}{{"_id", record.String}, {"_line", record.Uint}, {"_sensor", record.String}} {
		c.columns = append(c.columns, export.Column{Name: own.name, Path: record.Path{own.name}, Type: own.kind})
	}
	columns, err := schema.Columns(fields)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	c.columns = append(c.columns, columns...)
	return c, u.Check()
}

// Dir is the directory.
func (c *Config) Dir() string { return c.dir }

// all are the members that a record can have. Objects become JSON.
func all() (names []string) {
	for _, f := range schema.Fields() {
		if f.Name != "*" && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// Bounds.
const (
	mostOpen  = 2      // hours whose rows are written as they come; each has up to 32 MiB in memory
	mostKnown = 20_000 // messages that the journal has
)

// A Store is a directory.
type Store struct {
	config *Config
	unlock func()
	count  *bus.Counters
	notice func(string)

	journal journal
	known   map[string]bool // messages of the journal
	added   []string        // since the last Commit
	again   int             // messages that were there already
	size    int64
	open    []*file // of the first hours of the batch
	waiting waiting // rows of its other hours
	done    []move  // closed since the last Commit
	number  int
}

// A journal is what is on the disk about the last Commits.
type journal struct {
	Moves []move   `json:"files"`
	IDs   []string `json:"messages"`
}

// A move gives a file its name.
type move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// A file is being written.
type file struct {
	f       *os.File
	w       *parquet.Writer
	hour    hour
	created time.Time
}

// Open opens the directory, which it makes, and finishes what a crash has left.
func (c *Config) Open(counters *bus.Counters, notice func(string)) (*Store, error) {
	if err := os.MkdirAll(c.dir, 0o777); err != nil {
		return nil, err
	}
	unlock, err := bus.Lock(filepath.Join(c.dir, ".merc-bus-"+c.name+".lock"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.dir, err)
	}
	s := &Store{config: c, unlock: unlock, count: counters, notice: notice, known: map[string]bool{}}
	if err := s.recover(); err != nil {
		unlock()
		return nil, err
	}
	return s, nil
}

func (s *Store) journalName() string {
	return filepath.Join(s.config.dir, ".merc-bus-"+s.config.name+".journal")
}

// recover does the moves of the journal, and removes other unfinished files.
func (s *Store) recover() error {
	if err := bus.LoadState(s.journalName(), &s.journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.moveAll(); err != nil {
		return err
	}
	for _, id := range s.journal.IDs {
		s.known[id] = true
	}
	left, err := filepath.Glob(filepath.Join(s.config.dir, ".merc-bus-"+s.config.name+"-*.part"))
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// moveAll does the moves of the journal that are not done.
func (s *Store) moveAll() error {
	for _, m := range s.journal.Moves {
		from, to := filepath.Join(s.config.dir, m.From), filepath.Join(s.config.dir, m.To)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Add implements bus.Store.
func (s *Store) Add(id string, rows []byte) error {
	s.size += int64(len(rows))
	if s.known[id] {
		s.again++
		return nil
	}
	s.known[id] = true
	s.added = append(s.added, id)
	s.waiting.begin()
	for row := range bytes.Lines(rows) {
		h := hourOf(row)
		f, err := s.file(h)
		switch {
		case err != nil:
			return err
		case f != nil:
			err = f.append(row)
		default:
			err = s.wait(h, row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file returns the file for an hour, or nil where its rows wait for Commit.
func (s *Store) file(h hour) (*file, error) {
	for _, f := range s.open {
		if f.hour == h {
			return f, nil
		}
	}
	if len(s.open) == mostOpen {
		return nil, nil
	}
	f, err := s.create(h)
	if err == nil {
		s.open = append(s.open, f)
	}
	return f, err
}

// part makes a file that has no name yet.
func (s *Store) part() (*os.File, error) {
	s.number++
	base := fmt.Sprintf(".merc-bus-%s-%d.part", s.config.name, s.number)
	return os.OpenFile(filepath.Join(s.config.dir, base), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// create makes a file for rows of an hour.
func (s *Store) create(h hour) (*file, error) {
	f, err := s.part()
	if err != nil {
		return nil, err
	}
	w, err := parquet.NewWriter(f, s.config.columns)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &file{f: f, w: w, hour: h, created: time.Now()}, nil
}

func (f *file) append(row []byte) error {
	if err := f.w.Append(row); err != nil {
		return fmt.Errorf("%s: %w", f.f.Name(), err)
	}
	return nil
}

// finish closes a file, and notes where it goes.
func (s *Store) finish(f *file) error {
	err := f.w.Close()
	err = cmp.Or(err, f.f.Sync())
	err = cmp.Or(err, f.f.Close())
	if err != nil {
		return fmt.Errorf("%s: %w", f.f.Name(), err)
	}
	to := fmt.Sprintf("%s/%s-%d-%d.parquet", f.hour.partition(), s.config.name, f.created.UnixNano(), s.number)
	s.done = append(s.done, move{From: filepath.Base(f.f.Name()), To: to})
	return nil
}

// finishAll closes the files of all rows that there are.
func (s *Store) finishAll() error {
	for _, f := range s.open {
		if err := s.finish(f); err != nil {
			return err
		}
	}
	s.open = s.open[:0]
	return s.place()
}

// Size implements bus.Store.
func (s *Store) Size() int64 { return s.size }

// Commit implements bus.Store. An error is final: the next process does what is
// missing.
func (s *Store) Commit(context.Context) (rejected, duplicates int, err error) {
	if err := s.finishAll(); err != nil {
		return 0, 0, err
	}
	s.journal.Moves = s.done
	s.journal.IDs = append(s.journal.IDs, s.added...)
	if n := len(s.journal.IDs) - max(mostKnown, len(s.added)); n > 0 {
		for _, id := range s.journal.IDs[:n] {
			delete(s.known, id)
		}
		s.journal.IDs = slices.Delete(s.journal.IDs, 0, n)
	}
	if err := bus.SaveState(s.journalName(), s.journal); err != nil {
		return 0, 0, err
	}
	if err := s.moveAll(); err != nil {
		return 0, 0, err
	}
	again := s.again
	s.done, s.added, s.again, s.size = nil, s.added[:0], 0, 0
	return 0, again, nil
}

// Close implements bus.Store.
func (s *Store) Close() {
	for _, f := range s.open {
		f.f.Close()
		os.Remove(f.f.Name())
	}
	s.waiting.close()
	s.unlock()
}
