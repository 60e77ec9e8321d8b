package members

import (
	"net/netip"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
)

// text is what a list writes for a packet.
func text(t *testing.T, list string, seed uint16, p Packet) string {
	t.Helper()
	l, err := Parse(list, seed)
	if err != nil {
		t.Fatal(err)
	}
	return write(l.NewSet(), p)
}

// of is a packet of a flow whose IP header is in front of data.
func of(k *flow.Key, data string) Packet {
	header := "\x45\x00\x00\x00\x00\x00\x00\x00\x40" + string([]byte{k.Protocol}) + "\x00\x00" + string(k.Src[:4]) + string(k.Dst[:4])
	if k.Version == 6 {
		header = "\x60\x00\x00\x00\x00" + string([]byte{byte(len(data))}) + string([]byte{k.Protocol}) + "\x40" + string(k.Src[:]) + string(k.Dst[:])
	}
	b := []byte(header + data)
	if k.Version == 4 {
		b[3] = byte(len(b))
	}
	h := new(packet.Headers)
	packet.NewDecoder(packet.Config{}).Decode(h, packet.LinkRaw, b)
	return Packet{Packet: &proto.Packet{Headers: h, Bytes: b, Key: *k}}
}

func key(protocol uint8, src, dst string) *flow.Key {
	k := flow.NewKey(protocol, netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst))
	return &k
}

// Vectors of the specification, and what follows from them.
func TestCommunityID(t *testing.T) {
	for _, tt := range []struct {
		key  *flow.Key
		data string
		seed uint16
		id   string
	}{
		{key(6, "128.232.110.120:34855", "66.35.250.204:80"), "", 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{key(6, "66.35.250.204:80", "128.232.110.120:34855"), "", 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{key(6, "128.232.110.120:34855", "66.35.250.204:80"), "", 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
		{key(17, "192.168.1.52:54585", "8.8.8.8:53"), "", 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{key(1, "192.168.0.89:0", "192.168.0.1:0"), "\x08\x00\x00\x00", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{key(1, "192.168.0.1:0", "192.168.0.89:0"), "\x00\x00\x00\x00", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
	} {
		if got, want := text(t, "community_id", tt.seed, of(tt.key, tt.data)), `{"community_id":"`+tt.id+`"}`; got != want {
			t.Errorf("%v %d: %s, want %s", tt.key, tt.seed, got, want)
		}
	}
	// A message that nothing answers keeps its direction.
	there := text(t, "community_id", 0, of(key(1, "192.168.0.89:0", "192.168.0.1:0"), "\x03\x01\x00\x00"))
	back := text(t, "community_id", 0, of(key(1, "192.168.0.1:0", "192.168.0.89:0"), "\x03\x01\x00\x00"))
	if there == back {
		t.Errorf("an ICMP error has %s in both directions", there)
	}
	// SCTP has ports.
	if a, b := text(t, "community_id", 0, of(key(132, "192.0.2.1:0", "192.0.2.2:0"), "\x00\x07\x00\x09....")),
		text(t, "community_id", 0, of(key(132, "192.0.2.2:0", "192.0.2.1:0"), "\x00\x09\x00\x07....")); a != b {
		t.Errorf("SCTP: %s, %s", a, b)
	}
	if got := text(t, "community_id,flow_id", 0, Packet{Packet: new(proto.Packet)}); got != "{}" {
		t.Errorf("without a flow: %s", got)
	}
}

func TestFlowID(t *testing.T) {
	k := key(6, "192.0.2.1:1025", "192.0.2.2:443")
	const want = `{"flow_id":"d9fdb21e1a5001e6"}` // must never change
	r := k.Reverse()
	if there, back := text(t, "flow_id", 0, Packet{Packet: &proto.Packet{Key: *k}}), text(t, "flow_id", 0, Packet{Packet: &proto.Packet{Key: r}}); there != want || back != want {
		t.Errorf("%s, %s, want %s", there, back, want)
	}
	seen := map[uint64]bool{}
	for _, k := range []*flow.Key{
		k, key(17, "192.0.2.1:1025", "192.0.2.2:443"), key(6, "192.0.2.1:443", "192.0.2.2:1025"),
		key(6, "192.0.2.1:1026", "192.0.2.2:443"), key(6, "192.0.2.1:1025", "192.0.2.3:443"), key(6, "[2001:db8::1]:1025", "[2001:db8::2]:443"),
	} {
		var c conversation
		c.set(k)
		if c.order(); seen[c.id()] {
			t.Errorf("%v: %x is there already", k, c.id())
		} else {
			seen[c.id()] = true
		}
	}
}

// write is what a set writes for a packet.
// begin begins with a packet, whose message may be of another list.
func begin(s *Set, p Packet) {
	if p.Message != nil {
		m := *p.Message
		m.rows = s.list.rowsOf(&m)
		p.Message = &m
	}
	s.Packet = p
	s.Begin(p.Message)
}

func write(s *Set, p Packet) string {
	begin(s, p)
	var w record.Writer
	w.Object()
	s.WriteRecord(&w)
	w.EndObject()
	return string(w.Bytes())
}
