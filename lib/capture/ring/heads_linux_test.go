package ring

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"merctools/lib/capture/flowhead"
	"merctools/lib/capture/ring/testnet"
	"merctools/lib/packet"
)

// canCountFlows skips a test where the kernel has no eBPF for us.
func canCountFlows(t *testing.T) {
	t.Helper()
	f, err := flowhead.Open(1)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		t.Skipf("skipped: needs eBPF: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// quicFlow is the first packet of a QUIC connection and others that follow.
func quicFlow(port uint16, n int) [][]byte {
	frames := [][]byte{testnet.UDP(1, 2, port, 443, []byte("\xc0\x00\x00\x00\x01\x08abcdefgh"))}
	for range n - 1 {
		frames = append(frames, testnet.UDP(1, 2, port, 443, []byte("\x40abcdefgh....")))
	}
	return frames
}

// The heads of flows are captured, other packets wholly; the rest is counted.
func TestFlowHead(t *testing.T) {
	canCountFlows(t)
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	other := numbered(20, 1)
	var tagged [][]byte
	for _, f := range quicFlow(2000, 10) {
		tagged = append(tagged, testnet.Tagged(f, packet.EtherTypeVLAN, 10))
	}
	for _, tt := range []struct {
		name   string
		config Config
		frames [][]byte
		want   [][]byte
		beyond uint64
	}{
		{"flow", Config{}, quicFlow(1000, 10), quicFlow(1000, 3), 7},
		{"tagged", Config{}, tagged, tagged[:3], 7},
		{"others", Config{}, other, other, 0},
		{"expression", Config{Expression: "udp dst port 443 or udp dst port 77"}, append(quicFlow(1000, 5), other...), quicFlow(1000, 3), 2},
		{"hardware address", Config{Expression: "ether dst 02:00:00:00:00:02"}, quicFlow(1000, 5), quicFlow(1000, 3), 2},
		{"filter", Config{Filter: Filter{{Op: opReturn, K: 1500}}}, quicFlow(1000, 4), quicFlow(1000, 3), 1},
	} {
		tt.config.Interface, tt.config.Rings, tt.config.FlowHead = "b", 1, 3
		c := open(t, n, tt.config)
		// One at the end, to know when all are here.
		last := testnet.UDP(1, 2, 1000, 77, []byte("end"))
		send(t, sender(t, n, "a"), append(tt.frames, last)...)
		c.waitFor(len(tt.want) + 1)
		got := c.stop()
		if len(got) != len(tt.want)+1 {
			t.Fatalf("%s: %d packets, want %d", tt.name, len(got), len(tt.want)+1)
		}
		for i, want := range tt.want {
			if !bytes.Equal(got[i].data, want) {
				t.Errorf("%s: packet %d is %x, want %x", tt.name, i, got[i].data, want)
			}
		}
		if beyond, on := c.group.BeyondHead(); beyond != tt.beyond || !on {
			t.Errorf("%s: %d packets left out, %t; want %d", tt.name, beyond, on, tt.beyond)
		}
		if s := c.total(); s.Seen != uint64(len(got)) || s.Dropped != 0 {
			t.Errorf("%s: counts %+v", tt.name, s)
		}
		c.group.Stop()
	}
}

// Rings that share an interface share the flows, and snapshot lengths hold.
func TestFlowHeadShared(t *testing.T) {
	canCountFlows(t)
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: "b", Rings: 4, FlowHead: 2, SnapLen: 50})
	for port := range uint16(100) {
		send(t, sender(t, n, "a"), quicFlow(1000+port, 5)...)
	}
	c.waitFor(200)
	got := c.stop()
	if len(got) != 200 {
		t.Errorf("%d packets", len(got))
	}
	for _, p := range got {
		if len(p.data) != 50 {
			t.Fatalf("%d bytes of a packet", len(p.data))
		}
	}
	if beyond, _ := c.group.BeyondHead(); beyond != 300 {
		t.Errorf("%d packets left out", beyond)
	}
}

// On all interfaces, and without link headers.
func TestFlowHeadAny(t *testing.T) {
	canCountFlows(t)
	n := testnet.New(t)
	n.IP("link", "set", "lo", "up")
	c := open(t, n, Config{Interface: AnyInterface, Rings: 1, FlowHead: 3})
	n.Do(func() {
		conn, err := net.Dial("udp", "127.0.0.1:443")
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		for i, f := range append(quicFlow(1, 10), testnet.UDP(1, 2, 3, 4, []byte("end"))) {
			if i == 10 {
				if conn, err = net.Dial("udp", "127.0.0.1:77"); err != nil {
					t.Error(err)
					return
				}
			}
			// Nobody listens, so there are errors of packets before.
			for range 2 {
				if _, err = conn.Write(f[42:]); err == nil {
					break
				}
			}
		}
	})
	c.until("the last packet", func() bool {
		return len(c.packets) > 0 && bytes.HasSuffix(c.packets[len(c.packets)-1].data, []byte("end")) ||
			len(c.packets) > 1 && bytes.HasSuffix(c.packets[len(c.packets)-2].data, []byte("end"))
	})
	quic := 0
	for _, p := range c.stop() {
		if i := bytes.Index(p.data, []byte("abcdefgh")); i > 0 && !bytes.Contains(p.data[:i], []byte{3, 3}) {
			quic++
		}
	}
	if beyond, _ := c.group.BeyondHead(); quic != 3 || beyond != 7 {
		t.Errorf("%d packets captured, %d left out", quic, beyond)
	}
}

// What can't be part of a program is an error, and nothing is captured.
func TestFlowHeadRefused(t *testing.T) {
	canCountFlows(t)
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	n.Do(func() {
		hardware := Filter{{Op: 0x20, K: 1<<32 - 0x1000 + 28}, {Op: opReturn, K: 1}}
		_, err := Open(Config{Interface: "b", Rings: 1, Memory: 4 << 20, FlowHead: 1, Filter: hardware})
		if err == nil || !strings.Contains(err.Error(), "ancillary data 28") {
			t.Errorf("error %v", err)
		}
	})
}

// A ring that can't be had with as much memory as was asked for is asked for
// again: flows are still counted then.
func TestFlowHeadOutlivesSockets(t *testing.T) {
	canCountFlows(t)
	g := &Group{config: Config{FlowHead: 1, BlockSize: DefaultBlock}}
	g.rings = []*Ring{{g: g, sock: socket{fd: -1}}}
	if err := g.openHeads(); err != nil {
		t.Fatal(err)
	}
	defer g.closeAll()
	if err := g.openSockets(); err == nil { // of no blocks
		t.Fatal("a ring of no blocks")
	}
	if g.heads == nil {
		t.Error("flows are no longer counted")
	}
}
