package cmd

import (
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReproducible builds the commands from two copies of the source, in
// directories of different names, and compares them. scripts/nightly does it
// with nothing in the cache of builds.
func TestReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: links all commands twice")
	}
	out, err := exec.Command("go", "list", "-f", `{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}
{{end}}{{range .SFiles}}{{$d}}/{{.}}
{{end}}`, "-deps", "merctools/cmd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"go.mod", "go.sum"}
	for name := range strings.Lines(string(out)) {
		if rel, ok := strings.CutPrefix(strings.TrimSpace(name), root+string(filepath.Separator)); ok {
			files = append(files, rel)
		}
	}
	var built []string
	for _, name := range []string{"one", "a directory with a longer name"} {
		dir := filepath.Join(t.TempDir(), name)
		for _, file := range files {
			copyFile(t, filepath.Join(root, file), filepath.Join(dir, file))
		}
		build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s", "-o", filepath.Join(dir, "bin")+"/", "./cmd/...")
		build.Dir = dir
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		built = append(built, filepath.Join(dir, "bin"))
	}
	commands, err := os.ReadDir(built[0])
	if err != nil || len(commands) < 5 {
		t.Fatal(commands, err)
	}
	for _, c := range commands {
		if a, b := sum(t, filepath.Join(built[0], c.Name())), sum(t, filepath.Join(built[1], c.Name())); a != b {
			t.Errorf("%s: %x and %x", c.Name(), a, b)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, name string) (s [sha256.Size]byte) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	h.Sum(s[:0])
	return s
}
