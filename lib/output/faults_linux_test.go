package output

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"merctools/lib/internal/atomicfile/filetest"
)

// finished are the records in files that have their names, by number, and how many
// files there are. Each file must end behind a record.
func finished(t *testing.T, dir string) (records map[int]int, count int) {
	t.Helper()
	records = map[int]int{}
	for name, text := range filetest.Files(t, dir) {
		if strings.HasPrefix(name, ".") {
			continue
		}
		count++
		if text != "" && !strings.HasSuffix(text, "\n") {
			t.Errorf("%s ends within a record: %.100q", name, text[max(len(text)-100, 0):])
		}
		for line := range strings.Lines(text) {
			n, err := strconv.Atoi(strings.Fields(line)[0])
			if err != nil {
				t.Fatalf("%s: %q", name, line)
			}
			records[n]++
		}
	}
	return records, count
}

// told collects notices.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (n *told) notice(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func (n *told) has(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.lines, func(line string) bool { return strings.Contains(line, text) })
}

// Names of files never collide, and never go back, however the clock does, and
// when the command is started again at a time that was already.
func TestClockSteps(t *testing.T) {
	dir := t.TempDir()
	clock := clockAt{time.Date(2024, 3, 31, 1, 30, 0, 0, time.UTC)}
	config := rotatorConfig{name: filepath.Join(dir, "out"), records: 1, now: clock.now}
	random := rand.New(rand.NewPCG(1, 2))
	var order []string
	records := 0
	for range 3 { // starts of the command
		r := rotate(t, config)
		for range 200 {
			clock.Time = clock.Add(time.Duration(random.Int64N(7200)-3600) * time.Second)
			write(t, r, fmt.Sprintln(records), 1)
			records++
			order = append(order, filepath.Base(r.name))
		}
		closed(t, r)
	}
	all, count := finished(t, dir)
	if len(all) != records || count != records {
		t.Errorf("%d records in %d files, want %d", len(all), count, records)
	}
	for start := 0; start < records; start += 200 {
		last, number := "", int64(-1)
		for _, name := range order[start : start+200] {
			parts := strings.Split(name, "-")
			n, err := strconv.ParseInt(parts[1], 16, 64)
			if err != nil || n <= number || parts[2] < last {
				t.Fatalf("%s comes behind number %d, time %s (%v)", name, number, last, err)
			}
			number, last = n, parts[2]
		}
	}
}

// Several processes write the same names in one directory: each record is in a
// file that is finished, once.
func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	clock := clockAt{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}
	const processes, each = 4, 100
	var work sync.WaitGroup
	errs := make(chan error, processes)
	for p := range processes {
		r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out"), records: 3, now: clock.now, overwrite: p%2 == 0})
		work.Go(func() {
			for i := range each {
				if _, err := r.write(fmt.Appendln(nil, p*each+i), 1); err != nil {
					errs <- err
					return
				}
			}
			errs <- r.close(true)
		})
	}
	work.Wait()
	for range processes {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	records, count := finished(t, dir)
	for i := range processes * each {
		if records[i] != 1 {
			t.Errorf("record %d is there %d times", i, records[i])
		}
	}
	if want := processes * (each + 2) / 3; count != want || len(filetest.Files(t, dir)) != count {
		t.Errorf("%d finished files of %d, want %d", count, len(filetest.Files(t, dir)), want)
	}
}

