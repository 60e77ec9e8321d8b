package ring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"merctools/lib/capture"
	"merctools/lib/capture/ring/testnet"
	"merctools/lib/packet"
)

// received is a packet that a ring has captured.
type received struct {
	capture.Packet
	ring int
	data []byte
	name string // of the interface
}

// rings reads the rings of a group.
type reading struct {
	t       testing.TB
	net     *testnet.Net
	group   *Group
	reading sync.WaitGroup

	mu      sync.Mutex
	packets []received
	errs    []error
	notices []string
}

// open starts a capture in a network.
func open(t testing.TB, n *testnet.Net, config Config) *reading {
	t.Helper()
	c := prepare(t, n, config)
	c.read()
	return c
}

// prepare starts a capture that nobody reads yet.
func prepare(t testing.TB, n *testnet.Net, config Config) *reading {
	t.Helper()
	c := &reading{t: t, net: n}
	config.Notice = func(m string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.notices = append(c.notices, m)
	}
	if config.Memory == 0 {
		config.Memory = 16 << 20
	}
	var err error
	n.Do(func() { c.group, err = Open(config) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.group.Stop()
		c.reading.Wait()
		c.group.Close()
	})
	return c
}

func (c *reading) read() {
	for i, r := range c.group.Rings() {
		c.reading.Go(func() {
			if err := c.net.Enter(); err != nil {
				c.t.Error(err)
				return
			}
			var b capture.Batch
			for {
				err := r.ReadBatch(&b)
				c.mu.Lock()
				if err != nil {
					if err != io.EOF {
						c.errs = append(c.errs, err)
					}
					c.mu.Unlock()
					return
				}
				for k, p := range b.Packets {
					c.packets = append(c.packets, received{p, i, bytes.Clone(b.Bytes(k)), b.InterfaceName(k)})
				}
				c.mu.Unlock()
			}
		})
	}
}

// stop ends the capture and returns all packets.
func (c *reading) stop() []received {
	c.group.Stop()
	c.reading.Wait()
	return c.packets
}

// total is the sum of all rings' counts.
func (c *reading) total() Stats {
	var s Stats
	for _, r := range c.group.Stats() {
		s.Add(r)
	}
	return s
}

// waitFor waits until the capture has n packets.
func (c *reading) waitFor(n int) {
	c.t.Helper()
	c.until(fmt.Sprintf("%d packets", n), func() bool { return len(c.packets) >= n })
}

// waitNotice waits for a notice.
func (c *reading) waitNotice(text string) {
	c.t.Helper()
	c.until(text, func() bool {
		return slices.ContainsFunc(c.notices, func(m string) bool { return strings.Contains(m, text) })
	})
}

func (c *reading) until(what string, ok func() bool) {
	c.t.Helper()
	defer func() {
		if c.t.Failed() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.t.Logf("%d packets, notices %q, errors %v", len(c.packets), c.notices, c.errs)
		}
	}()
	testnet.Until(c.t, what, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return ok()
	})
}

func sender(t testing.TB, n *testnet.Net, name string) *testnet.Sender {
	t.Helper()
	var s *testnet.Sender
	var err error
	n.Do(func() { s, err = testnet.NewSender(name) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// numbered makes frames of different lengths, of several flows.
func numbered(n, flows int) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		payload := make([]byte, 4+i*37%1400)
		binary.BigEndian.PutUint32(payload, uint32(i))
		frames[i] = testnet.UDP(1, 2, uint16(1000+i%flows), 53, payload)
	}
	return frames
}

func send(t testing.TB, s *testnet.Sender, frames ...[]byte) {
	t.Helper()
	if err := s.Send(frames...); err != nil {
		t.Fatal(err)
	}
}

// same fails the test unless the packets of one ring are these frames.
func same(t *testing.T, got []received, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i, p := range got {
		if !bytes.Equal(p.data, want[i]) || int(p.OrigLen) != len(want[i]) || p.Link != packet.LinkEthernet {
			t.Fatalf("packet %d: link type %d, length %d\n%x\nwant\n%x", i, p.Link, p.OrigLen, p.data, want[i])
		}
	}
}

func TestCapture(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: "b", Rings: 1})
	if lt, known := c.group.LinkType(); lt != packet.LinkEthernet || !known {
		t.Errorf("link type %d, known %v", lt, known)
	}
	frames := numbered(5000, 7)
	begin := time.Now().UnixNano()
	send(t, sender(t, n, "a"), frames...)
	c.waitFor(1)
	end := time.Now().UnixNano()
	got := c.stop()
	same(t, got, frames)
	last, size, nanos := begin, uint64(0), false
	for i, p := range got {
		if p.Time < last || p.Time > end+1e9 {
			t.Fatalf("packet %d: time %d, the one before %d", i, p.Time, last)
		}
		last = p.Time
		nanos = nanos || p.Time%1000 != 0
		size += uint64(len(p.data))
	}
	if !nanos {
		t.Error("no time has nanoseconds")
	}
	if s := c.total(); s != (Stats{Packets: 5000, Bytes: size, Seen: 5000}) {
		t.Errorf("counts %+v", s)
	}
}

func TestFanout(t *testing.T) {
	for _, rings := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(rings), func(t *testing.T) {
			n := testnet.New(t)
			n.Pair("a", "b", 1500)
			c := open(t, n, Config{Interface: "b", Rings: rings})
			s := sender(t, n, "a")
			const flows = 64
			var frames [][]byte
			for i := range 20 * flows {
				src, dst := uint16(1), uint16(2)
				srcPort, dstPort := uint16(1000+i%flows), uint16(53)
				if i/flows%2 == 1 { // the other direction
					src, dst, srcPort, dstPort = dst, src, dstPort, srcPort
				}
				frames = append(frames, testnet.UDP(src, dst, srcPort, dstPort, []byte{byte(i)}))
			}
			send(t, s, frames...)
			c.waitFor(len(frames))
			ringOf := map[uint16]int{}
			used := map[int]int{}
			for _, p := range c.stop() {
				flow := max(binary.BigEndian.Uint16(p.data[34:]), binary.BigEndian.Uint16(p.data[36:]))
				if r, ok := ringOf[flow]; ok && r != p.ring {
					t.Fatalf("flow %d is on rings %d and %d", flow, r, p.ring)
				}
				ringOf[flow] = p.ring
				used[p.ring]++
			}
			if len(used) != rings || len(ringOf) != flows {
				t.Errorf("%d rings used, %d flows", len(used), len(ringOf))
			}
			for i, s := range c.group.Stats() {
				if s.Seen != uint64(used[i]) || s.Packets != s.Seen || s.Dropped != 0 {
					t.Errorf("ring %d: %d packets, counts %+v", i, used[i], s)
				}
			}
			if c.total().Packets != uint64(len(frames)) {
				t.Errorf("%d packets of %d", c.total().Packets, len(frames))
			}
		})
	}
}

// The fragments of a datagram go where its other datagrams go.
func TestFragments(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: "b", Rings: 4})
	s := sender(t, n, "a")
	const flows = 16
	for port := uint16(1000); port < 1000+flows; port++ {
		whole := testnet.UDP(1, 2, port, 53, make([]byte, 1200))
		binary.BigEndian.PutUint16(whole[18:], port) // identification
		ip, data := whole[14:34], whole[34:]
		const cut = 800
		first := slices.Concat(whole[:14], ip, data[:cut])
		binary.BigEndian.PutUint16(first[16:], 20+cut)
		binary.BigEndian.PutUint16(first[20:], 0x2000) // more fragments
		second := slices.Concat(whole[:14], ip, data[cut:])
		binary.BigEndian.PutUint16(second[16:], uint16(20+len(data)-cut))
		binary.BigEndian.PutUint16(second[20:], cut/8)
		send(t, s, whole, withChecksum(first), withChecksum(second))
	}
	c.waitFor(2 * flows)
	ringOf := map[uint16]int{}
	for _, p := range c.stop() {
		port := binary.BigEndian.Uint16(p.data[34:])
		if r, ok := ringOf[port]; ok && r != p.ring {
			t.Errorf("flow %d is on rings %d and %d", port, r, p.ring)
		}
		ringOf[port] = p.ring
		if len(p.data) != 1242 {
			t.Errorf("%d bytes", len(p.data))
		}
	}
	if len(ringOf) != flows {
		t.Errorf("%d flows", len(ringOf))
	}
}

// withChecksum fills in the checksum of the IPv4 header (RFC 791).
func withChecksum(frame []byte) []byte {
	h := frame[14:34]
	h[10], h[11] = 0, 0
	var sum uint32
	for i := 0; i < len(h); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum))
	return frame
}

