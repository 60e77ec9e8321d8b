// Package cmd tests the commands as a user types them, on the captures in
// testdata.
package cmd

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// captures is the directory of the project's own captures.
const captures = "../testdata/captures"

var update = flag.Bool("update", false, "write the expected output again")

// bin is the directory that the commands are built into.
var bin string

func TestMain(m *testing.M) {
	flag.Parse()
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) { // as in the background of a shell: commands would inherit it
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "merctools")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-ldflags=-s", "-o", dir+string(filepath.Separator), "./...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %v\n%s", err, out)
	}
	bin = dir
	return m.Run(), nil
}

// TestScripts runs testdata/script. The commands are found in PATH, the
// captures in $CAPTURES, databases of addresses in $DATABASES.
func TestScripts(t *testing.T) {
	dir, err := filepath.Abs(captures)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("CAPTURES", dir)
			e.Setenv("DATABASES", filepath.Join(filepath.Dir(dir), "databases"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"lines":  lines,
			"cut":    cut,
		},
		Condition: func(name string) (bool, error) {
			if name != "devfull" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			_, err := os.Stat("/dev/full")
			return err == nil, nil
		},
	})
}

// status N COMMAND... is exec for a command that exits with that status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status n command...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// lines FILE N checks how many lines a file (or stdout, stderr) has.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines file n")
	}
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); fmt.Sprint(n) != args[1] {
		ts.Fatalf("%s has %d lines, want %s", args[0], n, args[1])
	}
}

// cut FILE TO N writes the first N bytes of a file.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut file to n")
	}
	data := ts.ReadFile(args[0])
	var n int
	if _, err := fmt.Sscan(args[2], &n); err != nil || n > len(data) {
		ts.Fatalf("cut: %d bytes cannot be cut to %s", len(data), args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(data[:n]), 0o666))
}

// TestLeanCommands checks that only merc-bus has the libraries that talk to
// other machines.
func TestLeanCommands(t *testing.T) {
	for _, name := range []string{"merc-analyze", "merc-bus", "merc-capture", "merc-fp", "merc-select", "mercury"} {
		out, err := exec.Command("go", "list", "-deps", "./"+name).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, library := range []string{"github.com/nats-io/", "github.com/twmb/franz-go/"} {
			if has := strings.Contains(string(out), library); has != (name == "merc-bus") {
				t.Errorf("%s has %s: %v", name, library, has)
			}
		}
	}
}
