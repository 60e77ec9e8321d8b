package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"merctools/lib/internal/atomicfile"
)

// rotatorConfig says which files a rotator writes.
type rotatorConfig struct {
	// name is the name of the one file, where neither records nor every is
	// set; otherwise rotatedName makes the names of it.
	name   string
	stdout io.Writer // where the name stands for standard output

	records uint64        // that a file has at most; 0: any number
	every   time.Duration // after which a file that has records is finished; 0: never
	split   splitter

	keep retention // of finished files

	overwrite bool // replace files that exist; otherwise they are an error that wraps fs.ErrExist
	inPlace   bool // files have their names from the start, for readers that follow them

	refuse func(name string) error // of files that must not be written
	notice func(format string, args ...any)
	now    func() time.Time
}

// A rotator writes records to a file, and to the next one when that has enough.
// A file gets its name by renaming when it is complete, so that nobody reads
// half of one. A device or a pipe is written in place.
//
// The first file is opened at once, so that an error shows early; a later one
// is opened for its first record, so that none is empty. A rotator is for one
// goroutine at a time.
type rotator struct {
	config rotatorConfig
	header []byte // that each file begins with
	number uint64 // of the next file

	file    *file // nil where the next record opens one
	name    string
	records uint64
	opened  time.Time
	latest  time.Time // that a name tells; the clock may go back
	gone    uint64    // records of files that somebody has removed before they were finished
}

// newRotator opens the first file.
func newRotator(config rotatorConfig) (*rotator, error) {
	if IsStdout(config.name) {
		config.records, config.every = 0, 0
	}
	if config.now == nil {
		config.now = time.Now
	}
	r := &rotator{config: config}
	return r, r.open()
}

// setHeader says what each file begins with. It is called before the first
// records.
func (r *rotator) setHeader(header []byte) error {
	r.header = header
	if r.file == nil {
		return nil
	}
	_, err := r.file.w.Write(header)
	return err
}

// write writes n records, to several files where they don't fit one. If it
// fails, the records that it has not written are lost. It returns how many it
// has.
func (r *rotator) write(p []byte, n int) (written int, err error) {
	for n > 0 {
		if err := r.rotateIfDue(); err != nil {
			return written, err
		}
		if r.file == nil {
			if err := r.open(); err != nil {
				return written, err
			}
		}
		part, count := p, n
		if r.config.records > 0 && uint64(n) > r.config.records-r.records {
			count = int(r.config.records - r.records)
			part = p[:r.config.split.first(p, count)]
		}
		k, err := r.file.write(part, count, r.config.split)
		r.records += uint64(k)
		written += k
		if err != nil {
			return written, err
		}
		p, n = p[len(part):], n-count
		if r.records == r.config.records {
			if err := r.rotate(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// rotateIfDue finishes the file if its time is over and it has records.
func (r *rotator) rotateIfDue() error {
	if r.config.every <= 0 || r.file == nil {
		return nil
	}
	now := r.config.now()
	if now.Sub(r.opened) < r.config.every {
		return nil
	}
	r.opened = now // an empty file goes on
	return r.rotate()
}

// lookAfter finishes the file if its time is over, and begins another one if
// somebody has removed it, or its directory.
func (r *rotator) lookAfter() error {
	if r.file != nil && r.file.f != nil && !r.file.keep && atomicfile.IsRemoved(r.file.f) {
		f := r.file
		r.file = nil
		r.gone += r.records
		err := fmt.Errorf("%s: %w, with %d records", r.name, atomicfile.ErrRemoved, r.records)
		_ = f.f.Close() // nothing of it is left
		return err
	}
	return r.rotateIfDue()
}

// takeGone returns how many records of removed files were written, since the last
// call.
func (r *rotator) takeGone() uint64 {
	n := r.gone
	r.gone = 0
	return n
}

// rotate finishes the file, where it has records and is not the only one that
// the configuration names.
func (r *rotator) rotate() error {
	if r.file == nil || r.records == 0 || !r.rotates() {
		return nil
	}
	return r.finish(true)
}

// reopen begins another file. The only one that a configuration names is opened
// anew where its name stands for another file or none, because another program
// has moved it away.
func (r *rotator) reopen() error {
	if r.rotates() {
		return r.rotate()
	}
	if r.file == nil || r.file.keep || r.file.pending != nil {
		return nil
	}
	present, err := os.Stat(r.name)
	if err == nil {
		var own fs.FileInfo
		if own, err = r.file.f.Stat(); err == nil && os.SameFile(present, own) {
			return nil
		}
	}
	if err := r.finish(true); err != nil {
		return err
	}
	return r.open()
}

// close finishes the last file, with or without records. Where complete is not
// set, the file replaces none.
func (r *rotator) close(complete bool) error {
	if r.file == nil {
		return nil
	}
	return r.finish(complete)
}

func (r *rotator) rotates() bool { return r.config.records > 0 || r.config.every > 0 }

// open opens the next file and writes the header.
func (r *rotator) open() error {
	now := r.config.now()
	name := r.config.name
	if r.rotates() {
		if now.Round(0).After(r.latest) { // by the clock on the wall
			r.latest = now.Round(0)
		}
		name = r.nextName()
	}
	f, err := r.create(name)
	for r.rotates() && errors.Is(err, fs.ErrExist) {
		// One that was ended in this second has written it.
		r.number++
		name = r.nextName()
		f, err = r.create(name)
	}
	if err != nil {
		return err
	}
	if len(r.header) > 0 {
		if _, err := f.w.Write(r.header); err != nil {
			f.discard()
			return err
		}
	}
	r.number++
	r.file, r.name, r.records, r.opened = f, name, 0, now
	return nil
}

// nextName is the name of the next file: later than that of the one before, by its
// number and by its time.
func (r *rotator) nextName() string { return rotatedName(r.config.name, r.number, r.latest) }

// create opens a file for writing that is, or by renaming will be, called name.
func (r *rotator) create(name string) (*file, error) {
	if IsStdout(name) {
		return openStdout(r.config.stdout), nil
	}
	if r.config.refuse != nil {
		if err := r.config.refuse(name); err != nil {
			return nil, err
		}
	}
	if err := mayReplace(name, r.config.overwrite && !r.rotates()); err != nil {
		return nil, err
	}
	if r.config.inPlace || isSpecial(name) {
		return openInPlace(name)
	}
	if r.rotates() {
		return openRotated(name)
	}
	return openPending(name)
}

// finish closes the file and gives it its name. Where that fails, the file
// stays under its temporary name.
func (r *rotator) finish(complete bool) error {
	f := r.file
	r.file = nil
	if !complete {
		kept, err := f.closeFailed(r.name)
		if kept != "" {
			r.notice("%s is left as it was; the incomplete output is in %s", r.name, kept)
		}
		return err
	}
	if r.rotates() {
		err := f.closeNew()
		for errors.Is(err, fs.ErrExist) && f.pending != nil {
			// Another process has made it since this one was begun.
			r.name = r.nextName()
			r.number++
			f.pending.Rename(r.name)
			err = f.closeNew()
		}
		switch {
		case err == nil:
			r.config.keep.apply(r.config.name, r.notice)
		case errors.Is(err, atomicfile.ErrRemoved):
			r.gone += r.records
		}
		return err
	}
	if f.pending != nil {
		if err := mayReplace(r.name, r.config.overwrite); err != nil {
			return errors.Join(err, f.f.Close())
		}
	}
	return f.close()
}

func (r *rotator) notice(format string, args ...any) {
	if r.config.notice != nil {
		r.config.notice(format, args...)
	}
}