func TestTags(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	f := testnet.UDP(1, 2, 3, 4, []byte("payload"))
	frames := [][]byte{
		f,
		testnet.Tagged(f, 0x8100, 0xe123), // priority 7
		testnet.Tagged(f, 0x8100, 0),      // priority tag of VLAN 0
		testnet.Tagged(testnet.Tagged(f, 0x8100, 5), 0x88a8, 0x1006),
		testnet.Tagged(testnet.Tagged(f, 0x8100, 5), 0x8100, 6),
	}
	for _, rings := range []int{1, 2} {
		c := open(t, n, Config{Interface: "b", Rings: rings})
		s := sender(t, n, "a")
		for i, f := range frames {
			send(t, s, f)
			c.waitFor(i + 1)
		}
		same(t, c.stop(), frames)
	}
}

func TestSnapLen(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	f := testnet.UDP(1, 2, 3, 4, make([]byte, 500))
	frames := [][]byte{f, testnet.Tagged(f, 0x8100, 7), f[:60]}
	for _, snap := range []int{4, 12, 64, 100} {
		c := open(t, n, Config{Interface: "b", Rings: 1, SnapLen: snap})
		send(t, sender(t, n, "a"), frames...)
		c.waitFor(len(frames))
		for i, p := range c.stop() {
			want := frames[i][:min(len(frames[i]), snap)]
			if snap < 12 {
				want = want[:min(len(want), snap)]
			}
			if !bytes.Equal(p.data, want) {
				t.Errorf("snapshot length %d, packet %d: %x, want %x", snap, i, p.data, want)
			}
			if snap >= 12 && int(p.OrigLen) != len(frames[i]) {
				t.Errorf("snapshot length %d, packet %d: original length %d, want %d", snap, i, p.OrigLen, len(frames[i]))
			}
		}
	}
}

func TestJumbo(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 65535)
	var frames [][]byte
	for _, size := range []int{9000, 40000, 65507} {
		frames = append(frames, testnet.UDP(1, 2, 3, 4, bytes.Repeat([]byte{byte(size)}, size)))
	}
	for _, block := range []int{MinBlock, DefaultBlock} {
		c := open(t, n, Config{Interface: "b", Rings: 1, BlockSize: block})
		send(t, sender(t, n, "a"), slices.Repeat(frames, 50)...)
		c.waitFor(150)
		same(t, c.stop(), slices.Repeat(frames, 50))
	}
}

// On the loopback interface TCP sends segments of up to 64 KiB, and there is
// no second packet for each.
func TestLoopback(t *testing.T) {
	n := testnet.New(t)
	for _, rings := range []int{1, 2} {
		c := open(t, n, Config{Interface: "lo", Rings: rings})
		const size = 4 << 20
		n.Do(func() {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			out, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			in, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			go func() {
				out.Write(make([]byte, size))
				out.Close()
			}()
			if got, err := io.Copy(io.Discard, in); got != size || err != nil {
				t.Errorf("%d bytes, %v", got, err)
			}
			in.Close()
		})
		time.Sleep(50 * time.Millisecond)
		packets, longest, sum := 0, 0, 0
		next := map[uint32]bool{} // sequence numbers; few are sent again
		for _, p := range c.stop() {
			if int(p.OrigLen) != len(p.data) {
				t.Fatalf("%d bytes of %d", len(p.data), p.OrigLen)
			}
			seq := binary.BigEndian.Uint32(p.data[38:])
			if size := len(p.data) - 14 - 20 - int(p.data[46]>>4)*4; p.data[23] == 6 && size > 0 {
				packets++
				longest = max(longest, len(p.data))
				if !next[seq] {
					next[seq] = true
					sum += size
				}
			}
		}
		if sum < size || packets > len(next)+len(next)/2 {
			t.Errorf("%d rings: %d bytes of TCP in %d packets, %d of them new; want %d", rings, sum, packets, len(next), size)
		}
		if longest < 30000 {
			t.Errorf("the longest packet has %d bytes", longest)
		}
	}
}

func TestFilter(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	// udp dst port 53
	f, err := ParseFilter("8\n40 0 0 12\n21 0 5 2048\n48 0 0 23\n21 0 3 17\n40 0 0 36\n21 0 1 53\n6 0 0 262144\n6 0 0 0\n")
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, n, Config{Interface: "b", Rings: 2, Filter: f})
	frames := [][]byte{testnet.UDP(1, 2, 3, 53, []byte("yes")), testnet.UDP(1, 2, 3, 54, []byte("no"))}
	send(t, sender(t, n, "a"), slices.Repeat(frames, 100)...)
	c.waitFor(100)
	same(t, c.stop(), slices.Repeat(frames[:1], 100))
	if s := c.total(); s.Seen != 100 {
		t.Errorf("counts %+v", s)
	}
}

