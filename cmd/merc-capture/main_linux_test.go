package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m, main) }

// packets reads packets of a capture as they come.
type packets struct {
	t *testing.T
	r *pcap.Reader
	b capture.Batch
	i int
}

func (p *packets) next() (capture.Packet, []byte, bool) {
	p.t.Helper()
	for p.i == len(p.b.Packets) {
		p.i = 0
		if err := p.r.ReadBatch(&p.b); err == io.EOF {
			return capture.Packet{}, nil, false
		} else if err != nil {
			p.t.Fatal(err)
		}
	}
	p.i++
	return p.b.Packets[p.i-1], p.b.Bytes(p.i - 1), true
}

// read opens a capture that the command writes to a pipe.
func read(t *testing.T, r io.Reader) *packets {
	t.Helper()
	reader, err := pcap.Open(r, "capture")
	if err != nil {
		t.Fatal(err)
	}
	return &packets{t: t, r: reader}
}

// capturing starts a capture from interface b, with the reader's end of its output.
func capturing(t *testing.T, args ...string) (*testnet.Net, *testnet.Sender, *testnet.Command, *os.File) {
	t.Helper()
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	var s *testnet.Sender
	var err error
	n.Do(func() { s, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pr.Close() })
	c := n.Self(pw, append(args, "-b", "0.002", "b")...)
	pw.Close()
	return n, s, c, pr
}

func frame(i, size int) []byte {
	payload := make([]byte, 4+size)
	binary.BigEndian.PutUint32(payload, uint32(i))
	return testnet.UDP(1, 2, uint16(1000+i%50), 53, payload)
}

func send(t *testing.T, s *testnet.Sender, from, n, size int) {
	t.Helper()
	var frames [][]byte
	for i := range n {
		frames = append(frames, frame(from+i, size))
	}
	if err := s.Send(frames...); err != nil {
		t.Fatal(err)
	}
}

func TestCapture(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "3"} {
		_, s, c, out := capturing(t, "--nanosecond", "-t", threads)
		p := read(t, out) // there is a header before there are packets
		send(t, s, 0, 1000, 300)
		seen := make([]bool, 1000)
		nanos := false
		for k := range seen {
			info, data, ok := p.next()
			if !ok {
				t.Fatal("ended early")
			}
			i := int(binary.BigEndian.Uint32(data[42:]))
			if !bytes.Equal(data, frame(i, 300)) || seen[i] || info.Link != 1 || threads == "1" && i != k {
				t.Fatalf("packet %d, number %d: %x", k, i, data)
			}
			seen[i] = true
			nanos = nanos || info.Time%1000 != 0
		}
		if !nanos {
			t.Error("no time has nanoseconds")
		}
		c.Signal(syscall.SIGINT)
		if _, _, ok := p.next(); ok {
			t.Error("another packet")
		}
		counts := c.Wait()
		if counts["packets captured"] != 1000 || counts["bytes captured"] != 346000 || counts["packets seen by socket"] != 1000 ||
			counts["packets dropped"] != 0 {
			t.Errorf("%s", c.Stderr())
		}
		if threads == "3" && !strings.Contains(c.Stderr(), "ring 2: ") {
			t.Errorf("%s", c.Stderr())
		}
	}
}

func TestSnapLen(t *testing.T) {
	t.Parallel()
	_, s, c, out := capturing(t, "--snaplen", "60")
	p := read(t, out)
	send(t, s, 0, 10, 300)
	for range 10 {
		info, data, _ := p.next()
		if len(data) != 60 || info.OrigLen != 346 || info.Time%1000 != 0 {
			t.Fatalf("%d of %d bytes, time %d", len(data), info.OrigLen, info.Time)
		}
	}
	c.Signal(syscall.SIGTERM)
	c.Wait()
}

func TestCount(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "2"} {
		_, s, c, out := capturing(t, "--count", "77", "-t", threads)
		p := read(t, out)
		send(t, s, 0, 200, 100)
		k := 0
		for ; ; k++ {
			if _, _, ok := p.next(); !ok {
				break
			}
		}
		if counts := c.Wait(); k != 77 || counts["packets captured"] > 77 && counts["packets written"] != 77 {
			t.Errorf("%d packets, %s", k, c.Stderr())
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	_, _, c, out := capturing(t, "--duration", "300ms")
	if b, err := io.ReadAll(out); err != nil || len(b) != 24 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	c.Wait()
	if took := time.Since(begin); took < 300*time.Millisecond || took > time.Minute {
		t.Errorf("took %v", took)
	}
}

func TestBPF(t *testing.T) {
	t.Parallel()
	for name, filter := range map[string]string{
		"expression": "udp src port 1003",
		// as tcpdump -ddd writes it for Ethernet and IPv4
		"program": "8\n40 0 0 12\n21 0 5 2048\n48 0 0 23\n21 0 3 17\n40 0 0 34\n21 0 1 1003\n6 0 0 262144\n6 0 0 0\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, s, c, out := capturing(t, "--bpf", filter)
			p := read(t, out)
			send(t, s, 0, 100, 10)
			for _, want := range []uint32{3, 53} {
				if _, data, _ := p.next(); binary.BigEndian.Uint32(data[42:]) != want {
					t.Errorf("%x", data)
				}
			}
			c.Signal(syscall.SIGINT)
			if counts := c.Wait(); counts["packets seen by socket"] != 2 {
				t.Errorf("%s", c.Stderr())
			}
		})
	}
}

