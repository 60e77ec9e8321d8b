package hourly

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"merctools/lib/bus"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	u, err := bus.ParseURL("file://" + dir + "?fields=src_ip,event_start")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Open(new(bus.Counters), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// add adds a message with a row for each hour after 2023-11-14 22:00 UTC.
func add(t *testing.T, s *Store, id string, hours ...int) {
	t.Helper()
	var rows strings.Builder
	for i, h := range hours {
		fmt.Fprintf(&rows, `{"_id":%q,"_line":%d,"_sensor":"s","src_ip":"192.0.2.1","event_start":%d.25}`+"\n", id, i, 1699999200+3600*h)
	}
	if err := s.Add(id, []byte(rows.String())); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, s *Store, duplicates int) {
	t.Helper()
	if rejected, n, err := s.Commit(t.Context()); rejected != 0 || n != duplicates || err != nil {
		t.Fatalf("%d rows left out, %d messages there already, %v", rejected, n, err)
	}
}

// rows are those of all files: partition, message and line.
func rows(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".parquet") {
			return err
		}
		type row struct {
			ID    *string  `parquet:"_id"`
			Line  *uint64  `parquet:"_line"`
			IP    *string  `parquet:"src_ip"`
			Start *float64 `parquet:"event_start"`
		}
		list, err := parquet.ReadFile[row](name)
		if err != nil {
			return err
		}
		partition, err := filepath.Rel(dir, filepath.Dir(name))
		for _, r := range list {
			if *r.IP != "192.0.2.1" {
				t.Errorf("address %s", *r.IP)
			}
			all = append(all, fmt.Sprintf("%s %s.%d", filepath.ToSlash(partition), *r.ID, *r.Line))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func same(t *testing.T, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := rows(t, dir); !slices.Equal(got, want) {
		t.Errorf("rows %q, not %q", got, want)
	}
}

// Rows go to the partitions of their hours; a message that comes again does not.
func TestHourly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	add(t, s, "a", 0, 1, 0, 2, 3)
	add(t, s, "b", 2)
	if s.Size() == 0 {
		t.Error("no size")
	}
	same(t, dir) // nothing before Commit
	commit(t, s, 0)
	add(t, s, "b", 2)
	add(t, s, "c", 2)
	commit(t, s, 1)
	s.Close()
	want := []string{
		"date=2023-11-14/hour=22 a.0", "date=2023-11-14/hour=23 a.1", "date=2023-11-14/hour=22 a.2",
		"date=2023-11-15/hour=00 a.3", "date=2023-11-15/hour=01 a.4", "date=2023-11-15/hour=00 b.0", "date=2023-11-15/hour=00 c.0",
	}
	same(t, dir, want...)
	// Nor does it in another process.
	s = open(t, dir)
	add(t, s, "c", 2)
	add(t, s, "d", -1)
	commit(t, s, 1)
	s.Close()
	same(t, dir, append(want, "date=2023-11-14/hour=21 d.0")...)
}

// files are the names of all files, by partition.
func files(t *testing.T, dir string) map[string]int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "date=*", "hour=*", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, name := range names {
		partition, _ := filepath.Rel(dir, filepath.Dir(name))
		all[filepath.ToSlash(partition)]++
	}
	return all
}

// An hour makes one file of a batch, in whatever order rows come.
func TestInterleaved(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	var want []string
	for m := range 20 {
		id := fmt.Sprint("m", m)
		add(t, s, id, 0, 1, 2, 3, 3, 2, 1, 0)
		for i, h := range []string{"11-14/hour=22", "11-14/hour=23", "11-15/hour=00", "11-15/hour=01"} {
			want = append(want, fmt.Sprintf("date=2023-%s %s.%d", h, id, i), fmt.Sprintf("date=2023-%s %s.%d", h, id, 7-i))
		}
	}
	commit(t, s, 0)
	s.Close()
	same(t, dir, want...)
	if n := files(t, dir); len(n) != 4 || n["date=2023-11-14/hour=22"] != 1 || n["date=2023-11-15/hour=01"] != 1 {
		t.Errorf("files %v", n)
	}
}

