package output

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"merctools/lib/internal/atomicfile"
)

// A retention says which files that rotation has finished stay.
type retention struct {
	files int   // the newest so many; 0: any number
	size  int64 // the newest that have so many bytes together, and one at least; 0: any number
}

// isRotated reports whether a file is one that rotatedName names, of the base
// name.
func isRotated(file, base string) bool {
	rest, ok := strings.CutPrefix(file, base+"-")
	number, when, found := strings.Cut(rest, "-")
	if !ok || !found {
		return false
	}
	n, err := strconv.ParseUint(number, 16, 64)
	if err != nil || strconv.FormatUint(n, 16) != number {
		return false
	}
	t, err := time.Parse(rotatedTime, when)
	return err == nil && t.Format(rotatedTime) == when
}

// apply removes the oldest of the finished files of a name, of this run and of
// earlier ones, until the others are within the bounds. Files of other names,
// of other users, links and directories stay. It tells what it can't do.
func (k retention) apply(name string, notice func(format string, args ...any)) {
	if k == (retention{}) {
		return
	}
	dir, base := filepath.Split(name)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		notice("old files stay: %v", err)
		return
	}
	var all []fs.FileInfo
	for _, e := range entries {
		if !e.Type().IsRegular() || !isRotated(e.Name(), base) {
			continue
		}
		if info, err := e.Info(); err == nil && atomicfile.IsOwn(info) {
			all = append(all, info)
		}
	}
	slices.SortFunc(all, func(a, b fs.FileInfo) int { // the newest first
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(b.Name(), a.Name()))
	})
	var size int64
	for i, info := range all {
		size += info.Size()
		if i == 0 || (k.files == 0 || i < k.files) && (k.size == 0 || size <= k.size) {
			continue
		}
		if err := os.Remove(dir + info.Name()); err != nil {
			notice("an old file stays: %v", err)
		}
	}
}
