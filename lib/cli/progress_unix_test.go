//go:build unix

package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
)

// lockedBuffer takes what several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestProgressAtSignal(t *testing.T) {
	var stderr lockedBuffer
	in := NewInput(nil, writeCapture(t, 1, "abc"), writeCapture(t, 1, "abcdef"))
	defer in.Close()
	stop := in.ShowProgress(&Env{Name: "merc-fp", Stderr: &stderr})
	if err := in.ReadBatch(new(capture.Batch)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if strings.Contains(stderr.String(), "\n") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	// 24 and 17 bytes a packet: 75 bytes of 201.
	if got := stderr.String(); !strings.HasPrefix(got, "merc-fp: 37 %, 3 packets, ") || !strings.HasSuffix(got, " left\n") {
		t.Errorf("%q", got)
	}
}

// A file, or what standard input is redirected from, shows how much of it is read.
func TestProgressOfFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "records.jsonl")
	if err := os.WriteFile(name, make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		piped, records := i&1 != 0, i&2 != 0
		var stderr lockedBuffer
		env := &Env{Name: "merc-select", Stderr: &stderr}
		opened := name
		if piped {
			in, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			env.Stdin, opened = in, "-"
		}
		open := env.Open
		if records {
			open = env.OpenRecords
		}
		file, _, err := open(t.Context(), opened)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r, stop := env.ShowProgress(file)
		if _, err := io.ReadFull(r, make([]byte, 250)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		for range 500 {
			if strings.Contains(stderr.String(), "\n") {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		if got := stderr.String(); !strings.HasPrefix(got, "merc-select: 25 %, 0.0 MB, ") || !strings.HasSuffix(got, " left\n") {
			t.Errorf("%q", got)
		}
	}
}

// A bar is there once the command has taken a while, and goes without a trace.
func TestProgressBar(t *testing.T) {
	var stderr bytes.Buffer
	in := NewInput(nil, writeCapture(t, 1, strings.Repeat("a", 1000)))
	defer in.Close()
	p := progress{at: &in.at, packets: true, env: &Env{Name: "merc-fp", Stderr: &stderr}, size: in.size(), begin: time.Now()}
	p.newBar()
	in.at.before.Store(p.size / 2)
	p.update()
	if stderr.Len() > 0 {
		t.Errorf("at once: %q", stderr.String())
	}
	p.begin = p.begin.Add(-quietTime)
	in.at.before.Store(p.size * 3 / 4)
	p.update()
	if got := stderr.String(); !strings.Contains(got, "merc-fp") || !strings.Contains(got, "75%") || !strings.Contains(got, "B/s") {
		t.Errorf("after a while: %q", got)
	}
	in.at.before.Store(p.size)
	p.update()
	p.clear()
	if got := stderr.String(); strings.Contains(got, "\n") || !strings.HasSuffix(got, "\r") {
		t.Errorf("at the end: %q", got)
	}
}

// No bar is there for what is no terminal, or of no known size.
func TestNoProgressBar(t *testing.T) {
	var stderr lockedBuffer
	in := NewInput(nil, writeCapture(t, 1, "abc"))
	defer in.Close()
	stop := in.ShowProgress(&Env{Stderr: &stderr})
	time.Sleep(2 * progressInterval)
	stop()
	if got := stderr.String(); got != "" {
		t.Errorf("%q", got)
	}
	if n := NewInput(nil, "-").size(); n != 0 {
		t.Errorf("standard input has %d bytes", n)
	}
}

// A bar needs a terminal that nothing else is written to.
func TestWantsBar(t *testing.T) {
	for _, tt := range []struct {
		size                   int64
		stderr, stdout, toFile bool
		want                   bool
	}{
		{1, true, false, false, true},
		{1, true, true, false, false},
		{1, true, true, true, true},
		{1, false, true, true, false},
		{0, true, false, true, false},
	} {
		p := progress{size: tt.size, toFile: tt.toFile}
		if got := p.wantsBar(tt.stderr, tt.stdout); got != tt.want {
			t.Errorf("%+v: %t", tt, got)
		}
	}
}
