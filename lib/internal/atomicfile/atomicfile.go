// Package atomicfile writes files that appear under their names only when they
// are complete.
//
// google/renameio does the same on Unix. It does not serve here: it does not
// build for Windows; it calls fsync(2) for every file, which makes a command
// wait for the disk after each of the files that rotation makes, where there is
// no old file to protect; and what a crash leaves adds up.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// A File is written under a temporary name until Commit or Keep
// gives it another one. The file must be closed by one of Commit, Keep and
// Discard.
type File struct {
	*os.File
	name string // of the complete file; no symbolic link
}

// tempName returns a name for a file until it is complete. It is hidden, and in
// the same directory, so that renaming works. Nobody can guess it, and put
// something else there.
func tempName(name string) string {
	dir, base := filepath.Split(name)
	return dir + "." + base + "." + strings.ToLower(rand.Text()[:randomLen]) + tempExt
}

const (
	randomLen = 12
	tempExt   = ".part"
)

// IsTemp reports whether a file of the name temp can be what is to become one
// of the name name.
func IsTemp(temp, name string) bool {
	dir, base := filepath.Split(name)
	rest, ok := strings.CutPrefix(temp, dir+"."+base+".")
	if !ok || len(rest) != randomLen+len(tempExt) || !strings.HasSuffix(rest, tempExt) {
		return false
	}
	return strings.Trim(rest[:randomLen], "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// PartialName is the name that Keep gives to an incomplete file if there is a
// file of the name already.
func PartialName(name string) string { return name + ".partial" }

// Target follows the symbolic links of a name, so that the file that they
// point to is replaced, not the link. That file need not exist.
func Target(name string) string {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		return target
	}
	if target, err := os.Readlink(name); err == nil {
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(name), target)
		}
		return target
	}
	return name
}

// Mode are the permissions of output files, less the umask.
const Mode = 0o640

// Create opens a file that will be called name, and removes what a crash left
// of one. Permissions and, where the process may change it, the owner are those
// of the file that it replaces, or else mode. A link in a directory in which
// anybody can make files is an error.
func Create(name string, mode fs.FileMode) (*File, error) {
	if target := Target(name); target != "" {
		removeLeftovers(target)
	}
	return CreateNew(name, mode)
}

// CreateNew is Create for a name that no file had before.
func CreateNew(name string, mode fs.FileMode) (*File, error) {
	if err := CheckLink(name); err != nil {
		return nil, err
	}
	name = Target(name)
	old, missing := os.Stat(name)
	if missing == nil && old.IsDir() {
		return nil, &fs.PathError{Op: "create", Path: name, Err: syscall.EISDIR}
	}
	temp := tempName(name)
	// With O_EXCL, no link is followed.
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) // less the umask
	if err != nil {
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			path.Path = name // which its user knows
		}
		return nil, err
	}
	lock(f)
	if missing == nil {
		inherit(f, old)
	}
	return &File{File: f, name: name}, nil
}

// removeLeftovers removes temporary files of a name that no process writes.
func removeLeftovers(name string) {
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return // making the file tells
	}
	dir, _ := filepath.Split(name)
	for _, e := range entries {
		if temp := dir + e.Name(); e.Type().IsRegular() && IsTemp(temp, name) && isAbandoned(temp) {
			_ = os.Remove(temp)
		}
	}
}

// CheckLink returns an error where a name is a symbolic link in a directory in
// which everybody can make some: it can lead to any file that the process can
// write.
func CheckLink(name string) error {
	for range 8 {
		info, err := os.Lstat(name)
		if err != nil || info.Mode().Type() != fs.ModeSymlink {
			return nil
		}
		if isShared(filepath.Dir(name)) {
			return &fs.PathError{Op: "create", Path: name, Err: errSharedLink}
		}
		target, err := os.Readlink(name)
		if err != nil {
			return err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(name), target)
		}
		name = target
	}
	return nil
}

