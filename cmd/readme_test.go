package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guides are the documents for users, relative to the top of the checkout.
func guides(t *testing.T, root string) []string {
	t.Helper()
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(docs) == 0 {
		t.Fatal(docs, err)
	}
	return append(docs, filepath.Join(root, "README.md"))
}

// TestReadme runs the examples in README.md and in docs: the lines that begin
// with "$ " in blocks marked as console, from the top of the checkout, with
// the commands in PATH. What follows such a line is the command's output. With
// -update it is written again.
func TestReadme(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell to run the examples with")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, name := range guides(t, root) {
		examples += runExamples(t, root, name)
	}
	if examples < 20 {
		t.Errorf("only %d examples", examples)
	}
}

// runExamples runs the examples in a file and returns how many there are.
func runExamples(t *testing.T, root, name string) (examples int) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	console, skip := false, false
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
	got := strings.Join(out, "\n")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return examples
	}
	if line, a, b := firstDifference([]byte(got), text); line > 0 {
		t.Errorf("%s:%d:\nthe command writes %s\nthe file says       %s", name, line, a, b)
	}
	return examples
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
