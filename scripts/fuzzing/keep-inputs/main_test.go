package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A package with a fuzz target, whose seed reaches nothing of note.
var files = map[string]string{
	"go.mod": "module example\n\ngo 1.26\n",
	"p/p.go": `package p

func Size(b []byte) string {
	if len(b) > 9 {
		return "long"
	}
	if len(b) > 4 {
		return "middling"
	}
	return "short"
}
`,
	"p/p_test.go": `package p

import "testing"

func FuzzSize(f *testing.F) {
	f.Add([]byte("a"))
	f.Fuzz(func(t *testing.T, b []byte) { Size(b) })
}
`,
}

func TestKeep(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var inputs []string
	for name, text := range map[string]string{"1": "ab", "2": "abcdef", "3": "abcdefg", "4": "abcdefghijk"} {
		input := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(input, []byte("go test fuzz v1\n[]byte(\""+text+"\")\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, input)
	}
	seeds := filepath.Join("p", "testdata", "fuzz", "FuzzSize")
	for _, want := range []int{2, 0} { // and nothing new the second time
		f := fuzzTarget{dir: "p", function: "FuzzSize", program: filepath.Join(t.TempDir(), "test"), profile: filepath.Join(t.TempDir(), "profile"), seeds: seeds}
		if err := f.build(); err != nil {
			t.Fatal(err)
		}
		kept, before, after, err := f.keep(inputs)
		if err != nil || kept != want || after != 5 || after-before != want {
			t.Errorf("%d kept, %d blocks before and %d after, %v", kept, before, after, err)
		}
	}
	for _, name := range []string{"1", "4"} {
		_, err := os.Stat(filepath.Join(seeds, name))
		if kept := err == nil; kept != (name == "4") {
			t.Errorf("input %s kept: %v", name, kept)
		}
	}
}
