package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// NeedsOverride reports whether the process, as root without capabilities,
// could not write to one of the directories.
func NeedsOverride(dirs []string) bool {
	if os.Getuid() != 0 {
		return false
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return true
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok || owner.Uid != 0 {
			return true
		}
	}
	return false
}
