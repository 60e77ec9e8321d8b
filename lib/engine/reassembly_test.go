package engine_test

import (
	"strings"
	"testing"

	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// A part is a range of a message's bytes.
type part struct{ from, to int }

const (
	longFrom = 3000
	longLen  = longFrom + 56 // bytes in longHello(longFrom)
)

func TestReassemblyTCP(t *testing.T) {
	hello := longHello(longFrom)
	if len(hello) != longLen {
		t.Fatalf("%d bytes", len(hello))
	}
	many := func(n int) []part {
		var parts []part
		for i := range n {
			parts = append(parts, part{i * 100, (i + 1) * 100})
		}
		return append(parts, part{n * 100, longLen})
	}
	for _, tt := range []struct {
		name       string
		seq        uint32 // of the first byte
		parts      []part
		at         int    // the part that has a record
		properties string // of it
		data       func(parts []string)
	}{
		{name: "in order", seq: 1, parts: []part{{0, 1000}, {1000, 2000}, {2000, longLen}}, at: 2, properties: `"reassembled":true`},
		{name: "out of order", seq: 1, parts: []part{{0, 1000}, {2000, longLen}, {1000, 2000}}, at: 2, properties: `"reassembled":true`},
		{name: "all but the first in reverse", seq: 1, parts: []part{{0, 500}, {2500, longLen}, {2000, 2500}, {1500, 2000}, {1000, 1500}, {500, 1000}}, at: 5, properties: `"reassembled":true`},
		{name: "first last", seq: 1, parts: []part{{1000, 2000}, {2000, longLen}, {0, 1000}, {1000, 2000}, {2000, longLen}}, at: 4, properties: `"reassembled":true`},
		{name: "the record's header alone", seq: 1, parts: []part{{0, 6}, {6, longLen}}, at: -1},
		{name: "wraparound", seq: 0xfffffe00, parts: []part{{0, 1000}, {1000, 2000}, {2000, longLen}}, at: 2, properties: `"reassembled":true`},
		{name: "wraparound, out of order", seq: 0xfffffa00, parts: []part{{0, 1000}, {2000, longLen}, {1000, 2000}}, at: 2, properties: `"reassembled":true`},
		{name: "again", seq: 1, parts: []part{{0, 1000}, {0, 1000}, {1000, longLen}}, at: 2, properties: `"reassembled":true,"segment_overlaps":true,"back_subset_overlap":true`},
		{name: "begins in an earlier one", seq: 1, parts: []part{{0, 1000}, {500, 2000}, {2000, longLen}}, at: 2, properties: `"reassembled":true,"segment_overlaps":true,"back_partial_overlap":true`},
		{name: "within an earlier one", seq: 1, parts: []part{{0, 1000}, {200, 300}, {1000, longLen}}, at: 2, properties: `"reassembled":true,"segment_overlaps":true,"back_subset_overlap":true`},
		{name: "ends in a later one", seq: 1, parts: []part{{0, 1000}, {2000, longLen}, {1000, 2500}}, at: 2, properties: `"reassembled":true,"segment_overlaps":true,"front_partial_overlap":true`},
		{name: "covers a later one", seq: 1, parts: []part{{0, 1000}, {1500, 1600}, {2000, longLen}, {1000, 2000}}, at: 3, properties: `"reassembled":true,"segment_overlaps":true,"front_superset_overlap":true`},
		{name: "more than is missing", seq: 1, parts: []part{{0, 1000}, {1000, longLen}}, at: 1, properties: `"reassembled":true`,
			data: func(parts []string) { parts[1] += "and the next message" }},
		{name: "20 parts", seq: 1, parts: many(19), at: 19, properties: `"reassembled":true`},
		{name: "21 parts", seq: 1, parts: many(20), at: 20, properties: `"reassembled":true,"max_segments_exceed":true,"truncated":true`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
			var parts []string
			for _, p := range tt.parts {
				parts = append(parts, hello[p.from:p.to])
			}
			if tt.data != nil {
				tt.data(parts)
			}
			for i, p := range tt.parts {
				got := membersOf(t, w, tcp(50000, 443, tt.seq+uint32(p.from), parts[i]), int64(i))
				switch {
				case i != tt.at && got != "none":
					t.Errorf("part %d: got %s", i, got)
				case i == tt.at:
					_, got, _ = strings.Cut(got, `,"tls":`)
					if want := `{"client":{}},"reassembly_properties":{` + tt.properties + `}`; got != want {
						t.Errorf("part %d: got %s, want %s", i, got, want)
					}
				}
			}
		})
	}
}

// Where parts overlap with different bytes, those that came last count.
func TestConflictingOverlap(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true, Metadata: true}})
	hello := longHello(longFrom)
	membersOf(t, w, tcp(50000, 443, 1, hello[:1000]), 0)
	membersOf(t, w, tcp(50000, 443, 12, strings.Repeat("X", 32)), 0)
	got := membersOf(t, w, tcp(50000, 443, 1001, hello[1000:]), 0)
	if want := `"random":"` + strings.Repeat("58", 32) + `"`; !strings.Contains(got, want) {
		t.Errorf("%s is not in %s", want, got)
	}
}

// Without the option, a message of which parts are missing is written as far
// as it goes.
func TestNoReassembly(t *testing.T) {
	w := newWorker(t, engine.Config{})
	hello := longHello(longFrom)
	got := membersOf(t, w, tcp(50000, 443, 1, hello[:1000]), 0)
	if want := `"tls":{"client":{}},"reassembly_properties":{"truncated":true}`; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := membersOf(t, w, tcp(50000, 443, 1001, hello[1000:]), 0); got != "none" {
		t.Errorf("the rest gives %s", got)
	}
}

