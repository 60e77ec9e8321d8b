package process

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play another process: one that connects to an
// address, says from where, and waits.
func TestMain(m *testing.M) {
	if to := os.Getenv("PROCESS_TEST_CONNECT"); to != "" {
		c, err := net.Dial("tcp", to)
		if err != nil {
			os.Exit(3)
		}
		fmt.Println(c.LocalAddr())
		io.Copy(io.Discard, os.Stdin)
		c.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func table(t *testing.T) *Table {
	t.Helper()
	tab, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tab.Close)
	return tab
}

func end(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }

func TestOwnSockets(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range []string{"tcp4", "tcp6", "udp4", "udp6"} {
		t.Run(network, func(t *testing.T) {
			tab := table(t)
			local, remote := pair(t, network)
			tab.Refresh()
			protocol := uint8(TCP)
			if network[0] == 'u' {
				protocol = UDP
			}
			s := Socket{protocol, local, remote}
			for _, s := range []Socket{s, s.Reverse()} {
				p, ok := tab.Find(s)
				if !ok || p.PID != os.Getpid() || p.Path != exe || len(p.SHA256) != 64 || p.Name() != filepath.Base(exe) {
					t.Errorf("%v: %v, %+v; this is process %d, %s", s, ok, p, os.Getpid(), exe)
				}
				if !strings.HasPrefix(filepath.Base(exe), p.Command) || p.Command == "" {
					t.Errorf("command %q", p.Command)
				}
			}
			other := s
			other.Local = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.99"), s.Local.Port())
			if p, ok := tab.Find(other); ok {
				t.Errorf("%v is not an address of this host, and yet %+v", other, p)
			}
		})
	}
}

// pair opens two sockets that talk to each other: a client's, which knows its
// peer, and a server's.
func pair(t *testing.T, network string) (client, server netip.AddrPort) {
	t.Helper()
	addr := "127.0.0.1:0"
	if network[3] == '6' {
		addr = "[::1]:0"
	}
	if network[0] == 'u' {
		l, err := net.ListenPacket(network, addr)
		if err != nil {
			noIPv6(t, network, err)
		}
		c, err := net.Dial(network, l.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); l.Close() })
		return end(c.LocalAddr()), end(l.LocalAddr())
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		noIPv6(t, network, err)
	}
	c, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); c.Close(); l.Close() })
	return end(c.LocalAddr()), end(l.Addr())
}

// noIPv6 skips a test where a host has no IPv6, and fails any other.
func noIPv6(t *testing.T, network string, err error) {
	t.Helper()
	if network[3] == '6' {
		t.Skipf("skipped: needs IPv6: %v", err)
	}
	t.Fatal(err)
}

// A socket for UDP that is bound to no address belongs to its process whoever
// the peer is, and so does a server's.
func TestWildcard(t *testing.T) {
	tab := table(t)
	l, err := net.ListenPacket("udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tab.Refresh()
	port := end(l.LocalAddr()).Port()
	s := Socket{UDP, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), netip.MustParseAddrPort("192.0.2.7:53")}
	if p, ok := tab.Find(s); !ok || p.PID != os.Getpid() {
		t.Errorf("%v: %v, %+v", s, ok, p)
	}
	s.Protocol = TCP
	if p, ok := tab.Find(s); ok {
		t.Errorf("%v: %+v, though nothing uses TCP there", s, p)
	}
}

func TestOtherProcess(t *testing.T) {
	tab := table(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), "PROCESS_TEST_CONNECT="+l.Addr().String())
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	defer close(done)
	go tab.Watch(done, time.Millisecond)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	s := Socket{TCP, netip.MustParseAddrPort(strings.TrimSpace(line)), end(l.Addr())}
	for range 1000 {
		if _, ok := tab.Find(s); ok {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	in.Close()
	child.Wait()
	// The process has ended; what was seen of it remains.
	p, ok := tab.Find(s)
	if !ok || p.PID != child.Process.Pid || p.Path != exe {
		t.Errorf("%v, %+v; want process %d", ok, p, child.Process.Pid)
	}
	if p, _ := tab.Find(s.Reverse()); p.PID != os.Getpid() {
		t.Errorf("the server is %+v", p)
	}
}

func TestForget(t *testing.T) {
	tab := table(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Socket{TCP, end(l.Addr()), netip.MustParseAddrPort("0.0.0.0:0")}
	tab.Refresh()
	l.Close()
	tab.forget(time.Now().Add(keep / 2))
	if tab.find(s) == nil {
		t.Error("forgotten too early")
	}
	tab.forget(time.Now().Add(2 * keep))
	if tab.find(s) != nil || len(tab.sockets) > 0 || len(tab.inodes) > 0 {
		t.Errorf("%d sockets and %d inodes remain", len(tab.sockets), len(tab.inodes))
	}
}

// Both ways of asking for TCP sockets give the same ones.
func TestDiag(t *testing.T) {
	d, err := newDiag()
	if err != nil {
		t.Skipf("skipped: needs sock_diag: %v", err)
	}
	defer d.close()
	for _, network := range []string{"tcp4", "tcp6"} {
		local, remote := pair(t, network)
		want := Socket{TCP, local, remote}
		var inodes [2]uint64
		if err := d.tcp(func(s Socket, inode uint64) {
			if s == want {
				inodes[0] = inode
			}
		}); err != nil {
			t.Fatal(err)
		}
		readTables("/proc/self/net/", TCP, func(s Socket, inode uint64) {
			if s == want {
				inodes[1] = inode
			}
		})
		if inodes[0] == 0 || inodes[0] != inodes[1] {
			t.Errorf("%s: inodes %v of %v", network, inodes, want)
		}
	}
}

func TestDiagMessages(t *testing.T) {
	var d diag
	header := func(n uint32, typ uint16, body ...byte) []byte {
		b := binary.NativeEndian.AppendUint32(nil, n)
		b = binary.NativeEndian.AppendUint16(b, typ)
		return append(append(b, make([]byte, 10)...), body...)
	}
	for _, c := range []struct {
		name string
		b    []byte
		done bool
		fail bool
	}{
		{"nothing", nil, false, false},
		{"end", header(20, 3, 0, 0, 0, 0), true, false},
		{"error", header(36, 2, make([]byte, 20)...), true, true},
		{"short error", header(16, 2), true, true},
		{"longer than it is", header(99, sockDiagByFamily), true, true},
		{"shorter than its header", header(3, sockDiagByFamily), true, true},
		{"short socket", header(20, sockDiagByFamily, 2, 1, 0, 0), false, false},
	} {
		done, err := d.messages(c.b, func(s Socket, _ uint64) { t.Errorf("%s gave %v", c.name, s) })
		if done != c.done || (err != nil) != c.fail {
			t.Errorf("%s: %v, %v", c.name, done, err)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	tab, err := NewTable()
	if err != nil {
		b.Fatal(err)
	}
	defer tab.Close()
	for b.Loop() {
		tab.Refresh()
	}
}