// A filter of a real tcpdump.
func TestTCPDump(t *testing.T) {
	t.Parallel()
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("skipped: needs tcpdump")
	}
	n, s, c, out := capturing(t, "--duration", "10s", "--bpf", string(mustRun(t, tcpdump, "-ddd", "-y", "EN10MB", "udp and portrange 1000-1009")))
	_ = n
	p := read(t, out)
	send(t, s, 0, 100, 10)
	for i := range 20 {
		if _, data, _ := p.next(); binary.BigEndian.Uint32(data[42:]) != uint32(i%10+i/10*50) {
			t.Errorf("%d: %x", i, data)
		}
	}
	c.Signal(syscall.SIGINT)
	c.Wait()
}

func mustRun(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Skipf("skipped: %s: %v", name, err)
	}
	return out
}

// These signals end the capture, and what was captured is there.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		_, s, c, out := capturing(t)
		p := read(t, out)
		send(t, s, 0, 10, 10)
		c.Counted("packets captured", 10)
		c.Signal(signal)
		for i := range 10 {
			if _, _, ok := p.next(); !ok {
				t.Fatalf("%v: %d packets", signal, i)
			}
		}
		if counts := c.Wait(); counts["packets captured"] != 10 {
			t.Errorf("%v: %s", signal, c.Stderr())
		}
	}
}

// When nobody reads, the kernel drops; memory does not grow, and what was
// captured is whole.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	_, s, c, out := capturing(t)
	p := read(t, out)
	const n = 50000
	for i := range 20 {
		send(t, s, i*n/20, n/20, 1000)
	}
	rss := rssKiB(t, c.Pid())
	for i := range 20 {
		send(t, s, n+i*n/20, n/20, 1000)
	}
	if now := rssKiB(t, c.Pid()); now > rss+8<<10 {
		t.Errorf("memory grew from %d to %d KiB", rss, now)
	}
	c.Signal(syscall.SIGUSR1)
	c.Said("packets dropped")
	c.Signal(syscall.SIGINT)
	last, got := -1, 0
	for {
		_, data, ok := p.next()
		if !ok {
			break
		}
		i := int(binary.BigEndian.Uint32(data[42:]))
		if i <= last || !bytes.Equal(data, frame(i, 1000)) {
			t.Fatalf("packet %d after %d", i, last)
		}
		last = i
		got++
	}
	counts := c.Wait()
	if counts["packets captured"] != got || counts["packets seen by socket"] != 2*n || counts["packets dropped"] != 2*n-got || got == 2*n {
		t.Errorf("%d packets, %s", got, c.Stderr())
	}
}

// rssKiB is the memory of a process that is not shared, as rings are.
func rssKiB(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); f[0] == "RssAnon:" {
			n, _ := strconv.Atoi(f[1])
			return n
		}
	}
	t.Fatal("no RssAnon")
	return 0
}

// A signal that comes twice is one, but not after a while.
func TestSignalsAgain(t *testing.T) {
	t.Parallel()
	_, s, c, out := capturing(t)
	p := read(t, out)
	send(t, s, 0, 5000, 1000)
	c.Counted("packets seen by socket", 5000)
	c.Signal(syscall.SIGINT)
	c.Signal(syscall.SIGINT)
	for range 5000 {
		if _, _, ok := p.next(); !ok {
			t.Fatalf("ended early: %s", c.Stderr())
		}
	}
	c.Wait()

	_, s, c, out = capturing(t)
	read(t, out)
	send(t, s, 0, 5000, 1000)
	c.Counted("packets seen by socket", 5000)
	begin := time.Now()
	c.Signal(syscall.SIGINT)
	for ended := false; !ended; {
		select {
		case err := <-c.Ended():
			if err == nil || !strings.Contains(c.Stderr(), "interrupted again") {
				t.Errorf("%v: %s", err, c.Stderr())
			}
			ended = true
		case <-time.After(100 * time.Millisecond):
			if time.Since(begin) > time.Minute {
				t.Fatal("does not end")
			}
			c.Signal(syscall.SIGINT)
		}
	}
}

