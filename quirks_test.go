package merctools

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	quirkComment = regexp.MustCompile(`// Quirk (Q\d+): \S`)
	quirkRow     = regexp.MustCompile(`(?m)^\| (Q\d+) \| (.+)$`)
	heldBy       = regexp.MustCompile("^`(\\S+) (Test\\w+)`$")
)

// Each quirk has a row in docs/QUIRKS.md and a comment in the code. They are
// numbered without gaps, and the test that holds a quirk exists.
func TestQuirks(t *testing.T) {
	doc, err := os.ReadFile("docs/QUIRKS.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for i, m := range quirkRow.FindAllStringSubmatch(string(doc), -1) {
		id := m[1]
		if want := "Q" + strconv.Itoa(i+1); id != want {
			t.Errorf("row %s stands in place of %s", id, want)
		}
		rows[id] = true
		// What happens, the effect, the test, how to drop it.
		cells := strings.Split(strings.TrimSuffix(strings.ReplaceAll(m[2], `\|`, ""), " |"), " | ")
		if len(cells) != 4 || slices.Contains(cells, "") {
			t.Errorf("%s: %d cells: %q", id, len(cells), cells)
			continue
		}
		held := heldBy.FindStringSubmatch(cells[2])
		if held == nil {
			t.Errorf("%s: %s is not a package and a test", id, cells[2])
		} else if !hasTest(t, held[1], held[2]) {
			t.Errorf("%s: there is no %s in %s", id, held[2], held[1])
		}
	}
	if len(rows) < 100 {
		t.Errorf("only %d rows", len(rows))
	}
	comments := quirkComments(t)
	for _, id := range slices.Sorted(maps.Keys(comments)) {
		if !rows[id] {
			t.Errorf("%s: %s has no row", comments[id], id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if comments[id] == "" {
			t.Errorf("%s: no comment in the code", id)
		}
	}
}

// quirkComments returns a file for each quirk that the code names.
func quirkComments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("lib", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range quirkComment.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = name
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// hasTest reports whether a directory has a test function with a name.
func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
