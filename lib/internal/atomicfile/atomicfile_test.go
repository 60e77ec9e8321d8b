package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"merctools/lib/internal/atomicfile/filetest"
)

func create(t *testing.T, name, text string) *File {
	t.Helper()
	f, err := Create(name, Mode)
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
		before := filetest.Files(t, dir)
		f := create(t, name, text)
		before[".out.part"] = text
		filetest.Expect(t, dir, before)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		filetest.Expect(t, dir, map[string]string{"out": text})
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
	filetest.Expect(t, dir, map[string]string{"out": "t", "out.partial": "tex"})
}

func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	f := create(t, filepath.Join(dir, "out"), "text")
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	filetest.Expect(t, dir, map[string]string{})
}

// What a crash left is removed, and what another process writes stays.
func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	left := tempName(name)
	if err := os.WriteFile(left, []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := create(t, name, "other")
	if !IsTemp(left, name) || !IsTemp(other.Name(), name) || IsTemp(left, name+"x") || IsTemp(name, name) || IsTemp(left+"x", name) {
		t.Errorf("%s is not what Create makes of %s", left, name)
	}
	if err := create(t, name, "1").Commit(); err != nil {
		t.Fatal(err)
	}
	filetest.Expect(t, dir, map[string]string{"out": "1", ".out.part": "other"})
	if err := other.Commit(); err != nil {
		t.Fatal(err)
	}
	filetest.Expect(t, dir, map[string]string{"out": "other"})
}

// Names can't be guessed.
func TestTempName(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		name := tempName("d/out")
		if seen[name] || !strings.HasPrefix(name, "d/.out.") {
			t.Fatal(name)
		}
		seen[name] = true
	}
}

// In a directory that everybody can write to, links lead nowhere.
func TestShared(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: symbolic links need a privilege")
	}
	dir, safe := t.TempDir(), t.TempDir()
	target := filepath.Join(safe, "target")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"link": target, "dangling": filepath.Join(safe, "new"), "chain": "link"}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "link"), filepath.Join(safe, "outside")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	names := []string{filepath.Join(safe, "outside")}
	for name := range links {
		names = append(names, filepath.Join(dir, name))
	}
	for _, name := range names {
		if f, err := Create(name, Mode); !errors.Is(err, errSharedLink) {
			t.Errorf("%s: %v, %v", name, f, err)
		}
		if f, err := OpenInPlace(name); !errors.Is(err, errSharedLink) {
			t.Errorf("%s in place: %v, %v", name, f, err)
		}
		if err := CheckInPlace(name); !errors.Is(err, errSharedLink) {
			t.Errorf("%s is checked: %v", name, err)
		}
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "precious" {
		t.Errorf("%q, %v", b, err)
	}
	filetest.Expect(t, safe, map[string]string{"target": "precious", "outside": "precious"})
	for i, text := range []string{"one", "2"} {
		f, err := OpenInPlace(filepath.Join(dir, "plain"))
		if err != nil {
			t.Fatal(i, err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if b, err := os.ReadFile(filepath.Join(dir, "plain")); err != nil || string(b) != text {
			t.Errorf("%q, %v", b, err)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Join(dir, "plain"), 1, 1); err != nil {
			t.Fatal(err)
		}
		if f, err := OpenInPlace(filepath.Join(dir, "plain")); !errors.Is(err, errSharedFile) {
			t.Errorf("a file of somebody else: %v, %v", f, err)
		}
		if err := CheckInPlace(filepath.Join(dir, "plain")); !errors.Is(err, errSharedFile) {
			t.Errorf("a file of somebody else is checked: %v", err)
		}
	}
}

func TestMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: files have no permissions of their own")
	}
	dir := t.TempDir()
	if err := create(t, filepath.Join(dir, "out"), "").Commit(); err != nil {
		t.Fatal(err)
	}
	f, err := OpenInPlace(filepath.Join(dir, "live"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, name := range []string{"out", "live"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&^0o640 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
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
		filetest.Expect(t, filepath.Join(dir, "d"), map[string]string{"target": text})
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
	if _, err := Create(filepath.Join(dir, "missing", "out"), Mode); !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), ".part") {
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

// CheckInPlace fails where OpenInPlace does, and changes nothing.
func TestCheckInPlace(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	if err := os.WriteFile(old, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := filetest.Files(t, dir)
	for name, want := range map[string]bool{
		"new": true, "old": true, os.DevNull: true, "missing/new": false, "old/new": false, ".": false,
	} {
		if name != os.DevNull {
			name = filepath.Join(dir, filepath.FromSlash(name))
		}
		if err := CheckInPlace(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
		filetest.Expect(t, dir, before)
		f, err := OpenInPlace(name)
		if (err == nil) != want {
			t.Errorf("%s is opened: %v", name, err)
		}
		if err != nil {
			continue
		}
		f.Close()
		if name != os.DevNull {
			os.Remove(name)
		}
		if err := os.WriteFile(old, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
