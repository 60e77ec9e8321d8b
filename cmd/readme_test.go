package cmd

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merctools/lib/bus/bustest"
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
// with "$ " in blocks marked as console, with lines that begin with "> " if they
// go on, from the top of the checkout, with the commands in PATH. What follows
// is the command's output. With -update it is written again. Files that examples
// write are gone in the end.
func TestReadme(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell to run the examples with")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	tools := exampleTools(t)
	examples := 0
	for _, name := range guides(t, root) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r := exampleRunner{dir: checkout(t, root), path: tools}
			examples += r.file(t, name)
			for tool := range r.missing {
				t.Run(tool, func(t *testing.T) { t.Skipf("skipped: %d examples need %s", r.missing[tool], tool) })
			}
		})
	}
	if examples < 20 && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		t.Errorf("only %d examples", examples)
	}
}

// checkout is a directory that has what root has, and to which examples can
// write.
func checkout(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := os.Symlink(filepath.Join(root, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// exampleTools is what PATH begins with for examples: the commands, and what
// stands for the shells of databases where there are none but their modules for
// node.
func exampleTools(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := exec.LookPath("duckdb"); err != nil && hasDuckDB(t) {
		writeTool(t, dir, "duckdb", duckdbShell)
	}
	// A client needs a server, and which version that has is not known.
	if bustest.HasNodeModule(t, "chdb") {
		writeTool(t, dir, "clickhouse-client", clickHouseClient)
	}
	return strings.Join([]string{bin, dir, os.Getenv("PATH")}, string(filepath.ListSeparator))
}

// duckdbShell does what the examples need of DuckDB's shell: -csv, -init and -c.
const duckdbShell = `#!/usr/bin/env node
const {DuckDBInstance} = require("@duckdb/node-api");
const statements = [];
const args = process.argv.slice(2);
while (args.length) {
	const a = args.shift();
	if (a === "-csv") continue;
	if (a === "-init") statements.push(require("fs").readFileSync(args.shift(), "utf8"));
	else if (a === "-c") statements.push(args.shift());
	else throw new Error("unknown argument " + a);
}
const show = v => Array.isArray(v) ? "[" + v.map(show).join(", ") + "]" : v === null ? "" : String(v);
const quote = s => /[",\n]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s;
(async () => {
	const db = await (await DuckDBInstance.create(":memory:")).connect();
	for (const s of statements) {
		const r = await db.runAndReadAll(s);
		if (s !== statements[statements.length - 1]) continue;
		console.log(r.columnNames().map(quote).join(","));
		for (const row of r.getRowsJson()) console.log(row.map(v => quote(show(v))).join(","));
	}
})().catch(e => { console.error(String(e)); process.exit(1); });
`

// An exampleRunner runs the examples of a file.
type exampleRunner struct {
	dir     string // where they run
	path    string // PATH
	missing map[string]int
}

// file runs the examples in a file and returns how many there are.
func (r *exampleRunner) file(t *testing.T, name string) (examples int) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	lines := strings.Split(string(text), "\n")
	console, skip := false, false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "```"):
			console, skip = line == "```console", false
			out = append(out, line)
		case console && strings.HasPrefix(line, "$ "):
			examples++
			out = append(out, line)
			command := strings.TrimPrefix(line, "$ ")
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "> ") {
				i++
				out = append(out, lines[i])
				command += "\n" + strings.TrimPrefix(lines[i], "> ")
			}
			if skip = !r.lacks(command); !skip {
				continue // the output that the file has stays
			}
			if got := r.run(t, command); got != "" {
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

// lacks reports whether a command needs a program that is not there, and counts
// it.
func (r *exampleRunner) lacks(command string) bool {
	path := filepath.SplitList(r.path)
	for _, tool := range []string{"jq", "duckdb", "clickhouse-client"} {
		if tool == "clickhouse-client" {
			path = path[:2]
		}
		if !slices.Contains(strings.Fields(command), tool) || slices.ContainsFunc(path, func(dir string) bool {
			_, err := exec.LookPath(filepath.Join(dir, tool))
			return err == nil
		}) {
			continue
		}
		if r.missing == nil {
			r.missing = map[string]int{}
		}
		r.missing[tool]++
		return true
	}
	return false
}

// run is what a command writes, without the last line's end.
func (r *exampleRunner) run(t *testing.T, command string) string {
	c := exec.Command("sh", "-c", command)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "PATH="+r.path)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}
