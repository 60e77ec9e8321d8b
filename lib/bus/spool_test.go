package bus

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// aborting is a Publisher that ends a context with the nth message.
type aborting struct {
	*memory
	left   atomic.Int64
	cancel context.CancelCauseFunc
}

var errAborted = errors.New("aborted")

func (a *aborting) Publish(ctx context.Context, m *Message, done func(error)) error {
	if a.left.Add(-1) < 0 {
		a.cancel(errAborted)
		return errAborted
	}
	return a.memory.Publish(ctx, m, done)
}

// spool runs a spool over a directory until it is empty.
func spool(t *testing.T, ctx context.Context, dir string, p Publisher, change func(*Spool)) error {
	t.Helper()
	var counters Counters
	w, err := NewWriter(ctx, Config{Publisher: p, Size: 32 << 10, Compress: true, Counters: &counters})
	if err != nil {
		t.Fatal(err)
	}
	s := &Spool{Dir: dir, Sensor: "s", Once: true, Writer: w, Counters: &counters, Notice: func(text string) { t.Log(text) }}
	if change != nil {
		change(s)
	}
	return s.Run(ctx)
}

// write writes files, one second older each than the next.
func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i, text := range files {
		name := filepath.Join(dir, "records-"+string(rune('z'-i)))
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-len(files)-10) * time.Second)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// names are the files in a directory.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// Files are published in the order of their times, and then removed.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	lines := records(3000, 1)
	write(t, dir, strings.Join(lines[:1000], ""), "", strings.Join(lines[1000:2000], ""), strings.TrimSuffix(strings.Join(lines[2000:], ""), "\n"))
	if err := os.WriteFile(filepath.Join(dir, ".records.part"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	m := &memory{partitions: 3, most: 1 << 20}
	if err := spool(t, t.Context(), dir, m, nil); err != nil {
		t.Fatal(err)
	}
	if got := text(t, m.messages); got != strings.Join(lines, "") {
		t.Errorf("%d bytes", len(got))
	}
	if got := names(t, dir); !slices.Equal(got, []string{lockName, StateName, ".records.part"}) {
		t.Errorf("files %q", got)
	}
	if state, err := os.ReadFile(filepath.Join(dir, StateName)); err != nil || string(state) != "{}" {
		t.Errorf("state %s, %v", state, err)
	}
}

// Files that are stored can be moved in place of being removed.
func TestSpoolDone(t *testing.T) {
	dir, done := t.TempDir(), t.TempDir()
	write(t, dir, "a\n", "b\n")
	m := &memory{partitions: 1, most: 1 << 20}
	if err := spool(t, t.Context(), dir, m, func(s *Spool) { s.Done = done }); err != nil {
		t.Fatal(err)
	}
	if got := names(t, done); len(got) != 2 {
		t.Errorf("files %q", got)
	}
}

// However often a run ends before all is stored, each line is stored, and what
// is stored twice has the same ID and the same body.
func TestSpoolAgain(t *testing.T) {
	dir := t.TempDir()
	pad := strings.Repeat("p", 900)
	var lines []string
	for i, line := range records(30000, 40) {
		lines = append(lines, strings.Replace(line, `"pad"`, `"n":`+strings.Repeat("1", i%7+1)+`,"p":"`+pad+`","pad"`, 1))
	}
	write(t, dir, strings.Join(lines[:20000], ""), strings.Join(lines[20000:], "")) // 20 and 10 MB
	stored := map[string]*Message{}
	again, runs := 0, 0
	for most := int64(50); ; most += 60 {
		ctx, cancel := context.WithCancelCause(t.Context())
		p := &aborting{memory: &memory{partitions: 4, most: 1 << 20}, cancel: cancel}
		p.left.Store(most)
		err := spool(t, ctx, dir, p, nil)
		cancel(nil)
		for _, m := range p.messages {
			if old, ok := stored[m.ID]; ok {
				again++
				if !bytes.Equal(old.Body, m.Body) {
					t.Fatalf("message %s has another body", m.ID)
				}
			}
			stored[m.ID] = m
		}
		if runs++; err == nil {
			break
		}
		if !errors.Is(err, errAborted) {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range stored {
		got = slices.AppendSeq(got, strings.Lines(text(t, []*Message{m})))
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(lines))) {
		t.Errorf("%d lines, not %d, or others", len(got), len(lines))
	}
	if runs < 4 || again == 0 {
		t.Errorf("%d runs, %d messages again: the test does not test", runs, again)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("files %q", got)
	}
}

// A signal ends a run in an orderly way: what was read is stored and noted, and
// the next run sends none of it again.
func TestSpoolSignal(t *testing.T) {
	dir := t.TempDir()
	line := strings.Repeat("x", 999) + "\n"
	write(t, dir, strings.Repeat(line, 40000)) // 40 MB: five segments
	soft, cancel := context.WithCancel(t.Context())
	first := &memory{partitions: 1, most: 1 << 20}
	var counters Counters
	w, err := NewWriter(t.Context(), Config{Publisher: first, Counters: &counters})
	if err != nil {
		t.Fatal(err)
	}
	s := &Spool{Dir: dir, Sensor: "s", Writer: w, Counters: &counters, Notice: func(text string) { t.Error(text) }}
	go func() {
		for counters.Records.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := s.Run(soft); err != nil {
		t.Fatal(err)
	}
	second := &memory{partitions: 1, most: 1 << 20}
	if err := spool(t, t.Context(), dir, second, nil); err != nil {
		t.Fatal(err)
	}
	n := strings.Count(text(t, first.messages), "\n")
	m := strings.Count(text(t, second.messages), "\n")
	if n == 0 || n+m != 40000 {
		t.Errorf("%d and %d lines", n, m)
	}
}

// A file that is written to against the rules is not removed before all of it is
// stored.
func TestSpoolGrows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a\n")
	name := filepath.Join(dir, "records-z")
	var noticed atomic.Int64
	m := &memory{partitions: 1, most: 1 << 20}
	p := &growing{m, name}
	if err := spool(t, t.Context(), dir, p, func(s *Spool) { s.Notice = func(string) { noticed.Add(1) } }); err != nil {
		t.Fatal(err)
	}
	if got := text(t, m.messages); got != "a\nb\n" || noticed.Load() != 1 {
		t.Errorf("%q, %d notices", got, noticed.Load())
	}
}

// growing is a Publisher that appends to a file at the first message.
type growing struct {
	*memory
	name string
}

func (g *growing) Publish(ctx context.Context, m *Message, done func(error)) error {
	if g.name != "" {
		f, err := os.OpenFile(g.name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		f.WriteString("b\n")
		f.Close()
		g.name = ""
	}
	return g.memory.Publish(ctx, m, done)
}

// What can't be read or removed is an error, and does not stop the others.
func TestSpoolErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a\n", "b\n")
	m := &memory{partitions: 1, most: 1 << 20}
	err := spool(t, t.Context(), dir, m, func(s *Spool) { s.Done = filepath.Join(dir, "none") })
	if err == nil || !strings.Contains(err.Error(), "2 files") {
		t.Errorf("%v", err)
	}
	if got := text(t, m.messages); got != "a\nb\n" {
		t.Errorf("%q", got)
	}
	// They are stored: another run that can move them sends nothing.
	m.messages = nil
	if err := spool(t, t.Context(), dir, m, nil); err != nil || len(m.messages) > 0 {
		t.Errorf("%v, %d messages", err, len(m.messages))
	}
	if err := os.WriteFile(filepath.Join(dir, StateName), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := spool(t, t.Context(), dir, m, nil); err == nil || !strings.Contains(err.Error(), StateName) {
		t.Errorf("%v", err)
	}
}

// Two runs don't share a directory.
func TestSpoolLock(t *testing.T) {
	dir := t.TempDir()
	unlock, err := Lock(filepath.Join(dir, lockName))
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{partitions: 1, most: 1 << 20}
	if err := spool(t, t.Context(), dir, m, nil); err == nil || !strings.Contains(err.Error(), "another merc-bus") {
		t.Errorf("%v", err)
	}
	unlock()
	if err := spool(t, t.Context(), dir, m, nil); err != nil {
		t.Error(err)
	}
}
