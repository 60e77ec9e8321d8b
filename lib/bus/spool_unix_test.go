//go:build unix

package bus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Who may make files in the directory can't have others read by way of links, or
// written, or have the command wait for ever.
func TestSpoolLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	const secret = `{"secret":1}` + "\n"
	if err := os.WriteFile(outside, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, strings.Join(records(100, 1), ""))
	for _, name := range []string{"link", StateName + ".new"} {
		if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	p := memory{partitions: 1}
	if err := spool(t, t.Context(), dir, &p, func(s *Spool) {
		// As if they had been files when the directory was read.
		s.files, s.state = map[string]*spoolFile{}, map[string]fileState{}
		for _, name := range []string{"link", "pipe"} {
			if err := s.publish(t.Context(), name); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != secret {
		t.Errorf("%q, %v", text, err)
	}
	if got := names(t, dir); !slices.Contains(got, "link") || !slices.Contains(got, "pipe") || slices.Contains(got, "records-z") || slices.Contains(got, StateName+".new") {
		t.Errorf("%q", got)
	}

	other := t.TempDir()
	if err := os.Symlink(filepath.Join(other, "made"), filepath.Join(other, lockName)); err != nil {
		t.Fatal(err)
	}
	if err := spool(t, t.Context(), other, &p, nil); err == nil {
		t.Error("a lock that is a link: no error")
	}
	if _, err := os.Lstat(filepath.Join(other, "made")); err == nil {
		t.Error("it was made elsewhere")
	}
}
