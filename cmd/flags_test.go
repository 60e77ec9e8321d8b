package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// calls are all commands, and their subcommands as the short help lists them.
func calls(t *testing.T) [][]string {
	t.Helper()
	commands, err := os.ReadDir(bin)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for _, c := range commands {
		if c.IsDir() {
			continue // other builds of them
		}
		all = append(all, []string{c.Name()})
		help, err := exec.Command(command(c.Name()), "-h").Output()
		if err != nil {
			t.Fatal(err)
		}
		_, list, _ := strings.Cut(string(help), "\nCommands, ")
		list, _, _ = strings.Cut(list, "\n\n")
		for line := range strings.Lines(list) {
			if words := strings.Fields(line); words[0] == c.Name() {
				all = append(all, words[:2])
			}
		}
	}
	if len(all) < 8 {
		t.Fatalf("only the commands %q", all)
	}
	return all
}

// TestShortHelp checks that what -h prints fits a screen of 80 columns and 24
// lines, and says how to get the rest.
func TestShortHelp(t *testing.T) {
	for _, call := range calls(t) {
		help, err := exec.Command(command(call[0]), append(call[1:], "-h")...).Output()
		if err != nil {
			t.Errorf("%q -h: %v", call, err)
		}
		if n := strings.Count(string(help), "\n"); n > 24 || !strings.Contains(string(help), strings.Join(call, " ")+" --help") {
			t.Errorf("%q -h: %d lines\n%s", call, n, help)
		}
		for line := range strings.Lines(string(help)) {
			if len(line) > 80+len("\n") {
				t.Errorf("%q -h: %s", call, line)
			}
		}
	}
}

// foreign are flags in examples that are those of other programs.
var foreign = map[string]bool{
	"--slurpfile":     true, // jq
	"--log-malformed": true, // pmercury
	"--query":         true, // clickhouse-client
	"--date":          true, // its --date_time_input_format
	"--input":         true, // its --input_format_skip_unknown_fields
}

// TestFlagsInReadme checks that every flag that README.md and docs speak of is
// one of a command's, or of a script's.
func TestFlagsInReadme(t *testing.T) {
	known := map[string]bool{}
	flag := regexp.MustCompile(`--[a-z][a-z0-9-]+`)
	for _, call := range calls(t) {
		help, err := exec.Command(command(call[0]), append(call[1:], "--help")...).Output()
		if err != nil {
			t.Errorf("%q --help: %v", call, err)
		}
		for line := range strings.Lines(string(help)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "-") {
				known[flag.FindString(line)] = true
				if strings.Contains(line, "--[no-]") {
					known[flag.FindString(strings.Replace(line, "[no-]", "no-", 1))] = true
				}
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
	flags := 0
	for _, name := range guides(t, "..") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range flag.FindAllString(string(text), -1) {
			if flags++; !known[f] && !foreign[f] {
				t.Errorf("%s speaks of %s, which no command has", name, f)
			}
		}
	}
	if flags < 40 {
		t.Errorf("only %d flags in README.md and docs", flags)
	}
}
