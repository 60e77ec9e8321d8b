//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// inherit gives f the permissions and the owner of the file that it replaces,
// as far as the process may do that.
func inherit(f *os.File, old fs.FileInfo) {
	if s, ok := old.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(s.Uid), int(s.Gid))
	}
	_ = f.Chmod(old.Mode().Perm())
}

const noFollow = syscall.O_NOFOLLOW

// lock marks a file as one that is written, as long as it is open.
func lock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// isAbandoned reports whether nobody writes a temporary file.
func isAbandoned(name string) bool {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// IsRemoved reports whether a file has no name any more.
func IsRemoved(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && s.Nlink == 0
}

// IsOwn reports whether a file belongs to the user of the process.
func IsOwn(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
