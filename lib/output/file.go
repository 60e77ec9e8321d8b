package output

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"merctools/lib/internal/atomicfile"
)

// A file is one file of an output.
type file struct {
	w       io.Writer
	f       *os.File         // w, where it is a file of the system; otherwise nil
	pending *atomicfile.File // where the file gets its name at the end; otherwise nil
	regular bool
	keep    bool // the file is not closed at the end: standard output
}

// openStdout returns standard output as a file.
func openStdout(w io.Writer) *file {
	f := &file{w: w, keep: true}
	f.f, _ = w.(*os.File)
	f.stat()
	return f
}

// openInPlace opens a file, device or pipe that has its name from the start.
func openInPlace(name string) (*file, error) {
	f, err := atomicfile.OpenInPlace(name)
	if err != nil {
		return nil, err
	}
	out := &file{w: f, f: f}
	out.stat()
	return out, nil
}

// openPending opens a file that gets its name when it is complete.
func openPending(name string) (*file, error) {
	return pendingFile(atomicfile.Create(name, atomicfile.Mode))
}

// openRotated is openPending for a name that tells the time.
func openRotated(name string) (*file, error) {
	return pendingFile(atomicfile.CreateNew(name, atomicfile.Mode))
}

func pendingFile(f *atomicfile.File, err error) (*file, error) {
	if err != nil {
		return nil, err
	}
	out := &file{w: f.File, f: f.File, pending: f}
	out.stat()
	return out, nil
}

func (f *file) stat() {
	if f.f == nil {
		return
	}
	info, err := f.f.Stat()
	f.regular = err == nil && info.Mode().IsRegular()
}

// write writes n records. If that fails on a disk that is full, it writes as
// many whole records as there is room for, and returns how many. Of a pipe or a
// device nothing can be taken back: there a part of a record may be left.
func (f *file) write(p []byte, n int, s splitter) (written int, err error) {
	k, err := f.w.Write(p)
	if err == nil {
		return n, nil
	}
	end, written := s.whole(p[:k])
	if f.regular && k > end {
		err = errors.Join(err, f.cut(int64(k-end)))
	}
	return written, err
}

// cut takes back the last n bytes, unless somebody else has written after them.
func (f *file) cut(n int64) error {
	at, err := f.f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != at {
		return nil
	}
	if err := f.f.Truncate(at - n); err != nil {
		return err
	}
	_, err = f.f.Seek(at-n, io.SeekStart)
	return err
}

// close finishes the file and, where it has another name until then, gives it
// its name.
func (f *file) close() error {
	switch {
	case f.keep:
		return nil
	case f.pending != nil:
		return f.pending.Commit()
	}
	return f.f.Close()
}

// closeNew is close for a file that must replace none. The error wraps fs.ErrExist
// where there is one of its name: the file is still open then, and may be renamed.
func (f *file) closeNew() error {
	if f.pending == nil {
		return f.close()
	}
	return f.pending.CommitNew()
}

// closeFailed finishes a file that lacks something. It replaces no file: where
// there is one of its name, it returns the other name that it has given it.
func (f *file) closeFailed(name string) (kept string, err error) {
	if f.pending == nil {
		return "", f.close()
	}
	kept, err = f.pending.Keep()
	if kept == atomicfile.Target(name) {
		kept = ""
	}
	return kept, err
}

// discard closes the file and removes it if nobody has seen it.
func (f *file) discard() {
	switch {
	case f.keep:
	case f.pending != nil:
		_ = f.pending.Discard()
	default:
		_ = f.f.Close()
	}
}

// isSpecial reports whether a name stands for something that can't be replaced,
// such as a device or a pipe.
func isSpecial(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular()
}

// mayReplace returns an error that wraps fs.ErrExist where name is a regular
// file, or a link to one.
func mayReplace(name string, overwrite bool) error {
	if overwrite {
		return nil
	}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
}

// Permissions of files, less the umask: of one that everybody may read, and of
// what was seen in a network.
const (
	Public  fs.FileMode = 0o644
	Private fs.FileMode = atomicfile.Mode
)

// CheckFile returns why WriteFile would fail. No file is left.
func CheckFile(name string, mode fs.FileMode) error {
	if isSpecial(name) {
		return atomicfile.CheckInPlace(name)
	}
	f, err := atomicfile.Create(name, mode)
	if err != nil {
		return err
	}
	return f.Discard()
}

// WriteFile writes a file, which appears when it is complete. A device or a pipe
// is written in place.
func WriteFile(name string, mode fs.FileMode, write func(io.Writer) error) error {
	var f *file
	var err error
	if isSpecial(name) {
		f, err = openInPlace(name)
	} else {
		f, err = pendingFile(atomicfile.Create(name, mode))
	}
	if err != nil {
		return err
	}
	if err := write(f.w); err != nil {
		f.discard()
		return err
	}
	return f.close()
}
