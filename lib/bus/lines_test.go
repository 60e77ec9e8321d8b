package bus

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLineReader(t *testing.T) {
	large := strings.Repeat("x", blockSize+100) + "\n"
	long := strings.Repeat("y", MaxLine+1) + "\n"
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"one", "a\n", "a\n"},
		{"no end", "a\nb", "a\nb\n"},
		{"only a line without an end", "b", "b\n"},
		{"empty lines", "\n\n", "\n\n"},
		{"longer than a block", "a\n" + large + "b\n", "a\n" + large + "b\n"},
		{"too long", "a\n" + long + "b\n", "a\nb\n"},
		{"too long at the end", "a\n" + long[:len(long)-1], "a\n"},
		{"too long twice", long + long + "b", "b\n"},
	} {
		for way, in := range map[string]io.Reader{"whole": strings.NewReader(tt.in), "halves": iotest.HalfReader(strings.NewReader(tt.in)), "with its end": iotest.DataErrReader(strings.NewReader(tt.in))} {
			r := NewLineReader(in, 7)
			skipped := 0
			r.Long = func(offset int64) {
				skipped++
				if !strings.HasPrefix(tt.in[offset-7:], "yyy") {
					t.Errorf("%s, %s: offset %d", tt.name, way, offset)
				}
			}
			var got strings.Builder
			last := int64(7)
			for {
				lines, end, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil || len(lines) == 0 || lines[len(lines)-1] != '\n' || end <= last {
					t.Fatalf("%s, %s: %d bytes, end %d, %v", tt.name, way, len(lines), end, err)
				}
				last = end
				got.Write(lines)
			}
			if got.String() != tt.want {
				t.Errorf("%s, %s: %d bytes, not %d", tt.name, way, got.Len(), len(tt.want))
			}
			if want := strings.Contains(tt.in, "yyy"); want != (skipped > 0) {
				t.Errorf("%s, %s: %d lines skipped", tt.name, way, skipped)
			}
		}
	}
}

// What was read before an error is there.
func TestLineReaderError(t *testing.T) {
	r := NewLineReader(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(io.ErrNoProgress)), 0)
	var got []byte
	for {
		lines, _, err := r.Next()
		got = append(got, lines...)
		if err != nil {
			if err != io.ErrNoProgress {
				t.Error(err)
			}
			break
		}
	}
	if string(got) != "a\nb\n" {
		t.Errorf("%q", got)
	}
}

// The offset behind lines is where a reader goes on that begins there.
func TestLineReaderOffset(t *testing.T) {
	text := []byte(strings.Repeat("some line\n\nand another\n", 60000))
	first := NewLineReader(bytes.NewReader(text), 0)
	lines, end, err := first.Next()
	if err != nil {
		t.Fatal(err)
	}
	got := bytes.Clone(lines)
	second := NewLineReader(bytes.NewReader(text[end:]), end)
	for {
		lines, at, err := second.Next()
		if err == io.EOF {
			break
		}
		end = at
		got = append(got, lines...)
	}
	if !bytes.Equal(got, text) || end != int64(len(text)) {
		t.Errorf("%d bytes up to %d, not %d", len(got), end, len(text))
	}
}

func BenchmarkLineReader(b *testing.B) {
	text := bytes.Repeat([]byte(`{"src_ip":"192.0.2.1","dst_ip":"198.51.100.1","protocol":6}`+"\n"), 100000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := NewLineReader(bytes.NewReader(text), 0)
		for {
			if _, _, err := r.Next(); err != nil {
				break
			}
		}
	}
}
