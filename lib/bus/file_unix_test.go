//go:build unix

package bus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Links and pipes are neither read nor written, and nobody waits for the other end
// of a pipe.
func TestOpenRegular(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": outside, "dangling": outside + "2"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"link", "dangling", "pipe"} {
		for _, flags := range []int{os.O_RDONLY, os.O_WRONLY | os.O_CREATE | os.O_APPEND} {
			if f, err := OpenRegular(filepath.Join(dir, name), flags); err == nil {
				t.Errorf("%s with %#x: %v", name, flags, f)
			}
		}
		if err := LoadState(filepath.Join(dir, name), new(any)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	if _, err := os.Lstat(outside + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file behind a link: %v", err)
	}
}