// Also of the first packets, none is there that does not pass the filter, and
// none on another ring than the rest of its flow.
func TestOpenUnderTraffic(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	f, err := ParseFilter("8\n40 0 0 12\n21 0 5 2048\n48 0 0 23\n21 0 3 17\n40 0 0 36\n21 0 1 53\n6 0 0 262144\n6 0 0 0\n") // udp dst port 53
	if err != nil {
		t.Fatal(err)
	}
	const flows = 16
	var frames [][]byte
	for i := range uint16(2 * flows) {
		frames = append(frames, testnet.UDP(1, 2, 1000+i/2, 53+i%2, []byte("traffic")))
	}
	s := sender(t, n, "a")
	stop := make(chan struct{})
	var sending sync.WaitGroup
	defer sending.Wait()
	defer close(stop)
	sending.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := s.Send(frames...); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for range 5 {
		c := prepare(t, n, Config{Interface: "b", Rings: 4, Filter: f})
		c.read()
		c.waitFor(1000)
		ringOf := map[uint16]int{}
		for _, p := range c.stop() {
			from, to := binary.BigEndian.Uint16(p.data[34:]), binary.BigEndian.Uint16(p.data[36:])
			if to != 53 {
				t.Fatalf("a packet to port %d", to)
			}
			if r, ok := ringOf[from]; ok && r != p.ring {
				t.Fatalf("flow %d is on rings %d and %d", from, r, p.ring)
			}
			ringOf[from] = p.ring
		}
		if len(ringOf) != flows {
			t.Errorf("%d flows", len(ringOf))
		}
	}
}

