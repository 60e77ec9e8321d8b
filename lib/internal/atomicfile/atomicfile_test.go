package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// files are the files of a directory and what is in them.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

func expect(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := files(t, dir); !reflect.DeepEqual(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func create(t *testing.T, name, text string) *File {
	t.Helper()
	f, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	for _, text := range []string{"one", "2"} {
		before := files(t, dir)
		f := create(t, name, text)
		before[".out.part"] = text
		expect(t, dir, before)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		expect(t, dir, map[string]string{"out": text})
	}
}

func TestKeep(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	for i, want := range []string{name, name + ".partial", name + ".partial"} {
		f := create(t, name, "text"[:i+1])
		if kept, err := f.Keep(); err != nil || kept != want {
			t.Errorf("kept as %s, %v; want %s", kept, err, want)
		}
	}
	expect(t, dir, map[string]string{"out": "t", "out.partial": "tex"})
}

func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	f := create(t, filepath.Join(dir, "out"), "text")
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, map[string]string{})
}

// What a crash left is not continued.
func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	if err := os.WriteFile(TempName(name), []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := create(t, name, "1").Commit(); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, map[string]string{"out": "1"})
}

// Two files of one name don't give it to each other's data.
func TestTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: an open file can't be removed")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	first, second := create(t, name, "first"), create(t, name, "second")
	if err := first.Commit(); err == nil {
		t.Error("no error")
	}
	expect(t, dir, map[string]string{".out.part": "second"})
	if err := second.Commit(); err != nil {
		t.Error(err)
	}
	expect(t, dir, map[string]string{"out": "second"})
}

// A link stays one, and the file that it points to gets the data.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: symbolic links need a privilege")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o777); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join("d", "target"), link); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"created", "replaced"} {
		if err := create(t, link, text).Commit(); err != nil {
			t.Fatal(err)
		}
		expect(t, filepath.Join(dir, "d"), map[string]string{"target": text})
		if _, err := os.Readlink(link); err != nil {
			t.Error(err)
		}
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: files have no permissions of their own")
	}
	name := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := create(t, name, "secret").Commit(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(filepath.Join(dir, "missing", "out")); !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), ".part") {
		t.Errorf("no directory: %v", err)
	}
	f := create(t, filepath.Join(dir, "out"), "text")
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a directory was replaced")
	}
}
