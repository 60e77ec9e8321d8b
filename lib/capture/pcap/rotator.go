package pcap

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// RotatorConfig says which files a [Rotator] writes.
type RotatorConfig struct {
	// Name is the name of the one file, where neither Records nor Every is
	// set; otherwise [OutputName] makes the names of it.
	Name string

	Records uint64        // that a file has at most; 0: any number
	Every   time.Duration // after which a file that has records is finished; 0: never
	Split   Splitter      // of the records; needed where Records is set
	Header  []byte        // that each file begins with

	// Overwrite lets a file be replaced that is there already. Otherwise
	// that is an error that wraps fs.ErrExist.
	Overwrite bool

	// InPlace gives a file its name when it is opened instead of when it is
	// complete, for readers that follow it.
	InPlace bool

	Now func() time.Time // nil: time.Now
}

// A Rotator writes records to a file, and to the next one when that has enough.
// While a file is written it has a hidden name in the same directory; it gets
// its own by renaming when it is complete, so that nobody reads half of one. A
// name that stands for something else than a regular file, such as a device, a
// pipe or a symbolic link, is written to as it is.
//
// The first file is there from the start, so that it is known early whether it
// can be; a later one is opened for its first record, so that none is empty.
// A Rotator is for one goroutine.
type Rotator struct {
	config RotatorConfig
	number uint64 // of the next file

	file    *os.File // nil where the next record opens one
	name    string   // of file when it is complete
	rename  bool     // it has another name until then
	regular bool
	size    int64 // of what file has that is whole
	records uint64
	opened  time.Time
}

// NewRotator opens the first file.
func NewRotator(config RotatorConfig) (*Rotator, error) {
	if config.Records > 0 && config.Split == nil {
		return nil, errors.New("capfile: a limit of records needs a Splitter")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	r := &Rotator{config: config}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

// WriteRecords writes n records. Where they do not fit one file, they are
// split. After an error the file ends with a whole record where its kind
// allows that, and the records are lost from the one that failed on; how many
// were written is returned as well.
func (r *Rotator) WriteRecords(p []byte, n int) (written int, err error) {
	for n > 0 {
		if err := r.RotateIfDue(); err != nil {
			return written, err
		}
		if r.file == nil {
			if err := r.open(); err != nil {
				return written, err
			}
		}
		part, count := p, n
		if r.config.Records > 0 && uint64(n) > r.config.Records-r.records {
			count = int(r.config.Records - r.records)
			part = p[:r.config.Split(p, count)]
		}
		if err := r.write(part); err != nil {
			return written, err
		}
		r.records += uint64(count)
		written += count
		p, n = p[len(part):], n-count
		if r.records == r.config.Records {
			if err := r.Rotate(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// write writes p whole, or leaves the file as it was.
func (r *Rotator) write(p []byte) error {
	n, err := r.file.Write(p)
	if err != nil {
		return errors.Join(err, r.cutBack(n))
	}
	r.size += int64(n)
	return nil
}

// cutBack takes back the n bytes that a failed write has written, so that the
// next record begins on its own. From something else than a regular file
// nothing can be taken back.
func (r *Rotator) cutBack(n int) error {
	if n == 0 || !r.regular {
		return nil
	}
	if err := r.file.Truncate(r.size); err != nil {
		return err
	}
	_, err := r.file.Seek(r.size, io.SeekStart)
	return err
}

// RotateIfDue finishes the file if its time is over and it has records. To be
// called now and then while no records come.
func (r *Rotator) RotateIfDue() error {
	if r.config.Every <= 0 || r.file == nil {
		return nil
	}
	now := r.config.Now()
	if now.Sub(r.opened) < r.config.Every {
		return nil
	}
	r.opened = now // an empty file goes on
	return r.Rotate()
}

// Rotate finishes the file, where it has records and is not the only one that
// the configuration names.
func (r *Rotator) Rotate() error {
	if r.file == nil || r.records == 0 || !r.rotates() {
		return nil
	}
	return r.finish()
}

// Reopen begins another file. The only one that a configuration names is opened
// anew where its name does not stand for it any more, because another program
// has moved it away.
func (r *Rotator) Reopen() error {
	if r.rotates() {
		return r.Rotate()
	}
	if r.file == nil || r.rename {
		return nil
	}
	present, err := os.Stat(r.name)
	if err == nil {
		var mine fs.FileInfo
		if mine, err = r.file.Stat(); err == nil && os.SameFile(present, mine) {
			return nil
		}
	}
	if err := r.finish(); err != nil {
		return err
	}
	return r.open()
}

// Close finishes the file, with or without records.
func (r *Rotator) Close() error {
	if r.file == nil {
		return nil
	}
	return r.finish()
}

func (r *Rotator) rotates() bool { return r.config.Records > 0 || r.config.Every > 0 }

// open opens the next file and writes the header.
func (r *Rotator) open() error {
	now := r.config.Now()
	name := r.config.Name
	if r.rotates() {
		name = OutputName(name, r.number, now)
	}
	file, rename, err := r.create(name)
	for r.rotates() && errors.Is(err, fs.ErrExist) {
		// One that was ended in this second has written it.
		r.number++
		name = OutputName(r.config.Name, r.number, now)
		file, rename, err = r.create(name)
	}
	if err != nil {
		return err
	}
	if _, err := file.Write(r.config.Header); err != nil {
		file.Close()
		if rename {
			os.Remove(file.Name())
		}
		return err
	}
	info, err := file.Stat()
	r.number++
	r.file, r.name, r.rename = file, name, rename
	r.regular = err == nil && info.Mode().IsRegular()
	r.size, r.records, r.opened = int64(len(r.config.Header)), 0, now
	return nil
}

// create opens a file for writing that is, or by renaming will be, called name.
func (r *Rotator) create(name string) (file *os.File, rename bool, err error) {
	const mode = 0o666 // less the umask
	if err := r.mayReplace(name); err != nil {
		return nil, false, err
	}
	info, err := os.Lstat(name)
	special := err == nil && !info.Mode().IsRegular()
	if special || r.config.InPlace {
		file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
		return file, false, err
	}
	// What a crash left there is not continued, nor is a link followed.
	hidden := unfinishedName(name)
	if err := os.Remove(hidden); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	file, err = os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	return file, true, err
}

// mayReplace returns an error where name is a regular file, or a link to one,
// and must stay.
func (r *Rotator) mayReplace(name string) error {
	if r.config.Overwrite {
		return nil
	}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
}

// finish closes the file and gives it its name. Where that fails, the hidden
// file stays.
func (r *Rotator) finish() error {
	hidden := r.file.Name()
	err := r.file.Close()
	r.file = nil
	if err != nil || !r.rename {
		return err
	}
	if err := r.mayReplace(r.name); err != nil {
		return err
	}
	return os.Rename(hidden, r.name)
}
