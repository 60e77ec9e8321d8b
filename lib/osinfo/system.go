// Package osinfo says what an executable is: its SHA-256, the package that
// installed it, and the operating system around it.
//
// Nothing is executed. Package databases and os-release are read below a root
// directory, which may be that of a container; it can't lead out of it with
// symbolic links.
package osinfo

import (
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// A Program is what is known of an executable. Fields are empty where
// something isn't known.
type Program struct {
	Path    string // absolute, below the root
	Package string // name of the package that installed it
	Version string // of the package without epoch and revision, or of the Go module
	SHA256  string // of the executable, in upper-case hexadecimal digits
}

// Name is the last element of the path.
func (p *Program) Name() string { return path.Base(p.Path) }

// A System is the root directory of an operating system.
type System struct {
	root *os.Root
	cpe  string
}

// OpenSystem opens the system whose root is a directory: "/" for this one.
func OpenSystem(dir string) (*System, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &System{root: root, cpe: cpeOf(root)}, nil
}

// CPE names the operating system as a CPE 2.3 formatted string (NIST IR 7695),
// or is empty where os-release names none that is known.
func (s *System) CPE() string { return s.cpe }

// Close closes the directory.
func (s *System) Close() error { return s.root.Close() }

// Inspect says what the executable at an absolute path is. Its content is
// read from file if that isn't nil, which may be right where the path no
// longer is.
func (s *System) Inspect(name string, file *os.File) (Program, error) {
	p := Program{Path: path.Clean(name)}
	if file == nil {
		f, err := s.open(p.Path)
		if err != nil {
			return p, err
		}
		defer f.Close()
		file = f
	}
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return p, fmt.Errorf("%s: %w", p.Path, err)
	}
	p.SHA256 = fmt.Sprintf("%X", h.Sum(nil))
	p.Package, p.Version = s.PackageOf(p.Path)
	if p.Version == "" {
		p.Version = goVersion(file)
	}
	return p, nil
}

// PackageOf returns the name and the version of the package that installed a
// file, empty where none did.
func (s *System) PackageOf(name string) (pkg, version string) {
	for _, find := range []func(*System, string) (string, string){dpkg, apk} {
		for _, alias := range aliases(path.Clean(name)) {
			if pkg, version := find(s, alias); pkg != "" {
				return pkg, version
			}
		}
	}
	return "", ""
}

// open opens a regular file below the root without waiting for anything.
func (s *System) open(name string) (*os.File, error) {
	f, err := s.root.OpenFile(relative(name), os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		if err == nil {
			err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
		}
		return nil, err
	}
	return f, nil
}

// maxDatabase is how much of one file of a package database is read.
const maxDatabase = 64 << 20

func (s *System) read(name string) []byte {
	f, err := s.open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxDatabase))
	if err != nil {
		return nil
	}
	return b
}

func relative(name string) string {
	for len(name) > 0 && name[0] == '/' {
		name = name[1:]
	}
	if name == "" {
		return "."
	}
	return name
}

// goVersion is the version of the main module of an executable that was built
// by Go.
func goVersion(file *os.File) string {
	info, err := buildinfo.Read(file)
	if err != nil || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}