// An interface is promiscuous for as long as it is captured.
func TestPromiscuous(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	promiscuous := func() bool {
		out, err := n.Run("ip", "-d", "link", "show", "dev", "b")
		if err != nil || !bytes.Contains(out, []byte("promiscuity ")) {
			t.Fatalf("%v: %s", err, out)
		}
		return !bytes.Contains(out, []byte("promiscuity 0"))
	}
	for _, want := range []bool{true, false} {
		for _, rings := range []int{1, 2} {
			var group *Group
			var err error
			n.Do(func() {
				group, err = Open(Config{Interface: "b", Rings: rings, Memory: 16 << 20, Promiscuous: want})
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := promiscuous(); got != want {
				t.Errorf("%d rings: promiscuous: %v, want %v", rings, got, want)
			}
			group.Close()
			testnet.Until(t, "end of that", func() bool { return !promiscuous() })
		}
	}
}

func TestFilterRefused(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	bad := Filter{{Op: 0xffff}}
	for _, name := range []string{"b", "later"} {
		n.Do(func() {
			_, err := Open(Config{Interface: name, Rings: 1, Memory: 4 << 20, Filter: bad, Wait: true})
			if err == nil || !strings.Contains(err.Error(), "refuses the filter") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// What a full ring has no room for is counted, and all counts add up.
func TestFull(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	for _, rings := range []int{1, 2} {
		c := prepare(t, n, Config{Interface: "b", Rings: rings, Memory: int64(rings) * 8 * MinBlock, BlockSize: MinBlock})
		frames := numbered(6000, 32)
		send(t, sender(t, n, "a"), frames...)
		c.read()
		// The ring takes up again.
		c.waitFor(100)
		time.Sleep(100 * time.Millisecond)
		more := numbered(100, 32)
		send(t, sender(t, n, "a"), more...)
		got := c.stop()
		s := c.total()
		if s.Seen != 6100 || s.Packets+s.Dropped != s.Seen || s.Packets != uint64(len(got)) {
			t.Errorf("%d rings: %d packets, counts %+v", rings, len(got), s)
		}
		if s.Dropped < 1000 || s.Freezes == 0 {
			t.Errorf("%d rings: counts %+v", rings, s)
		}
		if rings == 1 {
			same(t, got[len(got)-100:], more)
		}
	}
}

func TestDownAndUp(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	for _, rings := range []int{1, 4} {
		c := open(t, n, Config{Interface: "b", Rings: rings, Promiscuous: true})
		s := sender(t, n, "a")
		send(t, s, numbered(100, 10)...)
		c.waitFor(100)
		n.IP("link", "set", "dev", "b", "down")
		c.waitNotice("interface b is down")
		n.IP("link", "set", "dev", "b", "up")
		c.waitNotice("interface b is up again")
		send(t, s, numbered(100, 10)...)
		c.waitFor(200)
		if got := c.stop(); len(got) != 200 || len(c.errs) > 0 {
			t.Errorf("%d packets, %v", len(got), c.errs)
		}
		if s := c.total(); s.Seen != 200 {
			t.Errorf("counts %+v", s)
		}
	}
}

func TestDownAtFirst(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	for _, rings := range []int{1, 3} {
		n.IP("link", "set", "dev", "b", "down")
		c := open(t, n, Config{Interface: "b", Rings: rings})
		c.waitNotice("interface b is down")
		n.IP("link", "set", "dev", "b", "up")
		c.waitNotice("interface b is up again")
		send(t, sender(t, n, "a"), numbered(100, 10)...)
		c.waitFor(100)
		if got := c.stop(); len(got) != 100 {
			t.Errorf("%d packets", len(got))
		}
	}
}

func TestMissing(t *testing.T) {
	n := testnet.New(t)
	n.Do(func() {
		_, err := Open(Config{Interface: "nothere", Rings: 1, Memory: 4 << 20})
		if !errors.Is(err, ErrNoInterface) {
			t.Error(err)
		}
		for _, name := range []string{"", "a-name-that-is-too-long"} {
			if _, err := Open(Config{Interface: name, Rings: 1, Memory: 4 << 20}); !errors.Is(err, ErrNoInterface) {
				t.Error(err)
			}
		}
	})
}

func TestAppears(t *testing.T) {
	for _, rings := range []int{1, 4} {
		n := testnet.New(t)
		c := open(t, n, Config{Interface: "b", Rings: rings, Wait: true, Promiscuous: true})
		if _, known := c.group.LinkType(); known {
			t.Error("link type known")
		}
		c.waitNotice("waiting for interface b")
		time.Sleep(50 * time.Millisecond)
		n.Pair("a", "b", 1500)
		c.waitNotice("capturing from b")
		for c.group.Rings()[0].state.Load() != capturing {
			time.Sleep(time.Millisecond)
		}
		send(t, sender(t, n, "a"), numbered(100, 10)...)
		c.waitFor(100)
		if got := c.stop(); len(got) != 100 || len(c.errs) > 0 {
			t.Errorf("%d packets, %v", len(got), c.errs)
		}
	}
}

func TestRemoved(t *testing.T) {
	for _, rings := range []int{1, 3} {
		n := testnet.New(t)
		n.Pair("a", "b", 1500)
		c := open(t, n, Config{Interface: "b", Rings: rings})
		send(t, sender(t, n, "a"), numbered(100, 10)...)
		n.IP("link", "del", "dev", "b")
		c.reading.Wait()
		if len(c.packets) != 100 || len(c.errs) != rings || !errors.Is(c.errs[0], ErrGone) {
			t.Errorf("%d packets, errors %v", len(c.packets), c.errs)
		}
		if s := c.total(); s.Seen != 100 || s.Packets != 100 {
			t.Errorf("counts %+v", s)
		}
	}
}

func TestRemovedAndBack(t *testing.T) {
	for _, rings := range []int{1, 3} {
		n := testnet.New(t)
		n.Pair("a", "b", 1500)
		c := open(t, n, Config{Interface: "b", Rings: rings, Wait: true, Promiscuous: true})
		for round := range 3 {
			send(t, sender(t, n, "a"), numbered(100, 10)...)
			c.waitFor((round + 1) * 100)
			n.IP("link", "del", "dev", "b")
			c.waitNotice("interface b was removed")
			for _, r := range c.group.Rings() {
				for r.state.Load() != waiting {
					time.Sleep(time.Millisecond)
				}
			}
			c.mu.Lock()
			c.notices = nil
			c.mu.Unlock()
			n.Pair("a", "b", 1500)
			c.waitNotice("capturing from b")
		}
		got := c.stop()
		if len(got) != 300 || len(c.errs) > 0 {
			t.Errorf("%d packets, %v", len(got), c.errs)
		}
		if s := c.total(); s.Seen != 300 || s.Packets != 300 {
			t.Errorf("counts %+v", s)
		}
	}
}

// A ring that never is empty is looked at, too.
func TestLooks(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := prepare(t, n, Config{Interface: "b", Rings: 1})
	s := sender(t, n, "a")
	r := c.group.Rings()[0]
	c.until("second block", func() bool {
		send(t, s, numbered(100, 1)...)
		return atomic.LoadUint32(status(r.block(0)))&statusUser != 0 && atomic.LoadUint32(status(r.block(1)))&statusUser != 0
	})
	var b capture.Batch
	for range 2 {
		before := r.Looks()
		readBlock(t, r, &b)
		if r.Looks() == before {
			t.Errorf("%d looks, as before", before)
		}
	}
}

// readBlock reads all packets of a block, and returns how many.
func readBlock(t *testing.T, r *Ring, b *capture.Batch) int {
	t.Helper()
	n := 0
	for {
		if err := r.ReadBatch(b); err != nil {
			t.Fatal(err)
		}
		n += len(b.Packets)
		if !b.More {
			return n
		}
	}
}

// The packets of a block are handed out in parts, and the kernel has it back
// after the last one.
func TestParts(t *testing.T) {
	const sent = 2*partPackets + 1
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := prepare(t, n, Config{Interface: "b", Rings: 1, Retire: 300 * time.Millisecond}) // to send them all
	r := c.group.Rings()[0]
	send(t, sender(t, n, "a"), numbered(sent, 1)...)
	c.until("first block", func() bool { return atomic.LoadUint32(status(r.block(0)))&statusUser != 0 })
	if n := binary.NativeEndian.Uint32(r.block(0)[blockPackets:]); n != sent {
		t.Fatalf("%d packets in the first block", n)
	}
	var b capture.Batch
	var all []capture.Packet
	for _, want := range []int{partPackets, partPackets, 1} {
		if err := r.ReadBatch(&b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Packets...)
		if len(b.Packets) != want || b.More != (len(all) < sent) || &b.Data[0] != &r.block(0)[blockHeader] {
			t.Errorf("%d packets, more: %v, instead of %d", len(b.Packets), b.More, want)
		}
		if atomic.LoadUint32(status(r.block(0)))&statusUser == 0 {
			t.Error("the kernel has the block back, with packets that are in use")
		}
	}
	for i, p := range all {
		if i > 0 && p.Off <= all[i-1].Off {
			t.Errorf("packet %d is at %d, behind one at %d", i, p.Off, all[i-1].Off)
		}
	}
	send(t, sender(t, n, "a"), numbered(1, 1)...)
	if n := readBlock(t, r, &b); n != 1 || atomic.LoadUint32(status(r.block(0)))&statusUser != 0 {
		t.Errorf("then %d packets, and the first block is not the kernel's", n)
	}
}

// Reading ends soon after Stop, whatever it waits for.
func TestStop(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	for _, name := range []string{"b", "missing"} {
		c := open(t, n, Config{Interface: name, Rings: 2, Wait: true})
		time.Sleep(20 * time.Millisecond)
		begin := time.Now()
		c.stop()
		if took := time.Since(begin); took > 200*time.Millisecond {
			t.Errorf("%s: took %v", name, took)
		}
		c.group.Stop() // again
	}
}

// A packet is there within the time that a block is kept, or twice that.
func TestLatency(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: "b", Rings: 2})
	s := sender(t, n, "a")
	var took []time.Duration
	for i := range 20 {
		begin := time.Now()
		send(t, s, testnet.UDP(1, 2, uint16(i), 4, nil))
		c.waitFor(i + 1)
		took = append(took, time.Since(begin))
		time.Sleep(7 * time.Millisecond)
	}
	// The machine may be busy with other things now and then.
	slices.Sort(took)
	if took[10] > 100*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func TestTwoGroups(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	one := open(t, n, Config{Interface: "b", Rings: 2})
	two := open(t, n, Config{Interface: "b", Rings: 3})
	send(t, sender(t, n, "a"), numbered(200, 20)...)
	one.waitFor(200)
	two.waitFor(200)
	if a, b := one.stop(), two.stop(); len(a) != 200 || len(b) != 200 {
		t.Errorf("%d and %d packets", len(a), len(b))
	}
}

// A tunnel's packets have no link header.
func TestTunnel(t *testing.T) {
	n := testnet.New(t)
	fd := -1
	var err error
	n.Do(func() {
		if fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
			return
		}
		req, _ := unix.NewIfreq("tun0")
		req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, req)
	})
	if err != nil {
		t.Skipf("skipped: needs /dev/net/tun: %v", err)
	}
	tun := os.NewFile(uintptr(fd), "tun")
	defer tun.Close()
	n.IP("link", "set", "tun0", "up")
	c := open(t, n, Config{Interface: "tun0", Rings: 1})
	data := testnet.UDP(1, 2, 3, 4, []byte("in a tunnel"))[14:]
	if _, err := tun.Write(data); err != nil {
		t.Fatal(err)
	}
	c.waitFor(1)
	got := c.stop()
	if got[0].Link != packet.LinkRaw || !bytes.Equal(got[0].data, data) {
		t.Errorf("link type %d, %x", got[0].Link, got[0].data)
	}
}

func TestInterfaces(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1400)
	n.IP("link", "set", "dev", "a", "down")
	n.IP("addr", "add", "192.0.2.1/24", "dev", "b")
	n.Do(func() {
		all, err := Interfaces()
		if err != nil {
			t.Error(err)
		}
		byName := map[string]Interface{}
		for _, i := range all {
			byName[i.Name] = i
		}
		b := byName["b"]
		if len(byName) != 3 || b.Link != packet.LinkEthernet || !b.Known || b.MTU != 1400 ||
			!slices.Equal(b.Addrs, []string{"192.0.2.1/24"}) || !byName["lo"].Known || byName["a"].Up {
			t.Errorf("%+v", all)
		}
	})
}

// Memory that is not there is said so, and less is used.
func TestTooMuchMemory(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	n.Do(func() {
		_, err := Open(Config{Interface: "b", Rings: 4, Memory: 1 << 20})
		if err == nil || !strings.Contains(err.Error(), "1 MiB is not enough memory for 4 rings") {
			t.Errorf("error %v", err)
		}
	})
	if affordable(availableMemory()) > 64<<30 {
		t.Skip("skipped: would take 64 GiB")
	}
}

func TestNoAllocations(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := prepare(t, n, Config{Interface: "b", Rings: 1})
	s := sender(t, n, "a")
	frames := numbered(64, 4)
	var b capture.Batch
	r := c.group.Rings()[0]
	read := func() {
		send(t, s, frames...)
		readBlock(t, r, &b)
	}
	read()
	if n := testing.AllocsPerRun(20, read); n > 0 {
		t.Errorf("%v allocations for a batch", n)
	}
}

// An interface that gets another name, which it must be down for, is captured from
// all the same: sockets are bound to it, not to its name.
func TestRenamed(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: "b", Rings: 2})
	s := sender(t, n, "a")
	send(t, s, numbered(100, 10)...)
	c.waitFor(100)
	n.IP("link", "set", "dev", "b", "down")
	c.waitNotice("interface b is down")
	n.IP("link", "set", "dev", "b", "name", "other")
	n.IP("link", "set", "dev", "other", "up")
	c.waitNotice("interface b is up again, and called other")
	send(t, s, numbered(100, 10)...)
	c.waitFor(200)
	if got := c.stop(); len(got) != 200 || len(c.errs) > 0 {
		t.Errorf("%d packets, %v", len(got), c.errs)
	}
	if s := c.total(); s.Seen != 200 || s.Dropped != 0 {
		t.Errorf("counts %+v", s)
	}
}

// Packets that are longer than those when the capture began, since the interface
// takes larger ones now, come whole.
func TestMTUChanged(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: "b", Rings: 1})
	s := sender(t, n, "a")
	frames := func(size int) (list [][]byte) {
		for i := range 10 {
			list = append(list, testnet.UDP(1, 2, uint16(1000+i), 53, make([]byte, size)))
		}
		return list
	}
	for round, mtu := range []int{1500, 9000, 600} {
		for _, name := range []string{"a", "b"} {
			n.IP("link", "set", "dev", name, "mtu", strconv.Itoa(mtu))
		}
		send(t, s, frames(mtu-100)...)
		c.waitFor(10 * (round + 1))
	}
	got := c.stop()
	long := 0
	for _, p := range got {
		if len(p.data) > 8900 {
			long++
		}
	}
	if len(got) != 30 || long != 10 || len(c.errs) > 0 {
		t.Errorf("%d packets, %d long ones, %v", len(got), long, c.errs)
	}
}
