package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"merctools/lib/capture"
	"merctools/lib/output"
	"merctools/lib/packet"
)

// requests is a source of HTTP requests from many hosts to many servers.
type requests struct {
	batches int
	random  *rand.Rand
}

func newRequests(batches int) *requests { return &requests{batches, rand.New(rand.NewPCG(1, 2))} }

func (s *requests) ReadBatch(b *capture.Batch) error {
	if s.batches == 0 {
		return io.EOF
	}
	s.batches--
	b.Packets, b.Data = b.Packets[:0], b.Data[:0]
	for range 200 {
		start := len(b.Data)
		host, server := s.random.ExpFloat64()*20, s.random.ExpFloat64()*20
		data := fmt.Sprintf("GET / HTTP/1.1\r\nHost: server%d.example\r\n\r\n", int(server))
		p := append(make([]byte, 12), "\x08\x00\x45\x00"...)
		p = binary.BigEndian.AppendUint16(p, uint16(40+len(data)))
		p = append(p, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, byte(host), 192, 0, 2, byte(server))
		p = binary.BigEndian.AppendUint16(p, uint16(1024+s.random.IntN(60000)))
		p = append(p, "\x00\x50\x00\x00\x00\x01\x00\x00\x00\x01\x50\x18\xff\xff\x00\x00\x00\x00"...)
		b.Data = append(append(b.Data, p...), data...)
		n := uint32(len(b.Data) - start)
		b.Packets = append(b.Packets, capture.Packet{Off: uint32(start), CapLen: n, OrigLen: n, Link: packet.LinkEthernet})
	}
	return nil
}

// readStats returns what is in a file, without what is in all lines.
func readStats(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`, "libmerc_init_time".*?"git_commit_id": "[^"]*"`).ReplaceAllString(string(b), "")
}

// discard is an output of records.
func discard(t *testing.T) *output.Output {
	t.Helper()
	out, err := output.New(output.Config{Stdout: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStatsThreads(t *testing.T) {
	const packets = 40 * 200
	for _, limit := range []uint{0, 50} {
		want := ""
		for _, threads := range []int{1, 2, 4} {
			flags := StatsFlags{Stats: filepath.Join(t.TempDir(), "s"), StatsLimit: &limit}
			s, err := flags.Begin(quiet, nil, false, false)
			if err != nil {
				t.Fatal(err)
			}
			job := Job{Env: quiet, Threads: threads, Stats: s}
			if err := job.Run(newRequests(packets/200), discard(t), false); err != nil {
				t.Fatal(err)
			}
			if err := s.End(); err != nil {
				t.Fatal(err)
			}
			got := readStats(t, flags.Stats+".json.gz")
			if threads == 1 {
				want = got
				n := 0
				for _, m := range regexp.MustCompile(`"count":(\d+)`).FindAllStringSubmatch(got, -1) {
					var count int
					fmt.Sscan(m[1], &count)
					n += count
				}
				if (n == packets) != (limit == 0) || n == 0 {
					t.Errorf("limit %d: %d observations of %d", limit, n, packets)
				}
				if entries := strings.Count(got, `"dst"`); limit == 50 && entries != 50 {
					t.Errorf("limit %d: %d entries", limit, entries)
				}
			}
			if got != want {
				t.Errorf("limit %d, %d threads: other statistics than with one", limit, threads)
			}
		}
	}
}

// slow is a source that lets time pass.
type slow struct {
	requests
	wait time.Duration
}

func (s *slow) ReadBatch(b *capture.Batch) error {
	time.Sleep(s.wait)
	return s.requests.ReadBatch(b)
}

func TestStatsTime(t *testing.T) {
	dir := t.TempDir()
	every := uint(1)
	flags := StatsFlags{Stats: filepath.Join(dir, "s"), StatsTime: &every}
	s, err := flags.Begin(quiet, nil, false, false)
	if err != nil {
		t.Fatal(err)
	}
	job := Job{Env: quiet, Threads: 2, Stats: s}
	if err := job.Run(&slow{*newRequests(3), 600 * time.Millisecond}, discard(t), false); err != nil {
		t.Fatal(err)
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) < 2 {
		t.Fatalf("files %v, %v", names, err)
	}
	n := 0
	for i, name := range names {
		if want := fmt.Sprintf(`s-%d-\d{4}(-\d\d){5}\.json\.gz$`, i); !regexp.MustCompile(want).MatchString(name) {
			t.Errorf("name %s", name)
		}
		n += strings.Count(readStats(t, name), "\n")
	}
	if n == 0 {
		t.Error("nothing in the files")
	}
}

func TestStatsFlags(t *testing.T) {
	var usage *UsageError
	for _, x := range []struct {
		flags    StatsFlags
		analysis bool
		ok       bool
	}{
		{StatsFlags{}, false, true},
		{StatsFlags{Stats: "s"}, true, true},
		{StatsFlags{Stats: "s", StatsLimit: new(uint)}, true, true},
		{StatsFlags{Stats: "s"}, false, false},
		{StatsFlags{StatsLimit: new(uint)}, true, false},
	} {
		if err := x.flags.Check(x.analysis); errors.As(err, &usage) == x.ok {
			t.Errorf("%+v, analysis %v: %v", x.flags, x.analysis, err)
		}
	}
	zero, ten := uint(0), uint(10)
	for _, x := range []struct {
		time *uint
		live bool
		want time.Duration
	}{{nil, false, 0}, {nil, true, 300 * time.Second}, {&zero, true, 0}, {&ten, false, 10 * time.Second}, {&ten, true, 10 * time.Second}} {
		if got := (&StatsFlags{StatsTime: x.time}).every(x.live); got != x.want {
			t.Errorf("%v, live %v: %v, want %v", x.time, x.live, got, x.want)
		}
	}
	if s, err := (&StatsFlags{}).Begin(quiet, nil, false, false); s != nil || err != nil || s.End() != nil {
		t.Errorf("without a file: %v, %v", s, err)
	}
}
