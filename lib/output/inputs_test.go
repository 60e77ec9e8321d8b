package output

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"merctools/lib/internal/atomicfile/filetest"
)

// An output that is an input is refused under each of its names, and nothing is
// opened.
func TestRefuse(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	put := func(name string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"in", ".a.abcdefghijkl.part", "b.partial", "other"} {
		put(name)
	}
	if err := os.Link("in", "hard"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("d", 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{"in", "./in", filepath.Join(dir, "in"), "d/../in", "hard", "a", "b"}
	if runtime.GOOS != "windows" {
		for name, target := range map[string]string{"soft": "in", "softer": "soft", "hidden": "a"} {
			if err := os.Symlink(target, name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
	}
	in := new(Inputs)
	for _, name := range []string{"missing", "in", ".a.abcdefghijkl.part", "b.partial"} {
		in.Add(name)
	}
	before := filetest.Files(t, dir+"/d")
	for _, name := range names {
		for _, live := range []bool{false, true} {
			_, err := New(Config{Name: name, Inputs: in, Overwrite: true, Live: live})
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasSuffix(err.Error(), "nothing was written") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{"in", ".a.abcdefghijkl.part", "b.partial"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != name {
			t.Errorf("%s has %q, %v", name, b, err)
		}
	}
	filetest.Expect(t, dir+"/d", before)
	for _, name := range []string{"other", "new"} {
		if err := newOutput(t, Config{Name: name, Inputs: in, Overwrite: true}).Close(nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// So is standard output, if it is a file; a terminal or a device may be both.
func TestRefuseOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	in := new(Inputs)
	in.AddOpen("standard input", f)
	in.AddOpen("standard input", null)
	in.AddOpen("standard input", strings.NewReader(""))
	if _, err := New(Config{Stdout: f, Inputs: in}); err == nil || err.Error() != "standard output: is the same file as standard input, which is read; nothing was written" {
		t.Errorf("%v", err)
	}
	if err := in.Refuse(name); err == nil {
		t.Error("the file of standard input is not refused")
	}
	for _, name := range []string{Stdout, os.DevNull} {
		if _, err := New(Config{Name: name, Stdout: null, Inputs: in}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
