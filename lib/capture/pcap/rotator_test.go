package pcap

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// files are the files of a directory and what is in them.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

func expect(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := files(t, dir); !reflect.DeepEqual(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// clockAt is a clock that a test sets.
type clockAt struct{ time.Time }

func (c *clockAt) now() time.Time { return c.Time }

func newRotator(t *testing.T, config RotatorConfig) *Rotator {
	t.Helper()
	r, err := NewRotator(config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, r *Rotator, p string, n int) {
	t.Helper()
	if written, err := r.WriteRecords([]byte(p), n); err != nil || written != n {
		t.Fatalf("%d records of %d written, %v", written, n, err)
	}
}

func closed(t *testing.T, r *Rotator) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOutputName(t *testing.T) {
	when := time.Date(2024, 2, 29, 23, 5, 9, 999, time.Local)
	for _, c := range []struct {
		number uint64
		want   string
	}{
		{0, "a/out.json-0-20240229230509"},
		{31, "a/out.json-1f-20240229230509"},
	} {
		if got := OutputName("a/out.json", c.number, when); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := OutputName("x", 0, when.UTC()); got != "x-0-20240229230509" {
		t.Errorf("not in local time: %q", got)
	}
}

func TestRotateAfterRecords(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 5, 0, time.Local)}
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "out"), Records: 2, Split: SplitLines, Now: clock.now})
	expect(t, dir, map[string]string{".out-0-20240102030405.part": ""})
	write(t, r, "1\n", 1)
	expect(t, dir, map[string]string{".out-0-20240102030405.part": "1\n"})
	write(t, r, "2\n", 1)
	expect(t, dir, map[string]string{"out-0-20240102030405": "1\n2\n"})
	clock.Time = clock.Add(time.Second)
	write(t, r, "3\n4\n5\n6\n7\n", 5)
	expect(t, dir, map[string]string{
		"out-0-20240102030405":       "1\n2\n",
		"out-1-20240102030406":       "3\n4\n",
		"out-2-20240102030406":       "5\n6\n",
		".out-3-20240102030406.part": "7\n",
	})
	closed(t, r)
	closed(t, r)
	expect(t, dir, map[string]string{
		"out-0-20240102030405": "1\n2\n",
		"out-1-20240102030406": "3\n4\n",
		"out-2-20240102030406": "5\n6\n",
		"out-3-20240102030406": "7\n",
	})
}

func TestRotateAfterTime(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 0, 0, time.Local)}
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "out"), Every: time.Minute, Now: clock.now})
	due := func(after time.Duration) {
		t.Helper()
		clock.Time = clock.Add(after)
		if err := r.RotateIfDue(); err != nil {
			t.Fatal(err)
		}
	}
	due(70 * time.Second) // no records: goes on
	expect(t, dir, map[string]string{".out-0-20240102030400.part": ""})
	write(t, r, "1\n", 1)
	due(59 * time.Second)
	expect(t, dir, map[string]string{".out-0-20240102030400.part": "1\n"})
	due(time.Second)
	expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
	due(time.Hour)
	expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
	write(t, r, "2\n", 1)
	clock.Time = clock.Add(2 * time.Minute)
	write(t, r, "3\n", 1) // finds out itself
	closed(t, r)
	expect(t, dir, map[string]string{
		"out-0-20240102030400": "1\n",
		"out-1-20240102040610": "2\n",
		"out-2-20240102040810": "3\n",
	})
}

func TestRotateByHand(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 0, 0, time.Local)}
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "out"), Every: time.Hour, Now: clock.now})
	for range 2 { // the second time there is nothing to finish
		if err := r.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	write(t, r, "1\n", 1)
	if err := r.Rotate(); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
	closed(t, r)
	expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
}

