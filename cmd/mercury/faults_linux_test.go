package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"merctools/lib/capture/ring/testnet"
)

// collected are the ports of all records in finished files.
func (n *network) collected() (ports []int) {
	n.t.Helper()
	for _, name := range n.files() {
		if rotatedName.MatchString(name) {
			ports = append(ports, n.records(name)...)
		}
	}
	return ports
}

// A storm of SIGHUP makes many files, and loses nothing.
func TestLiveHangupStorm(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "--output-time", "1h", "-t", "2")...)
	const rounds = 8
	for i := range rounds {
		n.send(100)
		c.Counted("records written", 150*i+100)
		for range 200 {
			c.Signal(syscall.SIGHUP)
		}
		testnet.Until(t, "another file", func() bool { return len(n.collected()) >= 150*i+100 })
		n.send(50) // while signals come
		for range 200 {
			c.Signal(syscall.SIGHUP)
		}
		c.Counted("records written", 150*(i+1))
	}
	c.Signal(syscall.SIGINT)
	counts := c.Wait()
	expectCounts(t, c, counts, map[string]int{"records written": 150 * rounds, "output drops": 0})
	if got := n.collected(); len(got) != 150*rounds || len(n.files()) < rounds {
		t.Errorf("%d records in %d files", len(got), len(n.files()))
	}
}

// A directory that is removed and made again is written to again, in the sandbox
// too. What was not finished is lost, told and counted.
func TestLiveDirectoryRemade(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.dir = filepath.Join(n.dir, "records")
	mkdir := func() {
		t.Helper()
		if err := os.Mkdir(n.dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mkdir()
	c := n.start(append(firstData, "-f", "out.json", "-l", "100", "-t", "1")...)
	n.send(250)
	c.Counted("records written", 250)
	if err := os.RemoveAll(n.dir); err != nil {
		t.Fatal(err)
	}
	c.Said("removed while it was written, with 50 records")
	n.send(30)
	c.Counted("output drops", 80)
	mkdir()
	n.send(120)
	c.Said("writing output again; lost 80 records")
	c.Counted("records written", 320)
	c.Signal(syscall.SIGINT)
	counts := c.WaitFailed("lost 80 records")
	expectCounts(t, c, counts, map[string]int{"records written": 320, "output drops": 80})
	if got := n.collected(); len(got) != 120 {
		t.Errorf("%d records in %q", len(got), n.files())
	}
}

// With few file descriptors, those who ask for metrics, and never end, don't keep
// records from being written.
func TestLiveFewDescriptors(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "-l", "10", "-t", "1", "--metrics", "9998")...)
	limit := unix.Rlimit{Cur: 64, Max: 64}
	if err := unix.Prlimit(c.Pid(), unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Skipf("the limit of descriptors can't be set: %v", err)
	}
	var conns []net.Conn
	var err error
	n.Do(func() {
		for range 200 {
			var conn net.Conn
			if conn, err = net.DialTimeout("tcp", "127.0.0.1:9998", 10*time.Second); err != nil {
				return
			}
			fmt.Fprint(conn, "GET /metrics HTTP/1.1\r\nHost: ")
			conns = append(conns, conn)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		n.send(50)
	}
	c.Counted("records written", 1000)
	for _, conn := range conns {
		conn.Close()
	}
	c.Signal(syscall.SIGINT)
	counts := c.Wait()
	expectCounts(t, c, counts, map[string]int{"records written": 1000, "output drops": 0})
	if got := n.collected(); len(got) != 1000 || strings.Contains(c.Stderr(), "too many open files") {
		t.Errorf("%d records: %s", len(got), c.Stderr())
	}
}

// Who keeps root empties the bounding set, too: no program that is run could have
// other capabilities.
func TestLiveBoundingSet(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json")...)
	testnet.Until(t, "sandbox", func() bool { return strings.Contains(c.Stderr(), "sandbox: ") })
	for _, set := range status(t, c.Pid(), "CapBnd") {
		if set != "0000000000000000" {
			t.Errorf("bounding set %s", set)
		}
	}
	c.Signal(syscall.SIGINT)
	c.Wait()
}
