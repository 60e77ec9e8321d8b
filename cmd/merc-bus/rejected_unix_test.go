//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Lines that are too long for a message go to a file, but not to one that somebody
// has linked to its name.
func TestRejected(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	for _, link := range []bool{false, true} {
		r := &rejected{name: filepath.Join(dir, ".merc-bus.rejected"), keep: true}
		if link {
			if err := os.Rename(r.name, outside); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(outside, r.name); err != nil {
				t.Fatal(err)
			}
		}
		r.line([]byte("a\n"))
		r.line([]byte("b\n"))
		if (r.failed != nil) != link || r.err() == nil {
			t.Errorf("link: %v: %v", link, r.err())
		}
		if text, err := os.ReadFile(r.name); err != nil || string(text) != "a\nb\n" {
			t.Errorf("link: %v: %q, %v", link, text, err)
		}
	}
}
