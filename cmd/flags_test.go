package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFlagsInReadme checks that every flag that README.md speaks of is one of
// a command's, or of a script's.
func TestFlagsInReadme(t *testing.T) {
	commands, err := os.ReadDir(bin)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	flag := regexp.MustCompile(`--[a-z][a-z0-9-]+`)
	calls := [][]string{{"merc-analyze", "label"}, {"merc-analyze", "build"}, {"merc-analyze", "lookup"}}
	for _, c := range commands {
		calls = append(calls, []string{c.Name()})
	}
	for _, call := range calls {
		help, err := exec.Command(command(call[0]), append(call[1:], "--help")...).Output()
		if err != nil {
			t.Errorf("%q --help: %v", call, err)
		}
		for line := range strings.Lines(string(help)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "-") {
				known[flag.FindString(line)] = true
			}
		}
	}
	scripts, err := filepath.Glob("../scripts/*")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, name := range scripts {
		if text, err := os.ReadFile(name); err == nil { // not a folder
			for _, f := range flag.FindAllString(string(text), -1) {
				known[f] = true
			}
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := flag.FindAllString(string(readme), -1)
	if len(flags) < 20 {
		t.Errorf("only %d flags in README.md", len(flags))
	}
	for _, name := range flags {
		if !known[name] {
			t.Errorf("README.md speaks of %s, which no command has", name)
		}
	}
}