var errSharedLink = errors.New("a symbolic link in a directory that everybody can write to")

// isShared reports whether everybody can make files in a directory.
func isShared(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir() && info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows"
}

// OpenInPlace opens a file for writing that has its name from the start, and
// makes it or removes what is in it. A link is not followed in a directory that
// everybody can write to; there, a file that is there must be the process's.
func OpenInPlace(name string) (*os.File, error) {
	if err := CheckLink(name); err != nil {
		return nil, err
	}
	if isNameless(name) {
		return os.OpenFile(name, os.O_WRONLY, 0)
	}
	name = Target(name)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|noFollow, Mode) // less the umask
	if err == nil || !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if f, err = openOld(name); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// isNameless reports whether a name leads to a pipe or a device that has none, since
// somebody has opened it for this process: such as /dev/fd/63, which a shell writes for
// >(command).
func isNameless(name string) bool {
	if _, err := os.Lstat(Target(name)); err == nil {
		return false
	}
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// openOld opens a file that is there, and leaves it as it is.
func openOld(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|noFollow, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && isShared(filepath.Dir(name)) && !IsOwn(info) {
		err = &fs.PathError{Op: "open", Path: name, Err: errSharedFile}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// CheckInPlace returns why OpenInPlace would fail. A file that is there stays as it
// is, and none is left where there was none. Devices and pipes are only looked for:
// to open a pipe may take until it has a reader.
func CheckInPlace(name string) error {
	if err := CheckLink(name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f, err := CreateNew(name, Mode)
		if err != nil {
			return err
		}
		return f.Discard()
	case err == nil && !info.Mode().IsRegular() && !info.IsDir():
		return nil
	}
	f, err := openOld(Target(name))
	if err != nil {
		return err
	}
	return f.Close()
}

var errSharedFile = errors.New("somebody else's file in a directory that everybody can write to")

// Commit closes the file and gives it its name. If it replaces a file, its data
// is on the disk before, so that a power failure leaves one of both. After an
// error the file stays under its temporary name.
func (f *File) Commit() error {
	var err error
	if _, statErr := os.Lstat(f.name); statErr == nil {
		err = f.Sync()
	}
	return f.rename(f.name, err)
}

// CommitNew is Commit for a name that no file has: where one has it, even one that
// another process has made just now, the error wraps fs.ErrExist, and the file
// stays open. It may be called again after Rename.
func (f *File) CommitNew() error {
	if err := f.check(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := renameNew(f.Name(), f.name); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return err
		}
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// ErrRemoved says that a file has gone before it was complete, and what was written
// to it.
var ErrRemoved = errors.New("it was removed while it was written")

// Rename says that the file is to get another name, in the same directory.
func (f *File) Rename(name string) { f.name = filepath.Join(filepath.Dir(f.name), filepath.Base(name)) }

// renameSlowly gives a file a name that no file has, unless one is made at the
// same time.
func renameSlowly(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &fs.PathError{Op: "create", Path: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}

// Keep closes an incomplete file without replacing anything but an earlier
// incomplete one: it gets its name if that is free, otherwise PartialName. Keep
// returns the name.
func (f *File) Keep() (name string, err error) {
	name = f.name
	if _, err := os.Lstat(name); err == nil {
		name = PartialName(name)
	}
	return name, f.rename(name, nil)
}

// Discard closes and removes the file.
func (f *File) Discard() error {
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (f *File) rename(name string, err error) error {
	own := f.check()
	if err := errors.Join(err, f.Close(), own); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// check returns an error where the temporary name does not stand for the file.
func (f *File) check() error {
	own, err := f.Stat()
	if err != nil {
		return err
	}
	switch present, err := os.Lstat(f.Name()); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", f.name, ErrRemoved)
	case err != nil || !os.SameFile(own, present):
		return fmt.Errorf("%s: another process writes the same file", f.name)
	}
	return nil
}
