package bus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Spool publishes files of lines in a directory. Each is removed when all of
// it is stored. Files have to be finished: they get their names when they are
// complete, as those of mercury do. Names that begin with a dot are others'.
//
// A small file in the directory, StateName, says how far each file is stored,
// so that another run goes on there. What that run sends again, because it was
// stored and not yet noted, has the same messages with the same IDs.
type Spool struct {
	Dir      string
	Done     string        // a directory for files that are stored; empty: they are removed
	Sensor   string        // is part of the IDs of messages
	Settle   time.Duration // how long a file must not have changed
	Once     bool          // end when all files are stored
	Writer   *Writer
	Counters *Counters
	Notice   func(string)
	Long     func(line string) // gets the place of a line that is left out because it is longer than MaxLine

	mu      sync.Mutex
	files   map[string]*spoolFile // that are being published
	state   map[string]fileState
	failed  map[string]error // of files, for those that can't be published
	changed bool             // state is not on the disk
	wake    chan struct{}    // there is something to do for tidy
}

// Names of files in a directory.
const (
	StateName = ".merc-bus.state"
	lockName  = ".merc-bus.lock"
)

// A fileState is how far a file is stored.
type fileState struct {
	ID     string `json:"id"` // tells files of the same name apart
	Stored int64  `json:"stored"`
}

// A spoolFile is a file that is being published.
type spoolFile struct {
	name     string
	segments []spoolSegment // that are not stored, or behind one that is not
	read     bool           // all of it
	size     int64          // what was read
}

type spoolSegment struct {
	end    int64
	stored bool
}

const (
	pollEvery  = time.Second            // how often to look for files
	stateEvery = 250 * time.Millisecond // how often the state is written at most
)

// Run publishes files until ctx is done, or, with Once, until there are no
// more. In both cases it returns when all that was read is stored, or the Writer
// has given it up. The error is that of a file, or of the directory.
func (s *Spool) Run(ctx context.Context) error {
	unlock, err := Lock(filepath.Join(s.Dir, lockName))
	if err != nil {
		return fmt.Errorf("%s: %w", s.Dir, err)
	}
	defer unlock()
	s.files, s.failed, s.wake = map[string]*spoolFile{}, map[string]error{}, make(chan struct{}, 1)
	if err := s.load(); err != nil {
		return err
	}
	over := make(chan struct{})
	var tidying sync.WaitGroup
	tidying.Go(func() { s.tidy(over) })
	err = s.watch(ctx)
	if e := s.Writer.Close(); err == nil {
		err = e
	}
	close(over)
	tidying.Wait()
	if err == nil && len(s.failed) > 0 {
		err = fmt.Errorf("%s: %d files were not published", s.Dir, len(s.failed))
	}
	return err
}

// watch looks for files and publishes them.
func (s *Spool) watch(ctx context.Context) error {
	for {
		names, waiting, err := s.list()
		if err != nil {
			return err
		}
		for _, name := range names {
			if ctx.Err() != nil {
				return nil
			}
			if s.Once && s.hasFailed(name) {
				continue
			}
			if err := s.publish(ctx, name); err != nil {
				if e := s.Writer.Err(); e != nil {
					return e
				}
				s.fail(name, err)
			}
		}
		if s.Once && !waiting && s.idle(names) {
			return nil
		}
		poll := pollEvery
		if s.Once {
			poll /= 20
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(poll):
		}
		if err := s.Writer.Err(); err != nil {
			return err
		}
	}
}

// fail notes that a file can't be published, or not be removed.
func (s *Spool) fail(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
	if s.failed[name] == nil {
		s.Notice(err.Error())
	}
	s.failed[name] = err
}

func (s *Spool) hasFailed(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed[name] != nil
}

// idle reports whether only files are left that can't be published.
func (s *Spool) idle(names []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files) == 0 && !slices.ContainsFunc(names, func(name string) bool { return s.failed[name] == nil })
}

