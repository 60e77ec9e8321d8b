package ring

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"merctools/lib/capture"
	"merctools/lib/capture/ring/testnet"
	"merctools/lib/packet"
)

// A filter that is an expression sees what one of numbers sees, and VLAN tags
// that the kernel keeps beside the frame.
func TestExpression(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	yes, no := testnet.UDP(1, 2, 3, 53, []byte("yes")), testnet.UDP(1, 2, 3, 54, []byte("no"))
	tagged, other := testnet.Tagged(yes, packet.EtherTypeVLAN, 10), testnet.Tagged(yes, packet.EtherTypeVLAN, 11)
	for _, tt := range []struct {
		expression string
		want       [][]byte
	}{
		{"udp dst port 53", [][]byte{yes, tagged, other}}, // as the tag is not in the frame
		{"vlan 10", [][]byte{tagged}},
		{"vlan and udp port 53", [][]byte{tagged, other}},
		{"not vlan and udp", [][]byte{yes, no}},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			c := open(t, n, Config{Interface: "b", Rings: 1, Expression: tt.expression})
			s := sender(t, n, "a")
			send(t, s, yes, no, tagged, other)
			c.waitFor(len(tt.want))
			same(t, c.stop(), tt.want)
		})
	}
	n.Do(func() {
		_, err := Open(Config{Interface: "b", Rings: 1, Memory: 4 << 20, Expression: "tcp port"})
		if err == nil || !strings.Contains(err.Error(), "filter: offset 8: ") {
			t.Errorf("error %v", err)
		}
	})
}

// Frames that this host sends still have their tags, and say which way they go.
// "ip broadcast" goes by the network of the interface.
func TestSentExpression(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	n.IP("address", "add", "192.0.2.1/28", "dev", "a")
	plain := testnet.UDP(1, 2, 3, 53, []byte("plain"))
	tagged := testnet.Tagged(plain, packet.EtherTypeVLAN, 10)
	broadcast := bytes.Clone(plain)
	copy(broadcast[30:], "\xc0\x00\x02\x0f")
	frames := [][]byte{plain, tagged, broadcast}
	for _, tt := range []struct {
		expression string
		want       [][]byte
	}{
		{"vlan 10 and udp dst port 53", [][]byte{tagged}},
		{"not vlan and udp and outbound", [][]byte{plain, broadcast}},
		{"vlan or inbound", [][]byte{tagged}},
		{"ip broadcast", [][]byte{broadcast}},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			c := open(t, n, Config{Interface: "a", Rings: 1, Expression: tt.expression})
			n.Do(func() {
				fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
				if err != nil {
					t.Error(err)
					return
				}
				defer unix.Close(fd)
				a, err := net.InterfaceByName("a")
				if err != nil {
					t.Error(err)
					return
				}
				for _, f := range frames {
					if err := unix.Sendto(fd, f, 0, &unix.SockaddrLinklayer{Ifindex: a.Index}); err != nil {
						t.Error(err)
					}
				}
			})
			c.waitFor(len(tt.want))
			same(t, c.stop(), tt.want)
		})
	}
	n.Do(func() {
		_, err := Open(Config{Interface: "b", Rings: 1, Memory: 4 << 20, Expression: "ip broadcast"})
		if err == nil || !strings.Contains(err.Error(), "filter: ip broadcast: the netmask is not known") {
			t.Errorf("error %v", err)
		}
	})
}

