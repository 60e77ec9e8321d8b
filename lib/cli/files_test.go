package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
)

// writeCapture writes a capture of packets that are one byte each.
func writeCapture(t *testing.T, link uint16, data string) string {
	t.Helper()
	f := pcap.PCAPFormat{SnapLen: 100, Link: link}
	b := f.AppendHeader(nil)
	for i := range data {
		b = f.AppendPacket(b, int64(i)*1e9, []byte{data[i]}, 60)
	}
	name := filepath.Join(t.TempDir(), "test.pcap")
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// readAll reads the first bytes of all packets.
func readAll(in *Input) (string, error) {
	var got strings.Builder
	var b capture.Batch
	for {
		if err := in.ReadBatch(&b); err != nil {
			return got.String(), err
		}
		for i := range b.Packets {
			got.Write(b.Bytes(i))
		}
	}
}

func TestInput(t *testing.T) {
	one, empty, two := writeCapture(t, 1, "abc"), writeCapture(t, 1, ""), writeCapture(t, 101, "de")
	in := NewInput(nil, one, empty, two, one)
	defer in.Close()
	if got, err := readAll(in); got != "abcdeabc" || err != io.EOF {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := readAll(in); got != "" || err != io.EOF {
		t.Errorf("after the end: %q, %v", got, err)
	}
}

func TestInputRounds(t *testing.T) {
	one, two := writeCapture(t, 1, "abc"), writeCapture(t, 1, "de")
	missing := filepath.Join(t.TempDir(), "missing")
	for _, c := range []struct {
		names []string
		want  string
		err   error
	}{
		{[]string{one, two}, "abcdeabcdeabcde", io.EOF},
		{[]string{one, missing, two}, "abcdeabcdeabcde", fs.ErrNotExist},
		{[]string{missing, one, missing}, "abcabcabc", fs.ErrNotExist},
		{[]string{missing}, "", fs.ErrNotExist},
	} {
		in := NewInput(nil, c.names...)
		in.Rounds = 3
		got, err := readAll(in)
		if got != c.want || !errors.Is(err, c.err) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%q: %q, %v", c.names, got, err)
		}
		in.Close()
	}
}

func TestInputErrors(t *testing.T) {
	one := writeCapture(t, 1, "abc")
	missing := filepath.Join(t.TempDir(), "missing")
	in := NewInput(nil, one, missing, one)
	defer in.Close()
	if got, err := readAll(in); got != "abcabc" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %q, %v", got, err)
	}

	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("this is a text, not a capture"), 0o666); err != nil {
		t.Fatal(err)
	}
	in = NewInput(nil, one, text)
	defer in.Close()
	if got, err := readAll(in); got != "abc" || !errors.Is(err, pcap.ErrNotCapture) || !strings.HasPrefix(err.Error(), text) {
		t.Errorf("text: %q, %v", got, err)
	}

	data, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	if err := os.WriteFile(cut, data[:len(data)-1], 0o666); err != nil {
		t.Fatal(err)
	}
	in = NewInput(nil, cut, one, missing, cut)
	defer in.Close()
	got, err := readAll(in)
	if got != "ababc" || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("cut off: %q, %v", got, err)
	}
}

func TestInputStandardInput(t *testing.T) {
	f, err := os.Open(writeCapture(t, 1, "abc"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := NewInput(f)
	if got, err := readAll(in); got != "abc" || err != io.EOF {
		t.Errorf("%q, %v", got, err)
	}
	in.Close()
	if _, err := f.Stat(); err != nil {
		t.Errorf("standard input is closed: %v", err)
	}
}

// A command that is to end reads no further, but for what comes before it in a
// pipe.
func TestInputUntil(t *testing.T) {
	one := writeCapture(t, 1, "a")
	ctx, cancel := context.WithCancelCause(t.Context())
	errEnd := errors.New("the end")
	cancel(errEnd)
	file := NewInput(nil, one)
	defer file.Close()
	if err := file.Until(ctx).ReadBatch(new(capture.Batch)); err != errEnd {
		t.Errorf("a file: %v", err)
	}
	f, err := os.Open(one)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := NewInput(f).Until(ctx).ReadBatch(new(capture.Batch)); err != nil {
		t.Errorf("standard input: %v", err)
	}
	env := &Env{Stdin: f}
	r, _, err := env.Open(ctx, one)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := r.Read(make([]byte, 9)); n != 0 || err != errEnd {
		t.Errorf("bytes of a file: %d, %v", n, err)
	}
}
