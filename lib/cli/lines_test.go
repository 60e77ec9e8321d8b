package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", lineBuffer) + "y\n"
	tests := []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"one", []string{"one"}},
		{"one\n", []string{"one\n"}},
		{"one\n\ntwo\r\n", []string{"one\n", "\n", "two\r\n"}},
		{"one\n" + long + "two", []string{"one\n", long, "two"}},
		{long + long, []string{long, long}},
	}
	for _, test := range tests {
		for name, r := range map[string]io.Reader{
			"whole":    strings.NewReader(test.in),
			"in parts": iotest.HalfReader(strings.NewReader(test.in)),
		} {
			var got []string
			err := Lines(r, "test", bufio.NewWriter(io.Discard), func(line []byte) error {
				got = append(got, string(line))
				return nil
			})
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%.20q, %s: %.80q, %v", test.in, name, got, err)
			}
		}
	}
}

// TestLinesFlush checks that output goes out before a read that may wait.
func TestLinesFlush(t *testing.T) {
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	in := &steps{t: t, steps: []step{
		{"", "one\n"},
		{"ONE\n", "two\nthr"},
		{"ONE\nTWO\n", "ee\n"},
		{"ONE\nTWO\nTHREE\n", ""},
	}, out: &out}
	err := Lines(in, "test", w, func(line []byte) error {
		_, err := w.Write(bytes.ToUpper(line))
		return err
	})
	if err != nil || len(in.steps) > 0 {
		t.Errorf("%v, %d reads too few", err, len(in.steps))
	}
}

// A step is what must have been written when a read is called, and what that
// read gives.
type step struct{ wrote, reads string }

type steps struct {
	t     *testing.T
	steps []step
	out   *bytes.Buffer
}

func (s *steps) Read(p []byte) (int, error) {
	if got := s.out.String(); got != s.steps[0].wrote {
		s.t.Errorf("%q was written before a read, want %q", got, s.steps[0].wrote)
	}
	n := copy(p, s.steps[0].reads)
	if s.steps = s.steps[1:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestLinesErrors(t *testing.T) {
	errTest := errors.New("test")
	nothing := func([]byte) error { return nil }
	w := bufio.NewWriter(io.Discard)

	in := io.MultiReader(strings.NewReader("one\n"), iotest.ErrReader(errTest))
	if err := Lines(in, "x", w, nothing); !errors.Is(err, errTest) || !strings.HasPrefix(err.Error(), "x: offset 4: ") {
		t.Errorf("reading fails: %v", err)
	}
	calls := 0
	err := Lines(strings.NewReader("one\ntwo\n"), "x", w, func([]byte) error { calls++; return errTest })
	if !errors.Is(err, errTest) || calls != 1 {
		t.Errorf("work fails: %v, %d calls", err, calls)
	}
	endless := io.MultiReader(strings.NewReader("one\n"), endlessLine{})
	if err := Lines(endless, "x", w, nothing); err == nil || !strings.HasPrefix(err.Error(), "x: offset 4: a line of more than ") {
		t.Errorf("a line without end: %v", err)
	}
	full := bufio.NewWriterSize(failingWriter{errTest}, 16)
	full.WriteString("data")
	if err := Lines(strings.NewReader("one\n"), "x", full, nothing); !errors.Is(err, errTest) {
		t.Errorf("writing fails: %v", err)
	}
}

type endlessLine struct{}

func (endlessLine) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }
