package output

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestIsRotated(t *testing.T) {
	opened := time.Date(2024, 2, 29, 23, 59, 59, 0, time.Local)
	for _, number := range []uint64{0, 9, 10, 31, 1 << 40} {
		if name := rotatedName("out.json", number, opened); !isRotated(name, "out.json") || isRotated(name, "out") || isRotated(name, "ut.json") {
			t.Error(name)
		}
	}
	for _, name := range []string{
		"out.json", "out.json-", "out.json-0", "out.json-0-", "out.json-0-2024022923595", "out.json-0-202402292359590",
		"out.json-00-20240229235959", "out.json-1F-20240229235959", "out.json-g-20240229235959", "out.json--20240229235959",
		"out.json-0-20240230000000", "out.json-0-20240229235959.gz", "out.json-0-20240229235959-1", ".out.json-0-20240229235959.abcdefghijkl.part",
		"out.json-+1-20240229235959", "out.json-0_1-20240229235959",
	} {
		if isRotated(name, "out.json") {
			t.Error(name)
		}
	}
}

// TestRetention rotates, in a directory with files that look much like those
// that may go.
func TestRetention(t *testing.T) {
	tests := []struct {
		what string
		keep retention
		want int // finished files that stay, of nine, with two bytes each
	}{
		{"everything", retention{}, 9},
		{"three files", retention{files: 3}, 3},
		{"seven bytes", retention{size: 7}, 3},
		{"one byte", retention{size: 1}, 1},
		{"either", retention{files: 5, size: 8}, 4},
		{"more than there are", retention{files: 50, size: 1000}, 9},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		foreign := map[string]string{
			"other-0-20000101000000": "x", "out": "x", "out-0-20000101000000.gz": "x", "out-00-20000101000000": "x",
			"out.json-0-20000101000000": "x", "notes": "x",
		}
		for name, text := range foreign {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(filepath.Join(dir, "out-0-20000101000001"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("notes", filepath.Join(dir, "out-0-20000101000002")); err != nil {
			t.Skip("skipped: symbolic links need a privilege")
		}
		earlier := "out-0-20000101000003" // of an earlier run
		if err := os.WriteFile(filepath.Join(dir, earlier), []byte("0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Date(2000, 1, 1, 0, 0, 3, 0, time.Local)
		if err := os.Chtimes(filepath.Join(dir, earlier), old, old); err != nil {
			t.Fatal(err)
		}
		clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 5, 0, time.Local)}
		r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out"), records: 1, keep: tt.keep, now: clock.now})
		for i := range 8 {
			write(t, r, fmt.Sprintf("%d\n", i+1), 1)
			clock.Time = clock.Add(time.Second)
		}
		closed(t, r)
		var finished []string
		for _, name := range slices.Sorted(maps.Keys(names(t, dir))) {
			if isRotated(name, "out") && !strings.HasPrefix(name, "out-0-2000010100000") || name == earlier {
				finished = append(finished, name)
			} else if foreign[name] == "" && !strings.HasPrefix(name, "out-0-2000010100000") {
				t.Errorf("%s: %s is there", tt.what, name)
			}
		}
		if len(finished) != tt.want || tt.want < 9 && slices.Contains(finished, earlier) || tt.want < 9 && !strings.HasPrefix(finished[len(finished)-1], "out-7-") {
			t.Errorf("%s: %q stay", tt.what, finished)
		}
		for name := range foreign {
			if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
				t.Errorf("%s: %v", tt.what, err)
			}
		}
	}
}

// names are those of all that is in a directory.
func names(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, e := range entries {
		all[e.Name()] = true
	}
	return all
}
