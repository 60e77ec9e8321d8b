//go:build unix

// Package code tests the scripts that change the project's code, each in a copy
// of the project.
package code

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// project is a copy of the files of this project that git knows, and of those
// that it will know.
func project(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skipf("no git checkout to copy: %v", err)
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// Captures and their records are not code.
		if strings.HasPrefix(name, "testdata/captures/") && name != "testdata/captures/tls13.pcap" || strings.Contains(name, "/testdata/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted, and not committed yet
		}
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs a command in a folder and returns what it prints.
func run(t *testing.T, dir string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	// Without the names of folders, packages are the same in each copy, and are
	// compiled only once.
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-trimpath")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

const embedding = `package main

import (
	"fmt"
	"os"

	"example.com/network/tools/lib/capture"
	"example.com/network/tools/lib/capture/pcap"
	"example.com/network/tools/lib/engine"
)

func main() {
	f, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	r, err := pcap.Open(f, os.Args[1])
	if err != nil {
		panic(err)
	}
	e, err := engine.New(engine.Config{})
	if err != nil {
		panic(err)
	}
	w := e.NewWorker(nil)
	var b capture.Batch
	var out []byte
	for r.ReadBatch(&b) == nil {
		for i := range b.Packets {
			p := &b.Packets[i]
			out = w.Packet(out, p.Link, b.Bytes(i), p.Time)
		}
	}
	fmt.Print(string(out))
}
`

// With another module path, a program outside of the project can use its
// packages.
func TestSetModulePath(t *testing.T) {
	dir := project(t)
	run(t, dir, "scripts/set-module-path", "example.com/network/tools")
	for _, name := range []string{"cmd", "lib", "scripts"} {
		if out, _ := exec.Command("grep", "-rn", `"merctools/`, filepath.Join(dir, name), "--include=*.go").Output(); len(out) > 0 {
			t.Errorf("the old path is still there:\n%s", out)
		}
	}
	if out := run(t, dir, "go", "list", "-m"); strings.TrimSpace(out) != "example.com/network/tools" {
		t.Errorf("the module is %s", out)
	}

	program := t.TempDir()
	write(t, filepath.Join(program, "main.go"), embedding)
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, required, _ := strings.Cut(string(mod), "\n")
	write(t, filepath.Join(program, "go.mod"), "module program\n"+required+
		"\nrequire example.com/network/tools v0.0.0\nreplace example.com/network/tools => "+dir+"\n")
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(program, "go.sum"), string(sum))
	out := run(t, program, "go", "run", "-mod=mod", ".", filepath.Join(dir, "testdata/captures/tls13.pcap"))
	if n := strings.Count(out, `"tls":"tls/`); n < 5 {
		t.Errorf("%d fingerprints of TLS clients:\n%s", n, out)
	}
}

// What new-protocol makes compiles, passes its tests and is registered.
func TestNewProtocol(t *testing.T) {
	dir := project(t)
	run(t, dir, "scripts/new-protocol", "mqtt")
	run(t, dir, "go", "vet", "./lib/proto/mqtt", "./lib/proto/registry")
	run(t, dir, "go", "test", "./lib/proto/mqtt")
	if out := run(t, dir, "go", "run", "./cmd/merc-fp", "--help"); !strings.Contains(out, "\n  mqtt ") {
		t.Errorf("no selector mqtt:\n%s", out)
	}
	second := exec.Command("scripts/new-protocol", "mqtt")
	second.Dir = dir
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "exists already") {
		t.Errorf("a second time: %v, %s", err, out)
	}
}
