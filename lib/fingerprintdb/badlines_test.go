package fingerprintdb_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"time"

	"merctools/lib/fingerprintdb"
	archives "merctools/lib/fingerprintdb/archive"
	"merctools/lib/fingerprintdb/builtin"
)

// archiveWith is the built-in archive, with lines added to the front of a file.
func archiveWith(t *testing.T, file string, lines string) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(builtin.Default()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	to, from := tar.NewWriter(w), tar.NewReader(z)
	found := false
	for {
		h, err := from.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == file {
			found = true
			text = append([]byte(lines), text...)
			h.Size = int64(len(text))
		}
		if err := to.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("no %s", file)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBadLines checks that some bad lines are reported, and that a file that
// is made of them is given up soon.
func TestBadLines(t *testing.T) {
	for _, file := range []string{fingerprintdb.FileDatabase, fingerprintdb.FileSubnets, fingerprintdb.FileDomains} {
		some := archiveWith(t, file, strings.Repeat("{\"x\n", 500))
		notices := 0
		m, err := fingerprintdb.Load(bytes.NewReader(some), fingerprintdb.LoadOptions{Report: func(fingerprintdb.Notice) { notices++ }})
		if err != nil || m.Disabled() != "" || notices == 0 {
			t.Errorf("%s, some bad lines: %v, %d notices", file, err, notices)
		}
		many := archiveWith(t, file, strings.Repeat("{\"x\n", 5_000_000))
		begin := time.Now()
		_, err = fingerprintdb.Load(bytes.NewReader(many), fingerprintdb.LoadOptions{})
		if err == nil || !strings.Contains(err.Error(), "lines can't be used: it is given up") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s, bad lines: %v", file, err)
		}
		t.Logf("%s: 20 MB of bad lines, %d bytes compressed: %v", file, len(many), time.Since(begin))
		_, err = fingerprintdb.ReadInfo(bytes.NewReader(many), nil, archives.Limits{})
		if file == fingerprintdb.FileDatabase && (err == nil || !strings.Contains(err.Error(), "it is given up")) {
			t.Errorf("%s, sum of bad lines: %v", file, err)
		}
	}
}