// A directory that is removed takes with it what was not finished; that is told
// and counted, and when it is there again records are written again.
func TestDirectoryRemoved(t *testing.T) {
	for _, limit := range []uint64{0, 10} {
		dir := filepath.Join(t.TempDir(), "records")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var n told
		o := newOutput(t, Config{Name: filepath.Join(dir, "out"), Limit: limit, Live: true, Notice: n.notice})
		next := 0
		records := func(count int) {
			for range count {
				record(t, o, fmt.Sprintln(next))
				next++
			}
		}
		records(25)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := o.RotateIfDue(); err != nil { // as each second
			t.Fatal(err)
		}
		records(7)
		if !n.has("output is being lost: ") || !n.has("removed while it was written") {
			t.Errorf("limit %d: said %q", limit, n.lines)
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		records(15)
		if !n.has("writing output again; lost ") {
			t.Errorf("limit %d: said %q", limit, n.lines)
		}
		if err := o.Close(nil); err != nil {
			t.Error(err)
		}
		there, _ := finished(t, dir)
		// Those of files that were finished before somebody removed them count as
		// written.
		before := 0
		if limit > 0 {
			before = 20
		}
		if got := int(o.Written()); got != before+len(there) || got+int(o.Lost()) != next || len(there) != 15 {
			t.Errorf("limit %d: %d written, %d lost, %d in files, of %d", limit, got, o.Lost(), len(there), next)
		}
		if err := o.Failure(); err == nil {
			t.Errorf("limit %d: no error in the end", limit)
		}
	}
}

// onDisk is a directory on a file system of its own, of so many bytes.
func onDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("test", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("a file system of %d bytes can't be mounted, which root can: %v", size, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// A file whose header can't be written leaves nothing behind.
func TestDiskFullAtFirst(t *testing.T) {
	dir := onDisk(t, 64<<10)
	full := strings.Repeat("x", 64<<10)
	if err := os.WriteFile(filepath.Join(dir, "full"), []byte(full), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Config{Name: filepath.Join(dir, "out"), Packets: true, LinkKnown: true, Link: 1})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the disk is full: %v", err)
	}
	filetest.Expect(t, dir, map[string]string{"full": full})
}

// A disk that becomes full, and has room again, costs the records in between.
func TestDiskFullAndFree(t *testing.T) {
	dir := onDisk(t, 256<<10)
	var n told
	o := newOutput(t, Config{Name: filepath.Join(dir, "out"), Limit: 100, Live: true, Notice: n.notice})
	next := 0
	line := strings.Repeat("x", 500)
	some := func() {
		var b bytes.Buffer
		for range 7 {
			fmt.Fprintln(&b, next, line)
			next++
		}
		record(t, o, b.String())
	}
	removed := 0
	for range 3 {
		for lost := o.Lost(); o.Lost() < lost+50; {
			some()
		}
		if !n.has("no space left on device") {
			t.Fatalf("said %q", n.lines)
		}
		all, _ := finished(t, dir)
		removed += len(all)
		entries, err := filepath.Glob(filepath.Join(dir, "out-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range entries {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			some()
		}
	}
	if err := o.Close(nil); err != nil {
		t.Error(err)
	}
	there, _ := finished(t, dir)
	for i, times := range there {
		if times != 1 {
			t.Errorf("record %d is there %d times", i, times)
		}
	}
	if got := int(o.Written()); got != removed+len(there) || got+int(o.Lost()) != next {
		t.Errorf("%d written, %d lost, of %d; %d and %d were in files", got, o.Lost(), next, removed, len(there))
	}
	if !n.has("writing output again; lost ") {
		t.Errorf("said %q", n.lines)
	}
	if err := o.Failure(); err == nil || !strings.Contains(err.Error(), "lost "+strconv.FormatUint(o.Lost(), 10)+" records") {
		t.Errorf("in the end: %v", err)
	}
}

// A file system that becomes read-only costs what can't be written; the file that
// was finished before stays.
func TestReadOnly(t *testing.T) {
	dir := onDisk(t, 1<<20)
	var n told
	o := newOutput(t, Config{Name: filepath.Join(dir, "out"), Limit: 2, Live: true, Notice: n.notice})
	record(t, o, "0\n1\n")
	remount := func(flags uintptr) {
		t.Helper()
		if err := syscall.Mount("test", dir, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	record(t, o, "2\n3\n")
	if !n.has("output is being lost: ") || !n.has("read-only file system") {
		t.Errorf("said %q", n.lines)
	}
	remount(0)
	record(t, o, "4\n5\n")
	if err := o.Close(nil); err != nil || o.Written() != 4 || o.Lost() != 2 {
		t.Errorf("%v, %d written, %d lost", err, o.Written(), o.Lost())
	}
	records, count := finished(t, dir)
	if count != 2 || len(records) != 4 || records[2]+records[3] != 0 {
		t.Errorf("%d files, records %v", count, records)
	}
	remount(syscall.MS_RDONLY)
	if _, err := New(Config{Name: filepath.Join(dir, "out"), Limit: 2, Live: true}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("at the start: %v", err)
	}
	remount(0)
}

// killed names the directory that a process of this test writes to until it is
// killed.
const killed = "MERC_TEST_KILLED"

func init() {
	dir := os.Getenv(killed)
	if dir == "" {
		return
	}
	r, err := newRotator(rotatorConfig{name: filepath.Join(dir, "out"), records: 3, split: lines, keep: retention{files: 1000}})
	for i := 0; err == nil; i++ {
		_, err = r.write(fmt.Appendln(nil, i), 1)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A process that is killed, at whatever step of a rotation, leaves whole files
// with all that belongs to them, but for the last, which has another name.
func TestKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for range 25 {
		dir := t.TempDir()
		c := exec.Command(self)
		c.Env = append(os.Environ(), killed+"="+dir)
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for begin := time.Now(); ; time.Sleep(time.Millisecond) {
			if names, _ := filepath.Glob(filepath.Join(dir, "out-*")); len(names) > 0 {
				break
			}
			if time.Since(begin) > time.Minute {
				t.Fatal("it writes nothing: ", said.String())
			}
		}
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil || said.Len() > 0 {
			t.Fatalf("%v: %s", err, said.Bytes())
		}
		all := filetest.Files(t, dir)
		hidden, number := 0, 0
		for name, text := range all {
			if strings.HasPrefix(name, ".") {
				hidden++
				continue
			}
			n, err := strconv.ParseInt(strings.Split(name, "-")[1], 16, 64)
			if want := fmt.Sprintf("%d\n%d\n%d\n", 3*n, 3*n+1, 3*n+2); err != nil || text != want {
				t.Errorf("%s: %q", name, text)
			}
			number++
		}
		for i := range number {
			if there, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("out-%x-*", i))); err != nil || len(there) != 1 {
				t.Errorf("file %d of %d is there %d times", i, number, len(there))
			}
		}
		if hidden > 1 {
			t.Errorf("%d files are not finished", hidden)
		}
		total += number
		// The next start does not take what is left for its own.
		r := rotate(t, rotatorConfig{name: filepath.Join(dir, "out"), records: 3})
		write(t, r, "a\nb\n", 2)
		closed(t, r)
		if !slices.Contains(texts(filetest.Files(t, dir)), "a\nb\n") {
			t.Error("the next start has no file of its own")
		}
	}
	t.Logf("%d files were finished", total)
}

func texts(all map[string]string) (list []string) {
	for _, text := range all {
		list = append(list, text)
	}
	return list
}

// Without a file descriptor to spare, records are lost, told and counted until
// there is one.
func TestNoDescriptors(t *testing.T) {
	dir := t.TempDir()
	var n told
	o := newOutput(t, Config{Name: filepath.Join(dir, "out"), Limit: 2, Live: true, Notice: n.notice})
	record(t, o, "0\n1\n")
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	none := old
	none.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Skipf("the limit of descriptors can't be lowered: %v", err)
	}
	err := o.Records([]byte("2\n3\n"))
	if back := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); back != nil {
		t.Fatal(back)
	}
	if err != nil || !n.has("too many open files") || o.Lost() != 2 {
		t.Errorf("%v, %d lost, said %q", err, o.Lost(), n.lines)
	}
	record(t, o, "4\n5\n")
	if err := o.Close(nil); err != nil || o.Written() != 4 || o.Lost() != 2 {
		t.Errorf("%v, %d written, %d lost", err, o.Written(), o.Lost())
	}
	if records, _ := finished(t, dir); len(records) != 4 {
		t.Errorf("records %v", records)
	}
}
