// Package atomicfile writes files that appear under their names only when they
// are complete.
//
// google/renameio does the same on Unix. It does not serve here: it does not
// build for Windows; it calls fsync(2) for every file, which makes a command
// wait for the disk after each of the files that rotation makes, where there is
// no old file to protect; and its temporary names are random, so that what a
// crash leaves adds up.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A File is written under a temporary name, [TempName], until Commit or Keep
// gives it another one. The file must be closed by one of Commit, Keep and
// Discard.
type File struct {
	*os.File
	name string // of the complete file; no symbolic link
}

// TempName is the name of a file until it is complete. It is hidden, and in the
// same directory, so that renaming works.
func TempName(name string) string {
	dir, base := filepath.Split(name)
	return dir + "." + base + ".part"
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

// Create opens a file that will be called name. It removes what a crash left
// under the temporary name. Permissions and, where the process may change it,
// the owner are those of the file that it replaces.
func Create(name string) (*File, error) {
	name = Target(name)
	temp := TempName(name)
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// With O_EXCL, a link that somebody puts there meanwhile is not followed.
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask
	if err != nil {
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			path.Path = name // which its user knows
		}
		return nil, err
	}
	if old, err := os.Stat(name); err == nil {
		inherit(f, old)
	}
	return &File{File: f, name: name}, nil
}

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
	own, statErr := f.Stat()
	if err := errors.Join(err, statErr, f.Close()); err != nil {
		return err
	}
	if present, err := os.Lstat(f.Name()); err != nil || !os.SameFile(own, present) {
		return fmt.Errorf("%s: another process writes the same file", f.name)
	}
	return os.Rename(f.Name(), name)
}
