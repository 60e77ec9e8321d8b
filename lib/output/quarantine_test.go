package output

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"merctools/lib/capture/pcap"
)

func TestQuarantine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "failed.pcap")
	q := NewQuarantine(name, nil)
	if err := q.Close(); err != nil {
		t.Errorf("without packets: %v", err)
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without packets there is a file: %v", err)
	}
	q.Add(101, []byte("a"), 1, 1e9)
	if got := packetsOf(t, name); got != "a" {
		t.Errorf("at first there is %q", got)
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() { q.Add(101, []byte("b"), 1, 2e9) })
	}
	workers.Wait()
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	if got := packetsOf(t, name); got != "abbbb" {
		t.Errorf("at last there is %q", got)
	}
}

func TestQuarantineFails(t *testing.T) {
	q := NewQuarantine(filepath.Join(t.TempDir(), "missing", "failed.pcap"), nil)
	q.Add(1, []byte("a"), 1, 0)
	q.Add(1, []byte("b"), 1, 0)
	if err := q.Close(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// packetsOf returns the packets of a capture, one after the other.
func packetsOf(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(readPackets(t, b), "")
}

// Times of quarantined packets keep their nanoseconds.
func TestQuarantineTimes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "failed.pcap")
	q := NewQuarantine(name, nil)
	q.Add(1, []byte("a"), 1, 1234567891)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	want := pcap.PCAPFormat{Nano: true, SnapLen: pcap.DefaultSnapLen, Link: 1}
	if err != nil || !bytes.Equal(b, want.AppendPacket(want.AppendHeader(nil), 1234567891, []byte("a"), 1)) {
		t.Errorf("%x, %v", b, err)
	}
}
