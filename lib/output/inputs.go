package output

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"merctools/lib/internal/atomicfile"
)

// Inputs are the files that a command reads. None of them may be one that it
// writes: opening that would destroy it, before it is read or while.
//
// Files are told by device and inode, so that other names of a file and
// redirections count. Only regular files and block devices are: a terminal is
// input and output at once.
type Inputs struct{ files []inputFile }

type inputFile struct {
	name string
	info fs.FileInfo
}

// Add adds a file by its name. A file that can't be found is left out: reading
// it will say so.
func (in *Inputs) Add(name string) {
	if info, err := os.Stat(name); err == nil {
		in.add(name, info)
	}
}

// AddOpen adds a stream, such as standard input, if it is a file.
func (in *Inputs) AddOpen(name string, stream any) {
	if info := stat(stream); info != nil {
		in.add(name, info)
	}
}

func (in *Inputs) add(name string, info fs.FileInfo) {
	if mode := info.Mode(); mode.IsRegular() || mode.Type() == fs.ModeDevice {
		in.files = append(in.files, inputFile{name, info})
	}
}

// Refuse returns an error if writing a file of the given name would write to
// an input, be it under the temporary name that the file has until it is
// complete, or the one that it has if it remains incomplete.
func (in *Inputs) Refuse(name string) error {
	target := atomicfile.Target(name)
	for _, f := range in.files {
		if s, err := filepath.Abs(f.name); err == nil {
			if t, err := filepath.Abs(target); err == nil && atomicfile.IsTemp(s, t) {
				return fmt.Errorf("%s: is what a crash left of %s, which is removed; nothing was written", f.name, name)
			}
		}
	}
	for _, s := range []string{name, atomicfile.PartialName(target)} {
		if info, err := os.Stat(s); err == nil {
			if err := in.refuse(s, info); err != nil {
				return err
			}
		}
	}
	return nil
}

// RefuseOpen returns an error if a stream, such as standard output, is an
// input.
func (in *Inputs) RefuseOpen(name string, stream any) error {
	if info := stat(stream); info != nil {
		return in.refuse(name, info)
	}
	return nil
}

func (in *Inputs) refuse(name string, info fs.FileInfo) error {
	for _, f := range in.files {
		if os.SameFile(f.info, info) {
			if f.name == name {
				return fmt.Errorf("%s: is both input and output; nothing was written", name)
			}
			return fmt.Errorf("%s: is the same file as %s, which is read; nothing was written", name, f.name)
		}
	}
	return nil
}

// stat returns what a stream is, or nil if it is no file.
func stat(stream any) fs.FileInfo {
	f, ok := stream.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	return info
}
