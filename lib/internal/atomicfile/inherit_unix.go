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