// list returns files that can be published, the oldest first. waiting says
// that there are others, which may not be finished.
func (s *Spool) list() (names []string, waiting bool, err error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, false, err
	}
	times := map[string]time.Time{}
	var size int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		size += info.Size()
		times[e.Name()] = info.ModTime()
		s.mu.Lock()
		_, published := s.files[e.Name()]
		s.mu.Unlock()
		switch {
		case published:
		case time.Since(info.ModTime()) < s.Settle && time.Since(info.ModTime()) >= 0:
			waiting = true
		default:
			names = append(names, e.Name())
		}
	}
	s.Counters.SpoolFiles.Store(int64(len(times)))
	s.Counters.SpoolBytes.Store(size)
	slices.SortFunc(names, func(a, b string) int {
		if c := times[a].Compare(times[b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return names, waiting, nil
}

// publish hands a file to the Writer, from where it is stored.
func (s *Spool) publish(ctx context.Context, name string) error {
	f, err := OpenRegular(filepath.Join(s.Dir, name), os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	id, err := s.identity(name, f)
	if err != nil {
		return err
	}
	file := &spoolFile{name: name}
	s.mu.Lock()
	state := s.state[name]
	if state.ID != id {
		state = fileState{ID: id}
		s.state[name] = state
	}
	s.files[name] = file
	s.mu.Unlock()
	r := NewLineReader(nil, 0)
	r.Long = func(offset int64) {
		if s.Long != nil {
			s.Long(fmt.Sprintf("%s: offset %d", f.Name(), offset))
		}
	}
	for at := state.Stored; ctx.Err() == nil; {
		// Each segment is read from its beginning, so that it is the same when
		// another run begins with it. Its name has the file's size, too: should
		// the file grow against the rules, what is sent again is not taken for
		// what there was.
		r.Reset(io.NewSectionReader(f, at, info.Size()-at), at)
		end, err := s.segment(r, fmt.Sprintf("%s-%x-%x", id, at, info.Size()), file)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		if file.read {
			return nil
		}
		at = end
	}
	return nil
}

// segment hands a segment of a file to the Writer, and returns the offset
// behind it.
func (s *Spool) segment(r *LineReader, name string, file *spoolFile) (end int64, err error) {
	size := 0
	last := false
	for size < segmentSize && !last {
		var lines []byte
		lines, end, err = r.Next()
		switch {
		case err == io.EOF:
			last = true
			continue
		case err == nil && size == 0:
			s.Writer.Begin(name)
		}
		if err == nil {
			size += len(lines)
			err = s.Writer.Add(lines)
		}
		if err != nil {
			if size > 0 {
				s.Writer.Abort()
			}
			return 0, err
		}
	}
	s.mu.Lock()
	file.read, file.size = last, end
	file.segments = append(file.segments, spoolSegment{end: end})
	s.mu.Unlock()
	stored := func(err error) { s.stored(file, end, err) }
	if size == 0 {
		stored(nil)
		return end, nil
	}
	s.Writer.End(stored)
	return end, nil
}

// identity tells files apart that have the same name, one after the other, and
// files of several sensors. A file that grows keeps its identity.
func (s *Spool) identity(name string, f *os.File) (string, error) {
	head := make([]byte, 4096)
	n, err := io.ReadFull(io.NewSectionReader(f, 0, int64(len(head))), head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	head = head[:n]
	if i := strings.IndexByte(string(head), '\n'); i >= 0 {
		head = head[:i]
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q ", s.Sensor, name)
	h.Write(head)
	return hex.EncodeToString(h.Sum(nil)[:9]), nil
}

// stored notes that a segment is stored.
func (s *Spool) stored(file *spoolFile, end int64, err error) {
	if err != nil {
		return // the Writer says so
	}
	s.mu.Lock()
	for i := range file.segments {
		if file.segments[i].end == end {
			file.segments[i].stored = true
		}
	}
	state := s.state[file.name]
	for len(file.segments) > 0 && file.segments[0].stored {
		state.Stored = file.segments[0].end
		file.segments = file.segments[1:]
	}
	s.state[file.name] = state
	s.changed = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// tidy removes files that are stored, and writes the state.
func (s *Spool) tidy(over <-chan struct{}) {
	for last := false; ; {
		s.mu.Lock()
		var done []*spoolFile
		for _, f := range s.files {
			if f.read && len(f.segments) == 0 {
				done = append(done, f)
			}
		}
		s.mu.Unlock()
		for _, f := range done {
			s.finish(f)
		}
		if err := s.save(); err != nil {
			s.Notice(err.Error())
		}
		if last {
			return
		}
		select {
		case <-over:
			last = true
		case <-time.After(stateEvery):
			select {
			case <-s.wake:
			case <-over:
				last = true
			}
		}
	}
}

// finish removes a file that is stored, or moves it away.
func (s *Spool) finish(f *spoolFile) {
	name := filepath.Join(s.Dir, f.name)
	info, err := os.Stat(name)
	if err == nil && info.Size() != f.size {
		s.Notice(fmt.Sprintf("%s: it has changed since it was read: only finished files should be in %s", name, s.Dir))
		s.mu.Lock()
		delete(s.files, f.name) // it is read on
		s.mu.Unlock()
		return
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // somebody else has removed it
		err = nil
	case err != nil:
	case s.Done != "":
		err = os.Rename(name, filepath.Join(s.Done, f.name))
	default:
		err = os.Remove(name)
	}
	if err != nil {
		s.fail(f.name, err) // it is tried again
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, f.name)
	delete(s.state, f.name)
	delete(s.failed, f.name)
	s.changed = true
}

// load reads the state, and forgets files that are gone.
func (s *Spool) load() error {
	s.state = map[string]fileState{}
	err := LoadState(filepath.Join(s.Dir, StateName), &s.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w (without it, files are published from their beginning)", err)
	}
	for name := range s.state {
		if _, err := os.Stat(filepath.Join(s.Dir, name)); errors.Is(err, fs.ErrNotExist) {
			delete(s.state, name)
		}
	}
	return nil
}

// save writes the state if it has changed.
func (s *Spool) save() error {
	s.mu.Lock()
	changed, state := s.changed, maps.Clone(s.state)
	s.changed = false
	s.mu.Unlock()
	if !changed {
		return nil
	}
	return SaveState(filepath.Join(s.Dir, StateName), state)
}
