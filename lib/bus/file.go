package bus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenRegular opens a file that is neither a link nor a pipe: who else may make
// files in its directory could have made it one.
func OpenRegular(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(name, flags|noFollow, 0o666)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// LoadState reads what SaveState has written. Its error wraps fs.ErrNotExist where
// there is nothing.
func LoadState(name string, value any) error {
	f, err := OpenRegular(name, os.O_RDONLY)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewDecoder(f).Decode(value), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// SaveState makes a value, as JSON, the content of a file. It is on the disk then,
// as are the names of all files of the directory.
func SaveState(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	// What is there under the new name was left by a crash, or is a link to
	// something that is not to be written.
	if err := os.Remove(name + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}