// The end of the capture waits only so long for a reader that does nothing.
func TestStuckReader(t *testing.T) {
	t.Parallel()
	_, s, c, out := capturing(t)
	read(t, out)
	send(t, s, 0, 5000, 1000)
	c.Counted("packets seen by socket", 5000)
	c.Signal(syscall.SIGINT)
	select {
	case err := <-c.Ended():
		if err == nil || !strings.Contains(c.Stderr(), "output stalled: dropped the last") {
			t.Errorf("%v: %s", err, c.Stderr())
		}
	case <-time.After(time.Minute):
		t.Fatal("does not end")
	}
}

// A reader that goes away ends the capture without a word, but for that it
// began, whether there are packets or not.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	for _, traffic := range []bool{false, true} {
		_, s, c, out := capturing(t)
		read(t, out)
		if traffic {
			send(t, s, 0, 5000, 1000)
		}
		out.Close()
		if traffic {
			send(t, s, 0, 5000, 1000)
		}
		c.Wait()
		if said := c.Stderr(); !strings.HasPrefix(said, "merc-capture: capturing from ") || strings.Count(said, "\n") != 1 {
			t.Errorf("said %q", said)
		}
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	n := testnet.New(t)
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pr.Close()
	c := n.Self(pw, "-v", "--wait", "-b", "0.002", "b")
	pw.Close()
	c.Said("waiting for interface b")
	n.Pair("a", "b", 1500)
	c.Said("capturing from b")
	var s *testnet.Sender
	n.Do(func() { s, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	send(t, s, 0, 3, 10)
	p := read(t, pr)
	for range 3 {
		p.next()
	}
	n.IP("link", "set", "dev", "b", "down")
	c.Said("interface b is down")
	n.IP("link", "set", "dev", "b", "up")
	c.Said("interface b is up again")
	send(t, s, 3, 3, 10)
	for i := range 3 {
		if _, data, _ := p.next(); binary.BigEndian.Uint32(data[42:]) != uint32(3+i) {
			t.Errorf("%x", data)
		}
	}
	c.Said("packets/s")
	c.Signal(syscall.SIGINT)
	c.Wait()
}

func TestUsage(t *testing.T) {
	t.Parallel()
	n := testnet.New(t)
	for _, test := range []struct{ args, want string }{
		{"", "no interface given"},
		{"nothere", `"nothere": no such interface`},
		{"-t 0 lo", "--threads"},
		{"-b 2 lo", "--buffer: 2 is not between 0 and 1"},
		{"--snaplen=-1 lo", "--snaplen"},
		{"--bpf x lo", "--bpf"},
		{"--duration x lo", "neither a number of seconds"},
		{"-u nobody-of-that-name lo", "nobody-of-that-name"},
	} {
		c := n.Self(io.Discard, strings.Fields(test.args)...)
		err := <-c.Ended()
		said := c.Stderr()
		if strings.HasPrefix(said, "merc-capture: capturing from lo ") {
			_, said, _ = strings.Cut(said, "\n")
		}
		if err == nil || !strings.Contains(said, test.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%q: %v: %s", test.args, err, c.Stderr())
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	n := testnet.New(t)
	n.Pair("veth-of-test-a", "b", 1400)
	n.IP("addr", "add", "192.0.2.1/24", "dev", "b")
	var out bytes.Buffer
	n.Self(&out, "--list").Wait()
	for _, want := range []string{
		"lo               up   mtu 65536 127.0.0.1/8",
		"b                up   mtu 1400  192.0.2.1/24",
		"veth-of-test-a   up   mtu 1400\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

// The user who captures needs only the one capability, and -u takes all away.
func TestUser(t *testing.T) {
	t.Parallel()
	_, s, c, out := capturing(t, "-u", "nobody")
	p := read(t, out)
	send(t, s, 0, 5, 10)
	for range 5 {
		p.next()
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", c.Pid()))
	if err != nil || len(tasks) < 2 {
		t.Fatal(tasks, err)
	}
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			switch f[0] {
			case "Uid:", "Gid:":
				for _, id := range f[1:] {
					if id == "0" {
						t.Errorf("%s: %s", task, line)
					}
				}
			case "Groups:":
				for _, id := range f[1:] {
					if id == "0" {
						t.Errorf("%s: %s", task, line)
					}
				}
			case "CapEff:", "CapPrm:":
				if f[1] != "0000000000000000" {
					t.Errorf("%s: %s", task, line)
				}
			}
		}
	}
	c.Signal(syscall.SIGINT)
	c.Wait()
}
