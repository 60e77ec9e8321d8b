// Package testnet makes networks for tests: a network namespace that ends with
// the test, pairs of virtual Ethernet interfaces in it, and a sender of frames.
// Nothing that is sent leaves the namespace.
package testnet

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A Net is a network namespace.
type Net struct {
	t    testing.TB
	work chan func()
	ns   int // descriptor of the namespace
}

// New makes a namespace, and skips the test where that is not allowed or the
// ip command is missing.
func New(t testing.TB) *Net {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("skipped: needs the ip command, to make network interfaces")
	}
	n := &Net{t: t, work: make(chan func())}
	ready := make(chan error)
	go func() {
		// The thread is never unlocked, so that it ends with the goroutine
		// and takes the namespace along.
		runtime.LockOSThread()
		err := enter()
		if err == nil {
			n.ns, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		ready <- err
		for f := range n.work {
			f()
		}
	}()
	if err := <-ready; err != nil {
		close(n.work)
		t.Skipf("skipped: needs root, to make a network namespace: %v", err)
	}
	t.Cleanup(func() {
		close(n.work)
		unix.Close(n.ns)
	})
	n.IP("link", "set", "lo", "up")
	return n
}

func enter() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	// Interfaces are silent without IPv6.
	for _, name := range []string{"all", "default"} {
		err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// Do calls f on a thread that is in the namespace. Sockets and processes made
// there are in it as well. f must not end the test.
func (n *Net) Do(f func()) {
	done := make(chan struct{})
	n.work <- func() {
		defer close(done) // also when the test ends in f
		f()
	}
	<-done
}

// Enter takes the calling goroutine into the namespace, for the rest of its
// life.
func (n *Net) Enter() error {
	runtime.LockOSThread()
	return unix.Setns(n.ns, unix.CLONE_NEWNET)
}

// IP runs the ip command.
func (n *Net) IP(args ...string) {
	n.t.Helper()
	if out, err := n.Run("ip", args...); err != nil {
		n.t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Run runs a command and returns its output.
func (n *Net) Run(name string, args ...string) (out []byte, err error) {
	n.Do(func() { out, err = exec.Command(name, args...).CombinedOutput() })
	return out, err
}

// Start starts a command that runs until the end of the test, at most.
func (n *Net) Start(cmd *exec.Cmd) {
	n.t.Helper()
	var err error
	n.Do(func() { err = cmd.Start() })
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { cmd.Process.Kill() })
}

// Tmpfs mounts an empty file system of a size in bytes at a directory. Only Do,
// and processes of the network, see it.
func (n *Net) Tmpfs(dir string, size int) {
	n.t.Helper()
	var err error
	n.Do(func() {
		if err = unix.Unshare(unix.CLONE_NEWNS); err != nil {
			return
		}
		if err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			return
		}
		err = unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	})
	if err != nil {
		n.t.Skipf("skipped: needs to mount a file system: %v", err)
	}
}

// Pair makes two interfaces, each of which receives what the other sends, of
// an MTU in bytes. They have no addresses.
func (n *Net) Pair(a, b string, mtu int) {
	n.t.Helper()
	size := fmt.Sprint(mtu)
	n.IP("link", "add", "name", a, "mtu", size, "type", "veth", "peer", "name", b, "mtu", size)
	n.IP("link", "set", "dev", a, "up")
	n.IP("link", "set", "dev", b, "up")
}
