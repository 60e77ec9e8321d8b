//go:build unix

package cmd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// repeated is a capture of a few packets, again and again, with so many bytes.
func repeated(t *testing.T, size int) []byte {
	t.Helper()
	capture, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	packets := capture[24:]
	return append(bytes.Clone(capture[:24]), bytes.Repeat(packets, size/len(packets))...)
}

// A capture that is cut off while it is read ends there, for any number of
// workers that read blocks of it: its records are whole, and an error says where.
func TestTruncatedWhileRead(t *testing.T) {
	t.Parallel()
	large := repeated(t, 60_000_000)
	for _, threads := range []string{"1", "2", "8"} {
		name := filepath.Join(t.TempDir(), "large.pcap")
		if err := os.WriteFile(name, large, 0o600); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(command("mercury"), "-r", name, "-t", threads)
		var said bytes.Buffer
		c.Stderr = &said
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(out)
		first, err := r.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		// It is far from the end: nobody reads what it writes.
		cut := int64(len(large) - 30)
		if err := os.Truncate(name, cut); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(said.String(), name+": offset ") || !strings.Contains(said.String(), "cut off") {
			t.Errorf("-t %s: %v: %s", threads, err, said.Bytes())
		}
		all := append(first, rest...)
		if all[len(all)-1] != '\n' {
			t.Errorf("-t %s: the last of the records is not whole: %.200q", threads, all[max(len(all)-200, 0):])
		}
	}
}

// A capture is read in blocks by several workers, or from a named pipe, where
// nobody can tell what comes: what becomes of it is the same. It has a record that
// is longer than several blocks.
func TestWaysToRead(t *testing.T) {
	t.Parallel()
	capture := repeated(t, 3_000_000)
	long := append(bytes.Clone(capture[24:40]), make([]byte, 900_000)...)
	binary.LittleEndian.PutUint32(long[8:], 900_000)
	binary.LittleEndian.PutUint32(long[12:], 900_000)
	capture = append(append(bytes.Clone(capture), long...), capture[24:]...)
	dir := t.TempDir()
	name, pipe := filepath.Join(dir, "x.pcap"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(name, capture, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	want := output(t, nil, "mercury", "-r", name, "-t", "1")
	if n := bytes.Count(want, []byte{'\n'}); n < 10_000 {
		t.Fatalf("%d records", n)
	}
	for threads := range 4 {
		if got := output(t, nil, "mercury", "-r", name, "-t", fmt.Sprint(threads+1)); !bytes.Equal(got, want) {
			t.Errorf("-t %d: other records", threads+1)
		}
		written := make(chan error, 1)
		go func() { written <- os.WriteFile(pipe, capture, 0o600) }()
		if got := output(t, nil, "mercury", "-r", pipe, "-t", fmt.Sprint(threads+1)); !bytes.Equal(got, want) {
			t.Errorf("-t %d, named pipe: other records", threads+1)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	}
}
