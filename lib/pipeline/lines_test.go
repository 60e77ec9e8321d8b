package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// upper is a worker that writes lines in capitals.
func upper(out *Output, line []byte, _ uint64) error {
	n := len(out.Text)
	out.Text = append(out.Text, line...)
	for i, c := range out.Text[n:] {
		if 'a' <= c && c <= 'z' {
			out.Text[n+i] -= 'a' - 'A'
		}
	}
	return nil
}

// linesTo returns Lines with some workers that write to out.
func linesTo(out io.Writer, workers int) *Lines {
	return &Lines{
		Workers: slices.Repeat([]LineWorker{upper}, workers),
		Write:   func(b []byte) error { _, err := out.Write(b); return err },
		Long:    func(int64) error { return nil },
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", lineBlock) + "y\n"
	var many strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&many, "line %d %s\n", i, strings.Repeat("a", i*7919%97))
	}
	for _, in := range []string{
		"", "one", "one\n", "\n\n", "one\n\ntwo\r\n", "one\n" + long + "two", long + long, strings.Repeat("z", lineBlock-1) + "\na",
		strings.Repeat("z", lineBlock) + "\n", strings.Repeat("z", lineBlock), many.String(),
	} {
		for _, workers := range []int{1, 2, 7} {
			for name, r := range map[string]io.Reader{
				"whole":       strings.NewReader(in),
				"in parts":    iotest.HalfReader(strings.NewReader(in)),
				"end at once": iotest.DataErrReader(strings.NewReader(in)),
			} {
				var out bytes.Buffer
				if err := linesTo(&out, workers).Run(r, "test"); err != nil || out.String() != strings.ToUpper(in) {
					t.Errorf("%.20q, %s, %d workers: %.80q, %v", in, name, workers, out.String(), err)
				}
			}
		}
	}
}

// TestLinesNumbers checks what workers are told of lines of several inputs,
// and that lines are processed when the caller hears of it.
func TestLinesNumbers(t *testing.T) {
	inputs := []string{"a\nbb\n", "", "ccc", "d\n"}
	want := []uint64{0, 2, 5, 8}
	for _, workers := range []int{1, 3} {
		var out bytes.Buffer
		l := linesTo(&out, workers)
		numbers := make(chan uint64, 10)
		for i := range l.Workers {
			l.Workers[i] = func(out *Output, line []byte, number uint64) error {
				numbers <- number
				return upper(out, line, number)
			}
		}
		var processed uint64
		l.Processed = func(n uint64) { processed = n }
		for _, in := range inputs {
			if err := l.Run(strings.NewReader(in), "test"); err != nil {
				t.Fatal(err)
			}
		}
		close(numbers)
		var got []uint64
		for n := range numbers {
			got = append(got, n)
		}
		if !slices.Equal(got, want) || processed != 10 || out.String() != "A\nBB\nCCCD\n" {
			t.Errorf("%d workers: numbers %d, %d processed, %q", workers, got, processed, out.String())
		}
	}
}

// TestLongLines checks that a line that is too long does not end the run.
func TestLongLines(t *testing.T) {
	x := strings.Repeat("x", MaxLine)
	for _, c := range []struct {
		in, passed, left string
		long             []int64
	}{
		{"a\n" + x + "\nb\n", "A\n" + x + "\nB\n", "A\nB\n", []int64{2}},
		{x[1:] + "\nb\n", strings.ToUpper(x[1:]) + "\nB\n", strings.ToUpper(x[1:]) + "\nB\n", nil},
		{x + x + "\nb\n\n" + x + "\nc", x + x + "\nB\n\n" + x + "\nC", "B\n\nC", []int64{0, 2*MaxLine + 4}},
		{"a\n" + x + "y", "A\n" + x + "y", "A\n", []int64{2}},
		{x, strings.ToUpper(x), strings.ToUpper(x), nil},
	} {
		for workers, pass := range map[int]bool{1: false, 2: true, 3: false} {
			want := c.left
			if pass {
				want = c.passed
			}
			var out bytes.Buffer
			var long []int64
			l := linesTo(&out, workers)
			l.PassLong = pass
			l.Long = func(offset int64) error { long = append(long, offset); return nil }
			err := l.Run(strings.NewReader(c.in), "test")
			if err != nil || out.String() != want || !slices.Equal(long, c.long) {
				t.Errorf("%d bytes, %.5q..., %d workers, passed %v: %d bytes, want %d; long lines at %d, want %d; %v",
					len(c.in), c.in, workers, pass, out.Len(), len(want), long, c.long, err)
			}
		}
	}
}