func TestRotatePackets(t *testing.T) {
	dir := t.TempDir()
	format := PCAPFormat{SnapLen: DefaultSnapLen, Link: 1}
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 5, 0, time.Local)}
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "p"), Records: 100, Split: SplitPackets, Header: format.AppendHeader(nil), Now: clock.now})
	var p []byte
	for i := range 250 {
		p = format.AppendPacket(p, int64(i), fill(i, byte(i)), i)
	}
	write(t, r, string(p), 250)
	closed(t, r)
	seen := 0
	for i, n := range []int{100, 100, 50} {
		b, err := os.ReadFile(filepath.Join(dir, "p-"+strconv.Itoa(i)+"-20240102030405"))
		if err != nil {
			t.Fatal(err)
		}
		packets := readOurs(t, b)
		if len(packets) != n {
			t.Errorf("file %d has %d packets", i, len(packets))
		}
		for _, p := range packets {
			if p.Data != string(fill(seen, byte(seen))) {
				t.Errorf("packet %d is another", seen)
			}
			seen++
		}
	}
}

func TestOneFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := newRotator(t, RotatorConfig{Name: name, Header: []byte("H")})
	write(t, r, "1\n2\n", 2)
	if err := r.Rotate(); err != nil {
		t.Fatal(err)
	}
	write(t, r, "3\n", 1)
	expect(t, dir, map[string]string{".out.part": "H1\n2\n3\n"})
	closed(t, r)
	expect(t, dir, map[string]string{"out": "H1\n2\n3\n"})

	if _, err := NewRotator(RotatorConfig{Name: name}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	if _, err := NewRotator(RotatorConfig{Name: name, InPlace: true}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there, in place: %v", err)
	}
	r = newRotator(t, RotatorConfig{Name: name, Overwrite: true})
	expect(t, dir, map[string]string{"out": "H1\n2\n3\n", ".out.part": ""})
	closed(t, r) // no records: the file is there, and empty
	expect(t, dir, map[string]string{"out": ""})

	r = newRotator(t, RotatorConfig{Name: name, Overwrite: true, InPlace: true})
	write(t, r, "4\n", 1)
	expect(t, dir, map[string]string{"out": "4\n"})
	closed(t, r)
	expect(t, dir, map[string]string{"out": "4\n"})
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := newRotator(t, RotatorConfig{Name: name, InPlace: true, Header: []byte("H\n")})
	write(t, r, "a\n", 1)
	if err := r.Reopen(); err != nil { // it is still there
		t.Fatal(err)
	}
	write(t, r, "b\n", 1)
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, r, "c\n", 1)
	if err := r.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, r, "d\n", 1)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := r.Reopen(); err != nil {
		t.Fatal(err)
	}
	closed(t, r)
	expect(t, dir, map[string]string{"out.1": "H\na\nb\nc\n", "out": "H\n"})
}

// A file that gets its name in the end is not begun anew before, and of those
// that rotate the present one is finished.
func TestReopenOthers(t *testing.T) {
	dir := t.TempDir()
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "one")})
	write(t, r, "a\n", 1)
	if err := r.Reopen(); err != nil {
		t.Fatal(err)
	}
	closed(t, r)
	clock := clockAt{time.Date(2024, 1, 1, 0, 0, 0, 0, time.Local)}
	r = newRotator(t, RotatorConfig{Name: filepath.Join(dir, "many"), Every: time.Hour, Now: clock.now})
	write(t, r, "b\n", 1)
	if err := r.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, r, "c\n", 1)
	closed(t, r)
	expect(t, dir, map[string]string{"one": "a\n", "many-0-20240101000000": "b\n", "many-1-20240101000000": "c\n"})
}

// A command that is started again within a second takes the next number.
func TestRotateAgain(t *testing.T) {
	dir := t.TempDir()
	clock := clockAt{time.Date(2024, 1, 1, 0, 0, 0, 0, time.Local)}
	config := RotatorConfig{Name: filepath.Join(dir, "out"), Every: time.Hour, Now: clock.now}
	for _, text := range []string{"a\n", "b\n", "c\n"} {
		r := newRotator(t, config)
		write(t, r, text, 1)
		closed(t, r)
	}
	expect(t, dir, map[string]string{"out-0-20240101000000": "a\n", "out-1-20240101000000": "b\n", "out-2-20240101000000": "c\n"})
	config.Overwrite = true
	r := newRotator(t, config)
	write(t, r, "d\n", 1)
	closed(t, r)
	expect(t, dir, map[string]string{"out-0-20240101000000": "d\n", "out-1-20240101000000": "b\n", "out-2-20240101000000": "c\n"})
}

