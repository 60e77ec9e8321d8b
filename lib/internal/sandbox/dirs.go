package sandbox

import (
	"os"
	"path/filepath"
	"slices"
)

// WriteDirs returns the directories that must be writable so that files of the
// given names can be: those they are in, and those that links lead to. With
// remade set, they may be removed and made again, and so those above them must
// be.
func WriteDirs(names []string, remade bool) []string {
	var dirs []string
	add := func(dir string) {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, name := range names {
		for range 8 { // links
			dir, err := filepath.Abs(filepath.Dir(name))
			if err != nil {
				break
			}
			add(dir)
			if above := filepath.Dir(dir); remade && above != "/" {
				add(above)
			}
			target, err := os.Readlink(name)
			if err != nil {
				break
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(name), target)
			}
			name = target
		}
	}
	return dirs
}