func TestLinesErrors(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var out bytes.Buffer
		l := linesTo(&out, workers)
		in := io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(errTest))
		if err := l.Run(in, "x"); !errors.Is(err, errTest) || !strings.HasPrefix(err.Error(), "x: offset 6: ") || out.String() != "ONE\nTW" {
			t.Errorf("reading fails: %v, %q", err, out.String())
		}

		out.Reset()
		l = linesTo(&out, workers)
		for i := range l.Workers {
			l.Workers[i] = func(out *Output, line []byte, number uint64) error {
				if string(line) == "bad\n" {
					return errTest
				}
				return upper(out, line, number)
			}
		}
		text := strings.Repeat("good\n", 100_000)
		want := fmt.Sprintf("x: offset %d: %v", len(text), errTest)
		if err := l.Run(strings.NewReader(text+"bad\n"+text), "x"); !errors.Is(err, errTest) || err.Error() != want || out.String() != strings.ToUpper(text) {
			t.Errorf("%d workers: a worker fails: %v, want %s; %d bytes written, want %d", workers, err, want, out.Len(), len(text))
		}

		calls := 0
		l = linesTo(nil, workers)
		l.Write = func([]byte) error { calls++; return errTest }
		if err := l.Run(strings.NewReader(text), "x"); !errors.Is(err, errTest) || calls != 1 {
			t.Errorf("writing fails: %v, %d calls", err, calls)
		}

		l = linesTo(io.Discard, workers)
		l.Long = func(int64) error { return errTest }
		endless := io.MultiReader(strings.NewReader("one\n"), endlessLine{})
		if err := l.Run(endless, "x"); !errors.Is(err, errTest) || !strings.HasPrefix(err.Error(), "x: offset 4: ") {
			t.Errorf("a line without end: %v", err)
		}
		if err := l.Run(nothing{}, "x"); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("a source that gives nothing: %v", err)
		}
	}
}

type endlessLine struct{}

func (endlessLine) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

// TestLinesAsTheyCome checks that what becomes of a line is written before a
// read that may wait.
func TestLinesAsTheyCome(t *testing.T) {
	var out bytes.Buffer
	in := &steps{t: t, out: &out, steps: []step{
		{"", "one\n"},
		{"ONE\n", "two\nthr"},
		{"ONE\nTWO\n", "ee\n"},
		{"ONE\nTWO\nTHREE\n", ""},
	}}
	if err := linesTo(&out, 1).Run(in, "test"); err != nil || len(in.steps) > 0 {
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

// TestLinesPipe is the same for several workers: each line comes out while the
// next is not written yet.
func TestLinesPipe(t *testing.T) {
	in, feed := io.Pipe()
	took, out := io.Pipe()
	done := make(chan error)
	go func() { done <- linesTo(out, 3).Run(in, "test") }()
	buf := make([]byte, 100)
	for i := range 20 {
		fmt.Fprintf(feed, "line %d\n", i)
		n, err := took.Read(buf)
		if want := fmt.Sprintf("LINE %d\n", i); err != nil || string(buf[:n]) != want {
			t.Fatalf("%q, %v, want %q", buf[:n], err, want)
		}
	}
	feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestLinesAllocations checks that there are none for a line or a block.
func TestLinesAllocations(t *testing.T) {
	text := bytes.Repeat([]byte("a line\n"), 4<<20)
	for _, workers := range []int{1, 2} {
		l := linesTo(io.Discard, workers)
		for i := range l.Workers {
			l.Workers[i] = func(out *Output, line []byte, _ uint64) error {
				out.Text = append(out.Text, line...)
				return nil
			}
		}
		// A run needs some; one for each of 224 blocks would show.
		if n := testing.AllocsPerRun(2, func() { l.Run(bytes.NewReader(text), "test") }); n > 100 {
			t.Errorf("%d workers: %v allocations", workers, n)
		}
	}
}