// Rows whose times are all different share a file; those of an hour that has many
// don't, wherever in the batch they are.
func TestManyHours(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for m := range 30 {
		hours := make([]int, 0, 120)
		for i := range 100 {
			hours = append(hours, 1000+100*m+i)
		}
		for range 10 {
			hours = append(hours, 5)
		}
		add(t, s, fmt.Sprint("m", m), hours...)
	}
	commit(t, s, 0)
	s.Close()
	n := files(t, dir)
	if len(n) != mostOpen+mostSmall+1 || n["date=1970-01-01/hour=00"] != 1 || n["date=2023-11-15/hour=03"] != 1 {
		t.Errorf("%d files", len(n))
	}
	all := rows(t, dir)
	mixed, five := 0, 0
	for _, r := range all {
		if strings.HasPrefix(r, "date=1970-01-01/hour=00 ") {
			mixed++
		} else if strings.HasPrefix(r, "date=2023-11-15/hour=03 ") {
			five++
		}
	}
	if want := 3000 - mostOpen - (mostSmall - 1); len(slices.Compact(all)) != 3300 || mixed != want || s.count.Mixed.Load() != uint64(want) || five != 300 {
		t.Errorf("%d rows, %d in the file of many hours, %d of the hour that has many", len(all), mixed, five)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*.part")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// Where too many rows wait, they get their files before Commit, and none is lost.
func TestManyRuns(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	hours := make([]int, mostRuns+1000)
	for i := range hours {
		hours[i] = i
	}
	add(t, s, "m", hours...)
	if len(s.waiting.runs) >= 1000 {
		t.Errorf("%d runs", len(s.waiting.runs))
	}
	commit(t, s, 0)
	s.Close()
	const own = 2 * (mostOpen + mostSmall)
	n := files(t, dir)
	if len(n) != own+1 || n["date=1970-01-01/hour=00"] != 2 || s.count.Mixed.Load() != uint64(len(hours)-own) {
		t.Errorf("%d partitions, %d rows in files of many hours", len(n), s.count.Mixed.Load())
	}
}

// After a crash, what was not committed is gone, and what was is there once.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	add(t, s, "a", 0)
	commit(t, s, 0)
	add(t, s, "b", 0)
	s.unlock() // as the system does when a process dies
	s = open(t, dir)
	add(t, s, "a", 0)
	add(t, s, "b", 0)
	commit(t, s, 1)
	want := []string{"date=2023-11-14/hour=22 a.0", "date=2023-11-14/hour=22 b.0"}
	same(t, dir, want...)

	// It dies between writing the journal and the last move.
	add(t, s, "c", 0)
	add(t, s, "c2", 5)
	for _, f := range s.open {
		if err := s.finish(f); err != nil {
			t.Fatal(err)
		}
	}
	s.journal.Moves, s.journal.IDs = s.done, append(s.journal.IDs, s.added...)
	if err := bus.SaveState(s.journalName(), s.journal); err != nil {
		t.Fatal(err)
	}
	first := s.done[0]
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(first.To)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, first.From), filepath.Join(dir, first.To)); err != nil {
		t.Fatal(err)
	}
	s.unlock()
	s = open(t, dir)
	add(t, s, "c", 0)
	add(t, s, "c2", 5)
	commit(t, s, 2)
	s.Close()
	same(t, dir, append(want, "date=2023-11-14/hour=22 c.0", "date=2023-11-15/hour=03 c2.0")...)
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// What is nested as deeply as a line can be is stored in little time and memory,
// and so is what is no JSON.
func TestDeepRows(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	const n = 1 << 20
	var text strings.Builder
	for i, deep := range []string{
		strings.Repeat("[", n) + strings.Repeat("]", n),
		strings.Repeat(`{"src_ip":`, n) + "1" + strings.Repeat("}", n),
	} {
		fmt.Fprintf(&text, `{"_id":"a","_line":%d,"deep":%s,"src_ip":"192.0.2.1","event_start":1700000000}`+"\n", i, deep)
	}
	if err := s.Add("a", []byte(text.String())); err != nil {
		t.Fatal(err)
	}
	commit(t, s, 0)
	same(t, dir, "date=2023-11-14/hour=22 a.0", "date=2023-11-14/hour=22 a.1")
	if err := s.Add("b", []byte(strings.Repeat(`{"src_ip":`, n)+"\n"+strings.Repeat("[", n)+"\n")); err != nil {
		t.Fatal(err)
	}
	commit(t, s, 0)
	s.Close()
}

func TestHourOf(t *testing.T) {
	for row, want := range map[string]string{
		`{"event_start":1699999200.25}`:              "date=2023-11-14/hour=22",
		`{"event_start":1700002799}`:                 "date=2023-11-14/hour=22",
		`{}`:                                         "date=1970-01-01/hour=00",
		`{"event_start":"x"}`:                        "date=1970-01-01/hour=00",
		`{"event_start":-1}`:                         "date=1970-01-01/hour=00",
		`{"event_start":253402300799.9}`:             "date=9999-12-31/hour=23",
		`{"event_start":253402300800}`:               "date=1970-01-01/hour=00",
		`{"event_start":99999999999999999999999999}`: "date=1970-01-01/hour=00",
	} {
		if got := hourOf([]byte(row)).partition(); got != want {
			t.Errorf("%s: %s, not %s", row, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"file:///x?fields=no_such": "no_such",
		"file:///x?name=a/b":       "a name has letters",
		"file:///x?colour=red":     "unknown option",
	} {
		u, err := bus.ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	u, err := bus.ParseURL("file://relative/dir")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil || c.dir != filepath.Join("relative", "dir") || len(c.columns) < 50 {
		t.Errorf("%v, %v", c, err)
	}
}

// Who may make files in the directory can't have others written.
func TestLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".merc-bus-records-1.part", ".merc-bus-records.journal.new"} {
		dir := t.TempDir()
		s := open(t, dir)
		if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links:", err)
		}
		err := s.Add("a", []byte(`{"_id":"a","_line":0,"event_start":1700000000}`+"\n"))
		if err == nil {
			_, _, err = s.Commit(t.Context())
		}
		s.Close()
		if text, e := os.ReadFile(outside); e != nil || string(text) != "precious" {
			t.Errorf("%s: %q, %v, after %v", name, text, e, err)
		}
	}
}