// All interfaces at once: each packet comes once, with its protocol, interface
// and address in a header of LINUX_SLL2, also on the loopback interface, and an
// expression selects by the Ethernet type that is not in the packet.
func TestAny(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	n.IP("link", "set", "lo", "up")
	n.IP("address", "add", "192.0.2.1/24", "dev", "a")
	n.IP("neighbor", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "a")
	for _, rings := range []int{1, 2} {
		c := open(t, n, Config{Interface: AnyInterface, Rings: rings, Promiscuous: true, Expression: "ip and udp dst port 53"})
		say := func(to, text string) {
			conn, err := net.Dial("udp", to)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if _, err := conn.Write([]byte(text)); err != nil {
				t.Error(err)
			}
		}
		n.Do(func() {
			say("192.0.2.2:53", "from a to b")
			say("192.0.2.2:54", "not wanted")
			say("127.0.0.1:53", "on the loopback interface")
		})
		c.waitFor(3) // from a, to b, loopback
		got := c.stop()
		var seen []string
		for _, p := range got {
			if p.Link != packet.LinkSLL2 || len(p.data) < cookedHeader+28 {
				t.Fatalf("link type %d: %x", p.Link, p.data)
			}
			h := p.data[:cookedHeader]
			if binary.BigEndian.Uint16(h) != 0x0800 {
				t.Errorf("protocol %x", h[:2])
			}
			payload := string(p.data[cookedHeader+28:])
			kind := map[byte]string{unix.PACKET_HOST: "to us", unix.PACKET_OTHERHOST: "to others", unix.PACKET_OUTGOING: "out"}[h[10]]
			hardware := binary.BigEndian.Uint16(h[8:])
			switch {
			case hardware == unix.ARPHRD_LOOPBACK:
				kind = "loopback " + kind
			case hardware != unix.ARPHRD_ETHER || h[11] != 6:
				t.Errorf("header %x", h)
			case bytes.Equal(h[12:18], make([]byte, 6)):
				t.Errorf("no address: %x", h)
			}
			seen = append(seen, kind+": "+strings.TrimRight(payload, "\x00"))
		}
		slices.Sort(seen)
		want := []string{"loopback to us: on the loopback interface", "out: from a to b", "to others: from a to b"}
		if !slices.Equal(seen, want) {
			t.Errorf("%d rings: %q", rings, seen)
		}
	}
}

// Packets of all interfaces have the names of their interfaces, also of one that was
// renamed, of one that came later, and of one that came in the place of another.
func TestAnyNames(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	c := open(t, n, Config{Interface: AnyInterface, Rings: 1, Promiscuous: true})
	payloads := 0
	// see sends from an interface until a packet with a new payload came from another.
	see := func(from, to string) {
		t.Helper()
		s := sender(t, n, from)
		payloads++
		text := fmt.Sprintf("packet %d.", payloads)
		testnet.Until(t, text+" from "+to, func() bool {
			send(t, s, testnet.UDP(1, 2, 3, 53, []byte(text)))
			c.mu.Lock()
			defer c.mu.Unlock()
			return slices.ContainsFunc(c.packets, func(p received) bool {
				return strings.Contains(string(p.data), text) && p.data[10] != unix.PACKET_OUTGOING && p.name == to
			})
		})
	}
	see("a", "b")
	see("b", "a")
	n.IP("link", "set", "dev", "b", "down")
	n.IP("link", "set", "dev", "b", "name", "renamed")
	n.IP("link", "set", "dev", "renamed", "up")
	see("a", "renamed")
	n.Pair("d", "e", 1500)
	see("d", "e")
	n.IP("link", "delete", "dev", "d")
	n.Pair("d", "e", 1500)
	see("e", "d")
	for _, p := range c.stop() {
		if p.name == "" {
			t.Errorf("no name: %x", p.data)
		}
	}
}

// Many interfaces that come and go take a bounded place, and known ones cost no
// allocation.
func TestNamesBounded(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	r := &Ring{sock: socket{fd: fd}}
	b := &capture.Batch{Data: make([]byte, 2*cookedHeader), Packets: []capture.Packet{{}, {Off: cookedHeader}}}
	for i := range uint32(3 * maxNames) {
		binary.BigEndian.PutUint32(b.Data[4:], 1<<20+i)
		binary.BigEndian.PutUint32(b.Data[cookedHeader+4:], 1)
		r.nameInterfaces(b)
		if b.InterfaceName(0) != "" || b.InterfaceName(1) == "" || len(r.names.list) > maxNames+1 || len(r.names.known) > maxNames+1 {
			t.Fatalf("%d: %q, %q, %d names", i, b.InterfaceName(0), b.InterfaceName(1), len(r.names.list))
		}
	}
	if n := testing.AllocsPerRun(100, func() { r.nameInterfaces(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
