package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/internal/atomicfile/filetest"
)

func newOutput(t *testing.T, config Config) *Output {
	t.Helper()
	o, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func record(t *testing.T, o *Output, text string) {
	t.Helper()
	if err := o.Records([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func addPacket(t *testing.T, s *Stream, p capture.Packet, data string) {
	t.Helper()
	p.CapLen, p.OrigLen = uint32(len(data)), 60
	if err := s.Packet(&p, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func flush(t *testing.T, s *Stream) {
	t.Helper()
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestOutputLimit(t *testing.T) {
	dir := t.TempDir()
	o := newOutput(t, Config{Name: filepath.Join(dir, "out"), Limit: 3, Live: true})
	for i := range 4 {
		record(t, o, fmt.Sprintf("%d a\n%d b\n", i, i))
	}
	if err := o.Close(nil); err != nil || o.Written() != 8 || o.Lost() != 0 {
		t.Errorf("%v, %d written, %d lost", err, o.Written(), o.Lost())
	}
	entries, _ := os.ReadDir(dir)
	var all string
	for _, e := range entries {
		b, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		all += strings.ReplaceAll(string(b), "\n", ",") + "|"
	}
	if all != "0 a,0 b,1 a,|1 b,2 a,2 b,|3 a,3 b,|" {
		t.Errorf("%q", all)
	}
}

// A pcap file has one link type, that of the first packet where none is given.
func TestOutputLinkTypes(t *testing.T) {
	for _, live := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "out")
		o := newOutput(t, Config{Name: name, Packets: true, Live: live})
		s := o.Stream()
		for i := range 4 {
			addPacket(t, s, capture.Packet{Link: uint16(101 + i%2)}, "hello")
			flush(t, s)
		}
		const want = "skipped 2 packets: their link type is not 101, that of the first packet, and a pcap file has only one"
		err := o.Close(nil)
		if live {
			if err != nil {
				t.Error(err)
			}
			err = o.Failure()
		}
		if err == nil || err.Error() != want || o.Written() != 2 || o.Lost() != 2 {
			t.Errorf("%v, %d written, %d lost", err, o.Written(), o.Lost())
		}
		b, err := os.ReadFile(name)
		if err != nil || len(b) != 24+2*21 || b[20] != 101 {
			t.Errorf("%v, %x", err, b)
		}
	}
}

func TestOutputWithoutPackets(t *testing.T) {
	for _, live := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "out")
		o := newOutput(t, Config{Name: name, Packets: true, Live: live})
		if err := o.Close(nil); err != nil {
			t.Fatal(err)
		}
		want := pcap.PCAPFormat{SnapLen: pcap.DefaultSnapLen, Link: 1}.AppendHeader(nil)
		if b, err := os.ReadFile(name); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%v, %x", err, b)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestOutputErrors(t *testing.T) {
	errTest := errors.New("test")
	o := newOutput(t, Config{Stdout: failingWriter{errTest}, Packets: true})
	if err := o.Close(nil); !errors.Is(err, errTest) {
		t.Errorf("header: %v", err)
	}
	o = newOutput(t, Config{Stdout: failingWriter{errTest}})
	if err := o.Records([]byte("1\n")); !errors.Is(err, errTest) || o.Lost() != 1 {
		t.Errorf("record: %v, %d lost", err, o.Lost())
	}
	if err := o.Close(nil); err != nil {
		t.Error(err)
	}
	if err := o.Records([]byte("1\n")); err == nil {
		t.Error("written after the end")
	}
}

// Live output goes on when writing fails, unless the reader has gone.
func TestOutputLive(t *testing.T) {
	var notices []string
	w := &failingWriter{errors.New("disk\nfull")}
	o := newOutput(t, Config{Stdout: w, Live: true, Notice: func(s string) { notices = append(notices, s) }})
	record(t, o, "1\n2\n")
	record(t, o, "3\n")
	if err := o.Failure(); err == nil || err.Error() != "lost 3 records: disk; full" {
		t.Errorf("%v", err)
	}
	o.files.file.w = io.Discard
	record(t, o, "4\n")
	if got := strings.Join(notices, "|"); got != "output is being lost: disk; full|writing output again; lost 3 records" {
		t.Errorf("said %q", got)
	}
	if o.Written() != 1 || o.Lost() != 3 {
		t.Errorf("%d written, %d lost", o.Written(), o.Lost())
	}
	o.files.file.w = failingWriter{syscall.EPIPE}
	if err := o.Records([]byte("5\n")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%v", err)
	}
}

// A pcap file says what the first packet is like.
func TestPackets(t *testing.T) {
	var out bytes.Buffer
	o := newOutput(t, Config{Stdout: &out, Packets: true})
	s := o.Stream()
	flush(t, s)
	if out.Len() > 0 {
		t.Errorf("%d bytes before the first packet", out.Len())
	}
	format := pcap.PCAPFormat{SnapLen: pcap.DefaultSnapLen, Link: 101}
	addPacket(t, s, capture.Packet{Link: 101, Time: 5e9}, "one")
	flush(t, s)
	want := format.AppendPacket(format.AppendHeader(nil), 5e9, []byte("one"), 60)
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%x; want %x", out.Bytes(), want)
	}
	addPacket(t, s, capture.Packet{Link: 1}, "two")
	addPacket(t, s, capture.Packet{Link: 101, Time: 5e9}, "three")
	flush(t, s)
	want = format.AppendPacket(want, 5e9, []byte("three"), 60)
	if err := o.Close(nil); err == nil {
		t.Error("no error")
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%x; want %x", out.Bytes(), want)
	}
}

func TestTimes(t *testing.T) {
	const fine = 1e9 + 123456789
	for _, test := range []struct {
		nano  []bool
		times []int64
		err   string // the begin
	}{
		{[]bool{false, false}, []int64{1e9, fine}, ""},
		{[]bool{true, false}, []int64{fine, fine}, ""},
		{[]bool{false, true}, []int64{1e9, 2e9}, ""},
		{[]bool{false, true}, []int64{1e9, fine}, "1 packets lost their nanoseconds"},
		{[]bool{false, false}, []int64{1e9, -1}, "1 packets have a time that a pcap file can't hold"},
		{[]bool{false, false}, []int64{1e9 << 32, 1e9<<32 - 1}, "1 packets have a time that a pcap file can't hold"},
	} {
		var out bytes.Buffer
		o := newOutput(t, Config{Stdout: &out, Packets: true})
		s := o.Stream()
		for i, nano := range test.nano {
			addPacket(t, s, capture.Packet{Link: 1, Time: test.times[i], Nano: nano}, "data")
		}
		flush(t, s)
		if err := o.Close(nil); (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%+v: %v", test, err)
		}
		want := pcap.PCAPFormat{Nano: test.nano[0], SnapLen: pcap.DefaultSnapLen, Link: 1}.AppendHeader(nil)
		if !bytes.HasPrefix(out.Bytes(), want) {
			t.Errorf("%+v: header %x", test, out.Bytes()[:24])
		}
	}
}

// Several goroutines write whole records, and packets of their streams.
func TestConcurrent(t *testing.T) {
	for _, packets := range []bool{false, true} {
		var out bytes.Buffer
		o := newOutput(t, Config{Stdout: &out, Packets: packets})
		var running sync.WaitGroup
		for i := range 4 {
			running.Go(func() {
				s := o.Stream()
				for range 100 {
					if !packets {
						record(t, o, fmt.Sprintln(i))
						continue
					}
					addPacket(t, s, capture.Packet{Link: 1}, fmt.Sprintln(i))
					flush(t, s)
				}
			})
		}
		running.Wait()
		if err := o.Close(nil); err != nil {
			t.Error(err)
		}
		text := out.String()
		if packets {
			text = strings.Join(readPackets(t, out.Bytes()), "")
		}
		for i := range 4 {
			if n := strings.Count(text, fmt.Sprintln(i)); n != 100 || len(text) != 800 || o.Written() != 400 {
				t.Errorf("packets %v: %d of %d, %d bytes", packets, n, i, len(text))
			}
		}
	}
}

// stuck is a reader that takes nothing until it is let go.
type stuck struct{ let chan struct{} }

func (s *stuck) Write(p []byte) (int, error) {
	<-s.let
	return len(p), nil
}

// While a write waits for its reader, the counts say what is in it, and the end
// of the process does not wait for it.
func TestStalled(t *testing.T) {
	w := &stuck{make(chan struct{})}
	o := newOutput(t, Config{Stdout: w, Live: true})
	var running sync.WaitGroup
	for range 3 {
		running.Go(func() { o.Records([]byte("1\n2\n")) })
	}
	for begin := time.Now(); o.Pending() != 6 && time.Since(begin) < time.Minute; {
		time.Sleep(time.Millisecond)
	}
	if o.Pending() != 6 || o.Written() != 0 || o.Lost() != 0 {
		t.Errorf("%d pending, %d written, %d lost", o.Pending(), o.Written(), o.Lost())
	}
	if err := o.Abandon(); err != nil {
		t.Error(err)
	}
	close(w.let)
	running.Wait()
	if o.Pending() != 0 || o.Written() != 6 {
		t.Errorf("%d pending, %d written", o.Pending(), o.Written())
	}
}

// An output that is abandoned replaces no file.
func TestAbandon(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"1\n", "2\n"} {
		o := newOutput(t, Config{Name: filepath.Join(dir, "out"), Overwrite: true})
		record(t, o, text)
		if err := o.Abandon(); err != nil {
			t.Error(err)
		}
		if err := o.Close(nil); err != nil {
			t.Error(err)
		}
	}
	filetest.Expect(t, dir, map[string]string{"out": "1\n", "out.partial": "2\n"})
}

func TestIsStdout(t *testing.T) {
	for name, want := range map[string]bool{"": true, "-": true, "/dev/stdout": true, "./-": false, "out": false} {
		if IsStdout(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	dir := t.TempDir()
	t.Chdir(dir)
	var out bytes.Buffer
	o := newOutput(t, Config{Name: "-", Stdout: &out, Limit: 1})
	record(t, o, "1\n2\n")
	if err := o.Close(nil); err != nil || out.String() != "1\n2\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	filetest.Expect(t, dir, map[string]string{})
}

func TestOutputDoesNotAllocate(t *testing.T) {
	o := newOutput(t, Config{Stdout: io.Discard, Packets: true})
	s := o.Stream()
	p := capture.Packet{Link: 1, CapLen: 1500, OrigLen: 1500}
	data := make([]byte, 1500)
	if n := testing.AllocsPerRun(1000, func() {
		for range 10 {
			if err := s.Packet(&p, data); err != nil {
				t.Fatal(err)
			}
		}
		flush(t, s)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	r := newOutput(t, Config{Stdout: io.Discard})
	if n := testing.AllocsPerRun(1000, func() { record(t, r, "record\n") }); n > 1 { // the string's bytes
		t.Errorf("%v allocations", n)
	}
}

// What nobody wants to be counted is written all the same, and fails as it did.
func TestUncounted(t *testing.T) {
	var out bytes.Buffer
	o, err := New(Config{Stdout: &out, Uncounted: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"a\nb\n", "", "c\n"} {
		if err := o.Records([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Close(nil); err != nil || out.String() != "a\nb\nc\n" || o.Written() != 0 || o.Lost() != 0 {
		t.Errorf("%v, %q, %d written, %d lost", err, out.String(), o.Written(), o.Lost())
	}

	name := filepath.Join(t.TempDir(), "records")
	if o, err = New(Config{Name: name, Limit: 2, Uncounted: true}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(o.Records([]byte("a\nb\nc\n")), o.Close(nil)); err != nil {
		t.Fatal(err)
	}
	if files, err := filepath.Glob(name + "*"); err != nil || len(files) != 2 {
		t.Errorf("%v, %q: a limit counts", err, files)
	}

	if o, err = New(Config{Stdout: failing{}, Uncounted: true}); err != nil {
		t.Fatal(err)
	}
	if err := o.Records([]byte("a\n")); !errors.Is(err, errFailing) {
		t.Errorf("%v, want the writer's error", err)
	}
}

var errFailing = errors.New("failing")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFailing }
