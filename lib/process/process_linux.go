package process

import (
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"merctools/lib/osinfo"
)

// A process is what a Process is made from when it is asked for. What takes
// time is put off until then.
type process struct {
	pid     int
	command string
	parent  string
	path    string
	program *program // nil if the executable can't be read
}

// A program is an executable that is described when it is first asked for. It
// is kept open until then, as its path may lead nowhere when the process has
// ended.
type program struct {
	system *osinfo.System
	path   string
	once   sync.Once
	file   *os.File
	result osinfo.Program
	ok     bool
}

// An executable tells programs apart.
type executable struct {
	dev, ino uint64
	size     int64
	changed  time.Time
	system   *osinfo.System
	path     string
}

const (
	// maxPrograms is how many executables are remembered.
	maxPrograms = 4096
	// maxOpen is how many of them may be open.
	maxOpen = 256
	// maxSystems is how many root directories are kept open.
	maxSystems = 256
)

// deleted ends the path of an executable that is no longer there.
const deleted = " (deleted)"

// inspect says what a process is; it returns nil for one that is gone.
func (t *Table) inspect(pid string) *process {
	dir := "/proc/" + pid
	exe, err := os.Readlink(dir + "/exe")
	if err != nil {
		return nil
	}
	p := &process{path: strings.TrimSuffix(exe, deleted)}
	p.pid, _ = strconv.Atoi(pid)
	if name, err := os.ReadFile(dir + "/comm"); err == nil {
		p.command = strings.TrimSuffix(string(name), "\n")
	}
	p.parent = parentName(dir)
	mounts, _ := os.Readlink(dir + "/ns/mnt")
	root, _ := os.Readlink(dir + "/root")
	system := t.system(mounts+root, dir+"/root")
	if system == nil {
		return p
	}
	if root != "/" { // the path is as seen from here, not from within
		p.path = "/" + strings.TrimPrefix(strings.TrimPrefix(p.path, root), "/")
	}
	p.program = t.program(system, p.path, dir+"/exe")
	return p
}

// parentName names the parent of a process. The name of the command is cut at
// 15 bytes, so that of the executable is preferred.
func parentName(dir string) string {
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return ""
	}
	parent := parentOf(stat)
	if parent == "" || parent == "0" {
		return ""
	}
	if exe, err := os.Readlink("/proc/" + parent + "/exe"); err == nil {
		return path.Base(strings.TrimSuffix(exe, deleted))
	}
	name, err := os.ReadFile("/proc/" + parent + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(name), "\n")
}

// system opens the root directory that a process sees. It is found by its
// namespace and path, and stays open, so that it can be read when the process
// has ended.
func (t *Table) system(key, dir string) *osinfo.System {
	s := t.systems[key]
	if s == nil && len(t.systems) < maxSystems {
		var err error
		if s, err = osinfo.OpenSystem(dir); err != nil {
			return nil
		}
		t.systems[key] = s
	}
	return s
}

// program opens an executable, once for as long as it isn't changed.
func (t *Table) program(system *osinfo.System, path, exe string) *program {
	f, err := os.Open(exe)
	if err != nil {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil
	}
	key := executable{size: info.Size(), changed: info.ModTime(), system: system, path: path}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		key.dev, key.ino = uint64(st.Dev), st.Ino
	}
	if p := t.programs[key]; p != nil {
		f.Close()
		return p
	}
	if len(t.programs) == maxPrograms {
		for _, p := range t.programs {
			p.inspect()
		}
		clear(t.programs)
	}
	p := &program{system: system, path: path, file: f}
	t.programs[key] = p
	if len(t.programs) > maxOpen {
		p.inspect()
	}
	return p
}

func (p *program) inspect() {
	p.once.Do(func() {
		var err error
		p.result, err = p.system.Inspect(p.path, p.file)
		p.ok = err == nil
		p.file.Close()
		p.file = nil
	})
}

// full is what callers see of a process.
func (p *process) full() Process {
	out := Process{Program: osinfo.Program{Path: p.path}, PID: p.pid, Command: p.command, Parent: p.parent}
	if p.program != nil {
		p.program.inspect()
		if p.program.ok {
			out.Program = p.program.result
		}
		out.OS = p.program.system.CPE()
	}
	return out
}
