//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// A pipe in a directory would be waited for.
func TestExpandPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "a"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "b")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Expand([]string{dir}); err != nil || !slices.Equal(got, []string{name}) {
		t.Errorf("%q, %v", got, err)
	}
}
