package hoststats

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// contents are the names of the files in a directory, and what is in them.
func contents(t *testing.T, dir string) (names []string, texts []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		texts = append(texts, strings.ReplaceAll(string(b), ", "+headerText, ""))
	}
	return names, texts
}

func line(oid string) string {
	return `{"src_ip":"10.0.0.1", "device_info":{"snmp_labels":[{"oid":"` + oid + `","count":1}]}, "fingerprints":[]}` + "\n"
}

func TestFiles(t *testing.T) {
	k := flowOf("10.0.0.1:161", "10.0.0.2:5000")
	dir := t.TempDir()
	a := New(0)
	c := a.NewCollector()
	f, err := NewFiles(filepath.Join(dir, "s"), a, header)
	if err != nil {
		t.Fatal(err)
	}
	if names, _ := contents(t, dir); len(names) > 0 {
		t.Errorf("there is %s before there is anything to write", names)
	}
	f.now = func() time.Time { return time.Date(2024, 2, 29, 23, 59, 58, 0, time.Local) }
	c.ObjectID(k, []byte("1.1"))
	if r, err := f.Rotate(); err != nil || r.Entries() != 1 {
		t.Errorf("%v, %d entries", err, r.Entries())
	}
	f.number = 0x1e
	if _, err := f.Rotate(); err != nil { // nothing was observed
		t.Error(err)
	}
	c.ObjectID(k, []byte("1.2"))
	if _, err := f.Close(); err != nil {
		t.Error(err)
	}
	names, texts := contents(t, dir)
	wantNames := []string{"s-0-2024-02-29-23-59-58.json.gz", "s-1e-2024-02-29-23-59-58.json.gz", "s-1f-2024-02-29-23-59-58.json.gz"}
	wantTexts := []string{line("1.1"), "", line("1.2")}
	if !slices.Equal(names, wantNames) || !slices.Equal(texts, wantTexts) {
		t.Errorf("got %q with %q, want %q with %q", names, texts, wantNames, wantTexts)
	}
}

// A file replaces the one before, whole, and what a crash left is no obstacle.
func TestFileReplaces(t *testing.T) {
	k := flowOf("10.0.0.1:161", "10.0.0.2:5000")
	dir := t.TempDir()
	name := filepath.Join(dir, "s")
	if err := os.WriteFile(filepath.Join(dir, ".s.json.gz.abcdefghijkl.part"), []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, oid := range []string{"1.1", "1.2"} {
		a := New(0)
		c := a.NewCollector()
		f, err := NewFiles(name, a, header)
		if err != nil {
			t.Fatal(err)
		}
		c.ObjectID(k, []byte(oid))
		if _, err := f.Close(); err != nil {
			t.Fatal(err)
		}
		names, texts := contents(t, dir)
		if !slices.Equal(names, []string{"s.json.gz"}) || !slices.Equal(texts, []string{line(oid)}) {
			t.Errorf("got %q with %q", names, texts)
		}
	}
}

// A file that can't be written leaves the one before as it is, and nothing
// else.
func TestFileFails(t *testing.T) {
	dir := t.TempDir()
	if _, err := NewFiles(filepath.Join(dir, "missing", "s"), New(0), header); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
	f, err := NewFiles(filepath.Join(dir, "s"), New(0), header)
	if err != nil {
		t.Fatal(err)
	}
	inTheWay := filepath.Join(dir, "s.json.gz")
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Close(); err == nil {
		t.Error("no error where a directory has the name")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "s.json.gz" {
		t.Errorf("%v: the directory holds %v", err, entries)
	}
}

// errWriter takes n bytes.
type errWriter struct{ n int }

func (w *errWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	a := New(0)
	c := a.NewCollector()
	for _, e := range events(1000) {
		e.observe(c)
	}
	r := a.Take()
	for _, n := range []int{0, 5000} {
		if err := r.Write(&errWriter{n}, &header); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("after %d bytes: error %v", n, err)
		}
	}
}