func TestReassemblyTimeout(t *testing.T) {
	hello := longHello(longFrom)
	for _, tt := range []struct {
		sec     int64
		ok      bool
		expired uint64
	}{{0, true, 0}, {14, true, 0}, {15, false, 1}, {1000, false, 1}, {-1, false, 1}} {
		w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
		const begin = 1000 * second
		membersOf(t, w, tcp(50000, 443, 1, hello[:1000]), begin)
		got := membersOf(t, w, tcp(50000, 443, 1001, hello[1000:]), begin+tt.sec*second)
		if (got != "none") != tt.ok || w.Counters().Expired != tt.expired {
			t.Errorf("after %d seconds: got %s, %+v", tt.sec, got, w.Counters())
		}
	}
}

// Messages that are never finished are given up when others come.
func TestReassemblyExpires(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
	hello := longHello(longFrom)
	for i := range 1000 {
		membersOf(t, w, tcp(50000, 443, 1, hello[:1000]), int64(i)*20*second)
	}
	if s := w.Counters(); s.Expired != 999 || s.Evicted != 0 {
		t.Errorf("%+v", s)
	}
}

func TestReassemblyLimit(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
	w.LimitReassembly(2)
	hello := longHello(longFrom)
	for i := range 3 {
		membersOf(t, w, tcp(50001, 443, uint32(i), hello[:1]), 0) // nothing to begin with
		w.Packet(nil, packet.LinkEthernet, tcp(50000+16*1, 443, 1, "x"), 0)
	}
	for port := 1; port <= 3; port++ {
		membersOf(t, w, tcp(50000, 1000, 1, "x"), 0)
		w.Packet(nil, packet.LinkEthernet, from(port, 1, hello[:1000]), 0)
	}
	var got []string
	for port := 1; port <= 3; port++ {
		out := w.Packet(nil, packet.LinkEthernet, from(port, 1001, hello[1000:]), 0)
		if len(out) > 0 {
			got = append(got, "record")
		} else {
			got = append(got, "none")
		}
	}
	if s := strings.Join(got, " "); s != "none record record" {
		t.Errorf("got %s", s)
	}
	if s := w.Counters(); s.Evicted != 1 {
		t.Errorf("%+v", s)
	}
}

// A message of more than 8192 bytes is not waited for.
func TestLongestMessage(t *testing.T) {
	for _, tt := range []struct {
		n  int
		ok bool
	}{{8192, true}, {9300, false}} {
		w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
		hello := longHello(tt.n - 56)
		first := membersOf(t, w, tcp(50000, 443, 1, hello[:1000]), 0)
		if !tt.ok {
			if !strings.Contains(first, `"truncated":true`) {
				t.Errorf("%d bytes: got %s", tt.n, first)
			}
			continue
		}
		if got := membersOf(t, w, tcp(50000, 443, 1001, hello[1000:]), 0); first != "none" || got == "none" {
			t.Errorf("%d bytes: got %s, %s", tt.n, first, got)
		}
	}
}

func TestReassemblyQUIC(t *testing.T) {
	hello := clientHello[5:]
	want := `"fingerprints":{"quic":"quic/(00000001)(0303)(1301)`
	for _, tt := range []struct {
		name  string
		parts []part
		at    int
	}{
		{"in order", []part{{0, 40}, {40, len(hello)}}, 1},
		{"in three", []part{{0, 40}, {60, len(hello)}, {40, 60}}, 2},
		{"overlap", []part{{0, 40}, {30, len(hello)}}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
			for i, p := range tt.parts {
				got := membersOf(t, w, udp(50000, 443, quicInitial("abcdefgh", cryptoFrame(p.from, hello[p.from:p.to]))), 0)
				if (i == tt.at) != strings.HasPrefix(got, want) {
					t.Errorf("part %d: got %s", i, got)
				}
			}
		})
	}
}

func TestReassemblyDTLS(t *testing.T) {
	const (
		body = "\xfe\xfdRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x00\x02\x13\x01\x01\x00"
		head = "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00"
	)
	fragment := func(from, to int) []byte {
		return udp(50000, 4433, head+string([]byte{byte(from)})+ // sequence number
			string([]byte{0, byte(12 + to - from), 1, 0, 0, byte(len(body)), 0, 0, 0, 0, byte(from), 0, 0, byte(to - from)})+body[from:to])
	}
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
	if got := membersOf(t, w, fragment(0, 20), 0); got != "none" {
		t.Errorf("got %s", got)
	}
	const want = `"fingerprints":{"dtls":"dtls/(fefd)(1301)()"},"dtls":{"client":{}},"reassembly_properties":{"reassembled":true}`
	if got := membersOf(t, w, fragment(20, len(body)), 0); got != want {
		t.Errorf("got %s", got)
	}
}

// A message that is longer than what is put together, though neither its first
// part nor the rest is, never becomes complete.
func TestLongSum(t *testing.T) {
	w := newWorker(t, engine.Config{Options: proto.Options{Reassembly: true}})
	hello := longHello(8192)
	for from := 0; from < len(hello); from += 1000 {
		if got := membersOf(t, w, tcp(50000, 443, uint32(1+from), hello[from:min(from+1000, len(hello))]), 0); got != "none" {
			t.Errorf("from %d on: got %s", from, got)
		}
	}
}
