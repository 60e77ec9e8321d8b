package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs the examples in README.md: the lines that begin with "$ " in
// blocks marked as console, from the top of the checkout, with the commands in
// PATH. What follows such a line is the command's output. With -update it is
// written again.
func TestReadme(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell to run the examples with")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, "README.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	examples, console, skip := 0, false, false
	for line := range strings.SplitSeq(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			console, skip = line == "```console", false
			out = append(out, line)
		case console && strings.HasPrefix(line, "$ "):
			examples++
			skip = true
			out = append(out, line)
			if got := example(t, root, strings.TrimPrefix(line, "$ ")); got != "" {
				out = append(out, strings.Split(got, "\n")...)
			}
		case !skip:
			out = append(out, line)
		}
	}
	if examples < 10 {
		t.Errorf("only %d examples", examples)
	}
	got := strings.Join(out, "\n")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if line, a, b := firstDifference([]byte(got), text); line > 0 {
		t.Errorf("README.md:%d:\nthe command writes %s\nthe file says       %s", line, a, b)
	}
}

// example is what a command writes, without the last line's end.
func example(t *testing.T, dir, command string) string {
	c := exec.Command("sh", "-c", command)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v", command, err)
	}
	return strings.TrimSuffix(string(out), "\n")
}
