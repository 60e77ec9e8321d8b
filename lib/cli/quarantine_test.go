package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestQuarantine(t *testing.T) {
	q := quarantine{env: quiet, name: filepath.Join(t.TempDir(), "failed.pcap")}
	if err := q.close(); err != nil {
		t.Errorf("without packets: %v", err)
	}
	if _, err := os.Stat(q.name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without packets there is a file: %v", err)
	}
	q.add(101, []byte("a"), 1e9)
	in := NewInput(nil, q.name) // before the end
	if got, _ := readAll(in); got != "a" {
		t.Errorf("at first there is %q", got)
	}
	in.Close()
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() { q.add(101, []byte("b"), 2e9) })
	}
	workers.Wait()
	if err := q.close(); err != nil {
		t.Error(err)
	}
	in = NewInput(nil, q.name)
	defer in.Close()
	if got, _ := readAll(in); got != "abbbb" {
		t.Errorf("at last there is %q", got)
	}
}

func TestQuarantineFails(t *testing.T) {
	q := quarantine{env: quiet, name: filepath.Join(t.TempDir(), "missing", "failed.pcap")}
	q.add(1, []byte("a"), 0)
	q.add(1, []byte("b"), 0)
	if err := q.close(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
