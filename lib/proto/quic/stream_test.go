package quic

import (
	"fmt"
	"strings"
	"testing"

	"merctools/lib/internal/reassembly"
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// pieces cuts the ClientHello at the given offsets.
func cut(at ...int) (frames []string) {
	begin := 0
	for _, end := range append(at, len(rfcHello)) {
		frames = append(frames, crypto(begin, rfcHello[begin:end]))
		begin = end
	}
	return frames
}

func TestStream(t *testing.T) {
	n := len(rfcHello)
	thirds := cut(80, 160)
	many := cut(5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105)
	short := cut(9, 12)
	for _, tt := range []struct {
		name    string
		payload string
		hello   bool
		missing uint32
		extent  string
		begin   string // parts of a new reassembly
		add     string // parts that are added to one
	}{
		{"whole", crypto(0, rfcHello), true, 0, "0+241", "0+241", "0+241"},
		{"out of order", thirds[2] + "\x01" + thirds[0] + "\x00" + thirds[1], true, 0, "0+241", "0+241", "0+241"},
		{"more than are kept", strings.Join(many, ""), true, 0, "0+241", "0+241", "0+241"},
		{"first part", thirds[0], true, uint32(n - 80), "0+80", "0+80", "0+80"},
		{"second part", thirds[1], false, 0, "80+80", "80+80", "80+80"},
		{"gap", thirds[2] + thirds[0], true, uint32(n - 80), "0+241", "0+80 160+81", "160+81 0+80"},
		{"first one again", thirds[0] + thirds[1] + thirds[0], true, uint32(n - 80), "0+160", "0+80 0+80 80+80", "0+80 80+80 0+80"},
		{"overlap", crypto(0, rfcHello[:100]) + crypto(90, rfcHello[90:]), true, uint32(n - 100), "0+241", "0+100 90+151", "0+100 90+151"},
		{"gap as long as an overlap", crypto(0, rfcHello[:100]) + crypto(90, rfcHello[90:150]) + crypto(160, rfcHello[160:]), true, 0, "0+241", "0+241", "0+241"},
		{"no beginning", thirds[1] + crypto(200, rfcHello[200:]), false, 0, "80+161", "", "80+80 200+41"},
		{"short beginning and a gap", short[0] + short[2], false, uint32(n - 10), "0+241", "0+10 12+229", "0+9 12+229"},
		{"beginning that is not kept", strings.Join(many[1:], "") + crypto(100, "\x00") + many[0], false, 0, "0+241", "", ""},
		{"empty", crypto(0, ""), false, 0, "0+0", "", ""},
		{"at the end", crypto(8191, "a"), false, 0, "8191+1", "8191+1", "8191+1"},
		{"beyond the end", crypto(8191, "ab") + crypto(1<<40, "a"), false, 0, "0+0", "", ""},
		{"cut short", thirds[0] + "\x06\x40\x50\x50abc", true, uint32(n - 80), "0+80", "0+80", "0+80"},
		{"longest", crypto(0, "\x01\x00\x7f\xfc"+rfcHello[4:]), true, 0x7ffc - 237, "0+241", "0+241", "0+241"},
		{"too long", crypto(0, "\x01\x00\x80\x01"+rfcHello[4:]), false, 0, "0+241", "0+241", "0+241"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMessage(proto.Options{})
			var p proto.Packet
			if !m.Parse(wire.Of(packet{version: 1, dcid: rfcID, payload: tt.payload}.build(t)), &p) {
				t.Fatal("not taken")
			}
			if m.client.Ok() != tt.hello || p.Missing != tt.missing {
				t.Errorf("hello %v, %d bytes missing; not %v, %d", m.client.Ok(), p.Missing, tt.hello, tt.missing)
			}
			offset, length, id := m.Extent()
			if got := fmt.Sprintf("%d+%d", offset, length); got != tt.extent {
				t.Errorf("extent %s, not %s", got, tt.extent)
			}
			if string(id) != rfcID {
				t.Errorf("identifier %x", id)
			}
			if length == 0 {
				return
			}
			if got := partsOf(t, m.Fragments(nil, true)); got != tt.begin {
				t.Errorf("begins with %s, not %s", got, tt.begin)
			}
			if tt.add == "" {
				return
			}
			if got := partsOf(t, m.Fragments(nil, false)); got != tt.add {
				t.Errorf("adds %s, not %s", got, tt.add)
			}
		})
	}
}

// partsOf lists the places of parts.
func partsOf(t *testing.T, frags []reassembly.Fragment) string {
	var s []string
	for _, f := range frags {
		s = append(s, fmt.Sprintf("%d+%d", f.Offset, len(f.Data)))
	}
	return strings.Join(s, " ")
}

func TestIdentifier(t *testing.T) {
	for _, tt := range []struct{ dcid, scid, want string }{
		{"abc", "def", "abc"}, {"", "def", "def"}, {"", "", ""},
	} {
		m := newMessage(proto.Options{})
		m.Parse(wire.Of(packet{version: 1, dcid: tt.dcid, scid: tt.scid, payload: crypto(0, rfcHello)}.build(t)), &proto.Packet{})
		if _, _, id := m.Extent(); string(id) != tt.want {
			t.Errorf("%q %q: %q", tt.dcid, tt.scid, id)
		}
	}
}

// What a packet left in the buffer must not show through the gaps of the next.
func TestStreamIsCleared(t *testing.T) {
	m := newMessage(proto.Options{})
	full := packet{version: 1, dcid: rfcID, payload: crypto(0, rfcHello)}.build(t)
	gap := packet{version: 1, dcid: rfcID, payload: crypto(0, "\x01\x00\x00\xed\x03") + crypto(20, rfcHello[20:])}.build(t)
	m.Parse(wire.Of(gap), &proto.Packet{})
	want := string(m.stream.buf[:300])
	m.Parse(wire.Of(full), &proto.Packet{})
	m.Parse(wire.Of(gap), &proto.Packet{})
	if got := string(m.stream.buf[:300]); got != want {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func TestReparse(t *testing.T) {
	m := newMessage(proto.Options{})
	var p proto.Packet
	m.Parse(wire.Of(packet{version: 1, dcid: rfcID, payload: cut(100)[1]}.build(t)), &p)
	if m.client.Ok() {
		t.Fatal("second part taken for a message")
	}
	if !m.Reparse(wire.Of([]byte(rfcHello))) || string(m.client.ServerName()) != "example.com" {
		t.Errorf("server name %q", m.client.ServerName())
	}
	if got := fingerprint(m); got != rfcFingerprint {
		t.Error(got)
	}
}
