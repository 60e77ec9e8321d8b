package cli

import (
	"errors"
	"os"
	"slices"
	"strings"
)

// opened are files that were opened before they are read, by name: the command
// then need not be able to open any.
type opened map[string]openedFile

type openedFile struct {
	file *os.File
	err  error
}

// maxOpened is how many files are opened before they are read.
const maxOpened = 64

// openFiles opens the regular files among the names, and returns the names of
// those that are still to be opened: there are too many, they are named more
// than once, or opening them may wait.
func openFiles(names []string) (files opened, rest []string) {
	files = opened{}
	for _, name := range names {
		if name == "-" || name == "" {
			continue
		}
		info, err := os.Stat(name)
		inherited := strings.HasPrefix(name, "/dev/fd/") || strings.HasPrefix(name, "/proc/self/fd/")
		switch i := slices.Index(names, name); {
		case slices.Contains(names[i+1:], name), len(files) >= maxOpened, err == nil && !info.Mode().IsRegular() && !inherited:
			rest = append(rest, name)
		default:
			f, err := os.Open(name)
			files[name] = openedFile{f, err}
		}
	}
	return files, rest
}

// open returns a file that is open, or opens it.
func (o opened) open(name string) (*os.File, error) {
	if name == "" { // which a variable of a shell is that was never set
		return nil, errors.New("the name of a file is empty")
	}
	f, ok := o[name]
	if !ok {
		return os.Open(name)
	}
	delete(o, name)
	return f.file, f.err
}

// OpenFiles opens files that Open is to return, where that does not wait. It
// returns the names of the others.
func (e *Env) OpenFiles(names []string) (rest []string) {
	if !e.process {
		return names
	}
	e.opened, rest = openFiles(names)
	return rest
}

// OpenFiles does what Env.OpenFiles does for the captures that are read.
func (in *Input) OpenFiles(env *Env) (rest []string) {
	if !env.process || in.Rounds > 1 {
		return in.names
	}
	in.opened, rest = openFiles(in.names)
	return rest
}
