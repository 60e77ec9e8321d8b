package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/internal/atomicfile/filetest"
)

// clockAt is a clock that a test sets.
type clockAt struct{ time.Time }

func (c *clockAt) now() time.Time { return c.Time }

func rotate(t *testing.T, config rotatorConfig, header ...string) *rotator {
	t.Helper()
	if config.split.first == nil {
		config.split = lines
	}
	r, err := newRotator(config)
	if err != nil {
		t.Fatal(err)
	}
	if len(header) > 0 {
		if err := r.setHeader([]byte(header[0])); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func write(t *testing.T, r *rotator, p string, n int) {
	t.Helper()
	if written, err := r.write([]byte(p), n); err != nil || written != n {
		t.Fatalf("%d records of %d written, %v", written, n, err)
	}
}

func closed(t *testing.T, r *rotator) {
	t.Helper()
	if err := r.close(true); err != nil {
		t.Fatal(err)
	}
}

func TestRotatedName(t *testing.T) {
	when := time.Date(2024, 2, 29, 23, 5, 9, 999, time.Local)
	for _, c := range []struct {
		number uint64
		want   string
	}{
		{0, "a/out.json-0-20240229230509"},
		{31, "a/out.json-1f-20240229230509"},
	} {
		if got := rotatedName("a/out.json", c.number, when); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := rotatedName("x", 0, when.UTC()); got != "x-0-20240229230509" {
		t.Errorf("not in local time: %q", got)
	}
}

func TestRotateAfterRecords(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 5, 0, time.Local)}
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out"), records: 2, split: lines, now: clock.now})
	filetest.Expect(t, dir, map[string]string{".out-0-20240102030405.part": ""})
	write(t, r, "1\n", 1)
	filetest.Expect(t, dir, map[string]string{".out-0-20240102030405.part": "1\n"})
	write(t, r, "2\n", 1)
	filetest.Expect(t, dir, map[string]string{"out-0-20240102030405": "1\n2\n"})
	clock.Time = clock.Add(time.Second)
	write(t, r, "3\n4\n5\n6\n7\n", 5)
	filetest.Expect(t, dir, map[string]string{
		"out-0-20240102030405":       "1\n2\n",
		"out-1-20240102030406":       "3\n4\n",
		"out-2-20240102030406":       "5\n6\n",
		".out-3-20240102030406.part": "7\n",
	})
	closed(t, r)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{
		"out-0-20240102030405": "1\n2\n",
		"out-1-20240102030406": "3\n4\n",
		"out-2-20240102030406": "5\n6\n",
		"out-3-20240102030406": "7\n",
	})
}

func TestRotateAfterTime(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 0, 0, time.Local)}
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out"), every: time.Minute, now: clock.now})
	due := func(after time.Duration) {
		t.Helper()
		clock.Time = clock.Add(after)
		if err := r.rotateIfDue(); err != nil {
			t.Fatal(err)
		}
	}
	due(70 * time.Second) // no records: goes on
	filetest.Expect(t, dir, map[string]string{".out-0-20240102030400.part": ""})
	write(t, r, "1\n", 1)
	due(59 * time.Second)
	filetest.Expect(t, dir, map[string]string{".out-0-20240102030400.part": "1\n"})
	due(time.Second)
	filetest.Expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
	due(time.Hour)
	filetest.Expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
	write(t, r, "2\n", 1)
	clock.Time = clock.Add(2 * time.Minute)
	write(t, r, "3\n", 1) // finds out itself
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{
		"out-0-20240102030400": "1\n",
		"out-1-20240102040610": "2\n",
		"out-2-20240102040810": "3\n",
	})
}

func TestRotateByHand(t *testing.T) {
	dir := t.TempDir()
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 0, 0, time.Local)}
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out"), every: time.Hour, now: clock.now})
	for range 2 { // the second time there is nothing to finish
		if err := r.rotate(); err != nil {
			t.Fatal(err)
		}
	}
	write(t, r, "1\n", 1)
	if err := r.rotate(); err != nil {
		t.Fatal(err)
	}
	filetest.Expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out-0-20240102030400": "1\n"})
}

func TestRotatePackets(t *testing.T) {
	dir := t.TempDir()
	format := pcap.PCAPFormat{SnapLen: pcap.DefaultSnapLen, Link: 1}
	clock := &clockAt{time.Date(2024, 1, 2, 3, 4, 5, 0, time.Local)}
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "p"), records: 100, split: pcaps, now: clock.now}, string(format.AppendHeader(nil)))
	var p []byte
	for i := range 250 {
		p = format.AppendPacket(p, int64(i), bytes.Repeat([]byte{byte(i)}, i), i)
	}
	write(t, r, string(p), 250)
	closed(t, r)
	seen := 0
	for i, n := range []int{100, 100, 50} {
		b, err := os.ReadFile(filepath.Join(dir, "p-"+strconv.Itoa(i)+"-20240102030405"))
		if err != nil {
			t.Fatal(err)
		}
		packets := readPackets(t, b)
		if len(packets) != n {
			t.Errorf("file %d has %d packets", i, len(packets))
		}
		for _, p := range packets {
			if p != string(bytes.Repeat([]byte{byte(seen)}, seen)) {
				t.Errorf("packet %d is another", seen)
			}
			seen++
		}
	}
}

func TestOneFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := rotate(t, rotatorConfig{name: name}, "H")
	write(t, r, "1\n2\n", 2)
	if err := r.rotate(); err != nil {
		t.Fatal(err)
	}
	write(t, r, "3\n", 1)
	filetest.Expect(t, dir, map[string]string{".out.part": "H1\n2\n3\n"})
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out": "H1\n2\n3\n"})

	if _, err := newRotator(rotatorConfig{name: name}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	if _, err := newRotator(rotatorConfig{name: name, inPlace: true}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there, in place: %v", err)
	}
	r = rotate(t, rotatorConfig{name: name, overwrite: true})
	filetest.Expect(t, dir, map[string]string{"out": "H1\n2\n3\n", ".out.part": ""})
	closed(t, r) // no records: the file is there, and empty
	filetest.Expect(t, dir, map[string]string{"out": ""})

	r = rotate(t, rotatorConfig{name: name, overwrite: true, inPlace: true})
	write(t, r, "4\n", 1)
	filetest.Expect(t, dir, map[string]string{"out": "4\n"})
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out": "4\n"})
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := rotate(t, rotatorConfig{name: name, inPlace: true}, "H\n")
	write(t, r, "a\n", 1)
	if err := r.reopen(); err != nil { // it is still there
		t.Fatal(err)
	}
	write(t, r, "b\n", 1)
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, r, "c\n", 1)
	if err := r.reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, r, "d\n", 1)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := r.reopen(); err != nil {
		t.Fatal(err)
	}
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out.1": "H\na\nb\nc\n", "out": "H\n"})
}

// A file that gets its name in the end is not begun anew before, and of those
// that rotate the present one is finished.
func TestReopenOthers(t *testing.T) {
	dir := t.TempDir()
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "one")})
	write(t, r, "a\n", 1)
	if err := r.reopen(); err != nil {
		t.Fatal(err)
	}
	closed(t, r)
	clock := clockAt{time.Date(2024, 1, 1, 0, 0, 0, 0, time.Local)}
	r = rotate(t, rotatorConfig{name: filepath.Join(dir, "many"), every: time.Hour, now: clock.now})
	write(t, r, "b\n", 1)
	if err := r.reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, r, "c\n", 1)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"one": "a\n", "many-0-20240101000000": "b\n", "many-1-20240101000000": "c\n"})
}

// A command that is started again within a second takes the next number.
func TestRotateAgain(t *testing.T) {
	dir := t.TempDir()
	clock := clockAt{time.Date(2024, 1, 1, 0, 0, 0, 0, time.Local)}
	config := rotatorConfig{name: filepath.Join(dir, "out"), every: time.Hour, now: clock.now}
	for _, text := range []string{"a\n", "b\n", "c\n"} {
		r := rotate(t, config)
		write(t, r, text, 1)
		closed(t, r)
	}
	filetest.Expect(t, dir, map[string]string{"out-0-20240101000000": "a\n", "out-1-20240101000000": "b\n", "out-2-20240101000000": "c\n"})
	config.overwrite = true
	r := rotate(t, config)
	write(t, r, "d\n", 1)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out-0-20240101000000": "a\n", "out-1-20240101000000": "b\n", "out-2-20240101000000": "c\n", "out-3-20240101000000": "d\n"})
}

func TestFileAppearsMeanwhile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := rotate(t, rotatorConfig{name: name})
	write(t, r, "1\n", 1)
	if err := os.WriteFile(name, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.close(true); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	filetest.Expect(t, dir, map[string]string{"out": "theirs", ".out.part": "1\n"})
}

// What a crash left is not continued.
func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".out.abcdefghijkl.part"), []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out")})
	write(t, r, "1\n", 1)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out": "1\n"})
}

func TestSpecialFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no device files or symbolic links to be sure of")
	}
	r := rotate(t, rotatorConfig{name: os.DevNull})
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
	r = rotate(t, rotatorConfig{name: link})
	write(t, r, "1\n", 1)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"target": "1\n", "link": "1\n"})
	if _, err := newRotator(rotatorConfig{name: link}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link to a file that is there: %v", err)
	}
	r = rotate(t, rotatorConfig{name: link, overwrite: true})
	write(t, r, "2\n", 1)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"target": "2\n", "link": "2\n"})
}

func TestRotatorErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := newRotator(rotatorConfig{name: filepath.Join(dir, "none", "out")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if _, err := newRotator(rotatorConfig{name: dir, overwrite: true}); err == nil {
		t.Error("a directory: no error")
	}
	filetest.Expect(t, dir, map[string]string{})
}

// fullDisk writes to a file until there is no room.
type fullDisk struct {
	f    *os.File
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	k, err := d.f.Write(p[:min(len(p), d.room)])
	d.room -= k
	if err == nil && k < len(p) {
		err = syscall.ENOSPC
	}
	return k, err
}

// Where the disk is full, the file has what fits of the records and ends with a
// whole one, and goes on when there is room.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out")}, "H\n")
	disk := &fullDisk{f: r.file.f, room: 8}
	r.file.w = disk
	write(t, r, "1\n", 1)
	if n, err := r.write([]byte("2\n3\n4444\n5\n"), 4); n != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d records written, %v", n, err)
	}
	if n, err := r.write([]byte("6\n"), 1); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d records written, %v", n, err)
	}
	disk.room = 100
	write(t, r, "7\n", 1)
	closed(t, r)
	filetest.Expect(t, dir, map[string]string{"out": "H\n1\n2\n3\n7\n"})
}

// Nothing is taken back that another process has written after it.
func TestDiskFullShared(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, theirs := range []string{"", "theirs\n"} {
		r := rotate(t, rotatorConfig{stdout: f})
		r.file.w = &after{&fullDisk{f: f, room: 4}, func() {
			if other, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0); err == nil {
				other.WriteString(theirs)
				other.Close()
			}
		}}
		if n, err := r.write([]byte("1\n222\n"), 2); n != 1 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%d records written, %v", n, err)
		}
		closed(t, r)
		want := []string{"1\n", "1\n1\n22theirs\n"}[i]
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%q, %v; want %q", b, err, want)
		}
	}
}

// after calls a function after each write.
type after struct {
	io.Writer
	f func()
}

func (a *after) Write(p []byte) (int, error) {
	defer a.f()
	return a.Writer.Write(p)
}

// A file that lacks something replaces none.
func TestIncomplete(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	r := rotate(t, rotatorConfig{name: name})
	write(t, r, "1\n", 1)
	if err := r.close(false); err != nil {
		t.Error(err)
	}
	filetest.Expect(t, dir, map[string]string{"out": "1\n"})
	var notices []string
	r = rotate(t, rotatorConfig{name: name, overwrite: true, notice: func(format string, args ...any) {
		notices = append(notices, fmt.Sprintf(format, args...))
	}})
	write(t, r, "2\n", 1)
	if err := r.close(false); err != nil {
		t.Error(err)
	}
	if want := name + " is left as it was; the incomplete output is in " + name + ".partial"; !slices.Equal(notices, []string{want}) {
		t.Errorf("%q", notices)
	}
	filetest.Expect(t, dir, map[string]string{"out": "1\n", "out.partial": "2\n"})
}

func TestSplit(t *testing.T) {
	format := pcap.PCAPFormat{}
	packets := format.AppendPacket(format.AppendPacket(nil, 0, []byte("abc"), 3), 0, nil, 0)
	for _, c := range []struct {
		split splitter
		p     []byte
		n     int
		want  int
	}{
		{lines, []byte("a\nbc\n\nd\n"), 0, 0},
		{lines, []byte("a\nbc\n\nd\n"), 1, 2},
		{lines, []byte("a\nbc\n\nd\n"), 3, 6},
		{lines, []byte("a\nbc"), 3, 4},
		{pcaps, packets, 0, 0},
		{pcaps, packets, 1, 19},
		{pcaps, packets, 2, 35},
		{pcaps, packets, 3, 35},
		{pcaps, packets[:18], 1, 18},
		{pcaps, bytes.Repeat([]byte{0xff}, 40), 1, 40},
	} {
		if got := c.split.first(c.p, c.n); got != c.want {
			t.Errorf("%d records of %q: %d, want %d", c.n, c.p, got, c.want)
		}
	}
	for _, c := range []struct {
		split  splitter
		p      []byte
		end, n int
	}{
		{lines, nil, 0, 0},
		{lines, []byte("abc"), 0, 0},
		{lines, []byte("a\nbc\nde"), 5, 2},
		{pcaps, packets[:10], 0, 0},
		{pcaps, packets[:18], 0, 0},
		{pcaps, packets[:30], 19, 1},
		{pcaps, packets, 35, 2},
	} {
		if end, n := c.split.whole(c.p); end != c.end || n != c.n {
			t.Errorf("whole records of %q: %d, ends at %d; want %d, %d", c.p, n, end, c.n, c.end)
		}
	}
}

// readPackets returns the packets of a pcap file.
func readPackets(t *testing.T, b []byte) (all []string) {
	t.Helper()
	r, err := pcap.Open(bytes.NewReader(b), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var batch capture.Batch
	for {
		if err := r.ReadBatch(&batch); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range batch.Packets {
			all = append(all, string(batch.Bytes(i)))
		}
	}
}
