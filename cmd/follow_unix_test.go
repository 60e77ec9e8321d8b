//go:build unix

package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A follower is a command that reads a file on as it grows.
type follower struct {
	*exec.Cmd
	file  *os.File // that grows
	lines chan string
	said  bytes.Buffer
}

func follow(t *testing.T, begin []byte) *follower {
	t.Helper()
	name := filepath.Join(t.TempDir(), "growing.pcap")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.Write(begin); err != nil {
		t.Fatal(err)
	}
	f := &follower{Cmd: exec.Command(command("mercury"), "-r", name, "--follow", "-t", "2"), file: file, lines: make(chan string, 1000)}
	f.Stderr = &f.said
	out, err := f.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Process.Kill() })
	go func() {
		defer close(f.lines)
		for r := bufio.NewReader(out); ; {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			f.lines <- line
		}
	}()
	return f
}

// next is the next record.
func (f *follower) next(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-f.lines:
		if !ok {
			t.Fatalf("there are no more records: %s", f.said.Bytes())
		}
		return line
	case <-time.After(time.Minute):
		t.Fatal("no record comes")
	}
	return ""
}

// A capture is read on as it grows, however its writer cuts it, and a signal is
// its end.
func TestFollow(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := exec.Command(command("mercury"), "-r", filepath.Join(captures, "dhcp.pcap")).Output()
	if err != nil {
		t.Fatal(err)
	}
	records := strings.SplitAfter(strings.TrimSuffix(string(want), "\n"), "\n")
	for _, within := range []bool{false, true} {
		f := follow(t, capture[:10])
		written := 10
		for _, end := range []int{24, 30, 200, 500, len(capture)} {
			if _, err := f.file.Write(capture[written:end]); err != nil {
				t.Fatal(err)
			}
			written = end
			time.Sleep(20 * time.Millisecond) // the command may see all of this
		}
		for i, want := range records {
			if got := f.next(t); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Fatalf("record %d is %s", i, got)
			}
		}
		if within { // of a packet
			if _, err := f.file.Write(capture[24:50]); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		if err := f.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		for line := range f.lines {
			t.Errorf("another record: %s", line)
		}
		if err := f.Wait(); err != nil {
			t.Errorf("%v: %s", err, f.said.Bytes())
		}
		if got := f.said.String(); within != strings.Contains(got, "cut off") || within != strings.Contains(got, "its writer was not done") {
			t.Errorf("within a packet: %v, said %q", within, got)
		}
	}
}

// A capture that is cut off while it is followed is an error. What came before is
// not lost.
func TestFollowTruncated(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	f := follow(t, capture)
	f.next(t)
	if err := f.file.Truncate(100); err != nil {
		t.Fatal(err)
	}
	for range f.lines {
	}
	var exit *exec.ExitError
	if err := f.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(f.said.String(), "truncated to 100 bytes") || strings.Count(f.said.String(), "\n") != 1 {
		t.Errorf("%v: %s", err, f.said.Bytes())
	}
}
