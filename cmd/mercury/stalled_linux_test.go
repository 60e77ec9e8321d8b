package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture/ring/testnet"
)

// endTime is how long a capture may take to end when its reader has stalled.
const endTime = 5 * time.Second

var droppedText = regexp.MustCompile(`mercury: output stalled: dropped the last (\d+) (records|packets)`)

// A reader that takes nothing does not keep a capture from ending, nor from
// answering other signals, and what is lost is counted.
func TestStalledReader(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		append(firstData, "-t", "1"),
		append(firstData, "-t", "3"),
		append(firstData, "-f", "/dev/stdout"),
		append(firstData, "-f", "-", "-l", "10"),
		append(firstData, "-f", "fifo"),
		append(firstData, "-f", "fifo", "-t", "3"),
		{"-w", "/dev/stdout"},
		{"-w", "-", "-t", "3"},
		{"-w", "fifo"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { r.Close() }()
			if slices.Contains(args, "fifo") {
				w.Close()
				r.Close()
				name := filepath.Join(n.dir, "fifo")
				if err := syscall.Mkfifo(name, 0o666); err != nil {
					t.Fatal(err)
				}
				if r, err = os.OpenFile(name, os.O_RDWR, 0); err != nil { // does not wait for a writer
					t.Fatal(err)
				}
			}
			// A ring for each of many processors would be too small for what is sent.
			if !slices.Contains(args, "-t") {
				args = append(args, "-t", "1")
			}
			c := n.Self(w, append(args, "-v", "-c", "b", "-b", "0.002", "-d", n.dir, "-u", "root")...)
			w.Close()
			c.Said("capturing from b")
			const sent = 20000 // more than a pipe holds
			for range sent / 1000 {
				n.send(1000)
				time.Sleep(5 * time.Millisecond)
			}
			c.Counted("packets seen by socket", sent)
			c.Signal(syscall.SIGHUP)
			c.Signal(syscall.SIGUSR1)
			time.Sleep(1100 * time.Millisecond) // longer than the interval of rotation
			begin := time.Now()
			c.Signal(syscall.SIGTERM)
			select {
			case <-c.Ended():
			case <-time.After(time.Minute):
				t.Fatalf("does not end: %s", c.Stderr())
			}
			if took := time.Since(begin); took > endTime {
				t.Errorf("took %v", took)
			}
			m := droppedText.FindStringSubmatch(c.Stderr())
			if m == nil {
				t.Fatal(c.Stderr())
			}
			dropped, _ := strconv.Atoi(m[1])
			counts := c.Counts()
			if dropped == 0 || counts["output drops"] != dropped || counts[m[2]+" written"]+dropped > sent {
				t.Error(c.Stderr())
			}
		})
	}
}

// Rotation onto a pipe that nobody reads does not keep a capture from ending.
func TestStalledRotation(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json")...)
	n.send(10)
	n.waitFor("out.json", 10)
	name := filepath.Join(n.dir, "out.json")
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	c.Signal(syscall.SIGHUP)
	time.Sleep(200 * time.Millisecond)
	n.send(20)
	time.Sleep(500 * time.Millisecond) // until a worker has them
	c.Signal(syscall.SIGUSR1)
	c.Said("records written")
	begin := time.Now()
	c.Signal(syscall.SIGTERM)
	counts := c.WaitFailed("output stalled: dropped the last ")
	unread := counts["packets seen by socket"] - counts["packets captured"]
	if took := time.Since(begin); took > endTime || counts["records written"] != 10 || counts["output drops"]+unread != 20 ||
		unread > 0 && !strings.Contains(c.Stderr(), fmt.Sprintf(", and did not process %d captured packets", unread)) {
		t.Errorf("took %v: %s", took, c.Stderr())
	}
}

// A reader that is slow gets all.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := n.Self(w, append(firstData, "-v", "-c", "b", "-b", "0.002", "-u", "root", "-t", "2")...)
	w.Close()
	c.Said("capturing from b")
	n.send(8000)
	c.Counted("packets seen by socket", 8000)
	c.Signal(syscall.SIGTERM)
	time.Sleep(time.Second)
	b, err := io.ReadAll(r)
	counts := c.Wait()
	if got := ports(t, b); err != nil || len(got) != counts["records written"] || counts["output drops"] != 0 ||
		len(got)+counts["packets dropped"] != 8000 {
		t.Errorf("%d records, %v: %s", len(got), err, c.Stderr())
	}
}

// A disk that fills up keeps the packets of a batch that it has room for.
func TestLivePacketsDiskFull(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.Tmpfs(n.dir, 64<<10)
	n.Do(func() { os.Chmod(n.dir, 0o777) })
	c := n.start("-w", "out.pcap")
	n.send(3000)
	c.Counted("packets captured", 3000)
	c.Signal(syscall.SIGINT)
	counts := c.WaitFailed("no space left on device")
	var b []byte
	var err error
	n.Do(func() { b, err = os.ReadFile(filepath.Join(n.dir, "out.pcap")) })
	if err != nil {
		t.Fatal(err)
	}
	const record = 16 + 52
	if len(b) < 60<<10 || (len(b)-24)%record != 0 || counts["packets written"] != (len(b)-24)/record ||
		counts["packets written"]+counts["output drops"] != 3000 {
		t.Errorf("%d bytes: %s", len(b), c.Stderr())
	}
}

// A record that needs more than one batch to fill the disk ends whole, too.
func TestReplayDiskFull(t *testing.T) {
	t.Parallel()
	n := testnet.New(t)
	dir := t.TempDir()
	n.Tmpfs(dir, 32<<10)
	capture := filepath.Join(t.TempDir(), "in.pcap")
	if err := os.WriteFile(capture, manyFlows(600), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		end  string
	}{
		{append(firstData, "-f", "out.json"), "}\n"},
		{[]string{"-w", "out.pcap"}, "first data"},
	} {
		name := filepath.Join(dir, test.args[len(test.args)-1])
		c := n.Self(nil, append(test.args, "-r", capture, "-d", dir)...)
		c.WaitFailed("no space left on device")
		var b []byte
		var err error
		n.Do(func() {
			b, err = os.ReadFile(name)
			os.Remove(name)
		})
		if err != nil || len(b) < 28<<10 || !bytes.HasSuffix(b, []byte(test.end)) {
			t.Errorf("%v: %d bytes, %v, ending with %q", test.args, len(b), err, b[max(0, len(b)-60):])
		}
		if strings.HasSuffix(name, ".json") {
			ports(t, b)
		}
	}
}