func TestFileAppearsMeanwhile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := newRotator(t, RotatorConfig{Name: name})
	write(t, r, "1\n", 1)
	if err := os.WriteFile(name, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	expect(t, dir, map[string]string{"out": "theirs", ".out.part": "1\n"})
}

// What a crash left is not continued.
func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".out.part"), []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "out")})
	write(t, r, "1\n", 1)
	closed(t, r)
	expect(t, dir, map[string]string{"out": "1\n"})
}

func TestSpecialFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no device files or symbolic links to be sure of")
	}
	r := newRotator(t, RotatorConfig{Name: os.DevNull})
	write(t, r, "1\n", 1)
	closed(t, r)
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s was replaced", os.DevNull)
	}

	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	r = newRotator(t, RotatorConfig{Name: link})
	write(t, r, "1\n", 1)
	closed(t, r)
	expect(t, dir, map[string]string{"target": "1\n", "link": "1\n"})
	if _, err := NewRotator(RotatorConfig{Name: link}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link to a file that is there: %v", err)
	}
	r = newRotator(t, RotatorConfig{Name: link, Overwrite: true})
	write(t, r, "2\n", 1)
	closed(t, r)
	expect(t, dir, map[string]string{"target": "2\n", "link": "2\n"})
}

func TestRotatorErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := NewRotator(RotatorConfig{Name: filepath.Join(dir, "none", "out")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if _, err := NewRotator(RotatorConfig{Name: dir, Overwrite: true}); err == nil {
		t.Error("a directory: no error")
	}
	if _, err := NewRotator(RotatorConfig{Name: filepath.Join(dir, "out"), Records: 1}); err == nil || !strings.Contains(err.Error(), "Splitter") {
		t.Errorf("no Splitter: %v", err)
	}
	expect(t, dir, map[string]string{})
}

// Where the disk is full the file ends with a whole record, and goes on when
// there is room.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	r := newRotator(t, RotatorConfig{Name: filepath.Join(dir, "out")})
	write(t, r, "1\n", 1)
	// The file gets what a write that fails has left behind.
	whole := r.file
	if _, err := whole.WriteString("2 and ha"); err != nil {
		t.Fatal(err)
	}
	if err := r.cutBack(8); err != nil {
		t.Fatal(err)
	}
	write(t, r, "3\n", 1)
	closed(t, r)
	expect(t, dir, map[string]string{"out": "1\n3\n"})
}

func TestSplit(t *testing.T) {
	packets := PCAPFormat{}.AppendPacket(PCAPFormat{}.AppendPacket(nil, 0, []byte("abc"), 3), 0, nil, 0)
	for _, c := range []struct {
		split Splitter
		p     []byte
		n     int
		want  int
	}{
		{SplitLines, []byte("a\nbc\n\nd\n"), 0, 0},
		{SplitLines, []byte("a\nbc\n\nd\n"), 1, 2},
		{SplitLines, []byte("a\nbc\n\nd\n"), 3, 6},
		{SplitLines, []byte("a\nbc"), 3, 4},
		{SplitPackets, packets, 0, 0},
		{SplitPackets, packets, 1, 19},
		{SplitPackets, packets, 2, 35},
		{SplitPackets, packets, 3, 35},
		{SplitPackets, packets[:18], 1, 18},
		{SplitPackets, bytes.Repeat([]byte{0xff}, 40), 1, 40},
	} {
		if got := c.split(c.p, c.n); got != c.want {
			t.Errorf("%d records of %q: %d, want %d", c.n, c.p, got, c.want)
		}
	}
}
