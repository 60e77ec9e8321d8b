// Package filetest looks at the files that package atomicfile makes.
package filetest

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
)

// tempNames finds what is random in temporary names.
var tempNames = regexp.MustCompile(`\.[a-z2-7]{12}\.part$`)

// Files are the files of a directory and what is in them; temporary names are
// without what is random.
func Files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[tempNames.ReplaceAllString(e.Name(), ".part")] = string(b)
	}
	return all
}

// Expect fails the test where Files are others.
func Expect(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := Files(t, dir); !reflect.DeepEqual(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}
