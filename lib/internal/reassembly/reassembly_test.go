package reassembly

import (
	"bytes"
	"strings"
	"testing"

	"merctools/lib/flow"
	"merctools/lib/record"
)

// pattern is a message of which each byte tells its place.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func properties(p *Partial) string {
	var w record.Writer
	w.Object()
	p.WriteRecord(&w)
	w.EndObject()
	s := strings.TrimPrefix(string(w.Bytes()), `{"reassembly_properties":{"reassembled":true`)
	return strings.NewReplacer(`:true`, "", `"`, "").Replace(strings.TrimPrefix(strings.TrimSuffix(s, "}}"), ","))
}

// part is a range of a message: its offset and length.
type part struct{ at, n int }

func TestReassembly(t *testing.T) {
	for _, tt := range []struct {
		name   string
		parts  []part // the first begins the message
		needed int
		state  State
		have   int // bytes without a gap
		flags  string
	}{
		{"first only", []part{{0, 10}}, 30, Progress, 10, ""},
		{"in order", []part{{0, 10}, {10, 10}, {20, 10}}, 30, Complete, 30, ""},
		{"more than needed", []part{{0, 10}, {10, 30}}, 30, Complete, 40, ""},
		{"out of order", []part{{0, 10}, {20, 10}, {10, 10}}, 30, Complete, 30, ""},
		{"gap", []part{{0, 10}, {20, 10}}, 30, Progress, 10, ""},
		{"gap behind", []part{{0, 10}, {10, 5}, {20, 10}}, 30, Progress, 15, ""},
		{"first again", []part{{0, 10}, {0, 10}, {10, 20}}, 30, Complete, 30, "segment_overlaps,back_subset_overlap"},
		{"within another", []part{{0, 10}, {3, 5}}, 30, Progress, 10, "segment_overlaps,back_subset_overlap"},
		{"overlap with the one before", []part{{0, 10}, {5, 10}}, 30, Progress, 15, "segment_overlaps,back_partial_overlap"},
		{"overlap with the one behind", []part{{0, 10}, {20, 10}, {10, 15}}, 30, Complete, 30, "segment_overlaps,front_partial_overlap"},
		{"overlap with both", []part{{0, 10}, {20, 10}, {5, 20}}, 30, Complete, 30, "segment_overlaps,back_partial_overlap,front_partial_overlap"},
		{"covers two", []part{{0, 10}, {15, 5}, {22, 4}, {40, 5}, {10, 20}}, 50, Progress, 30, "segment_overlaps,front_superset_overlap"},
		{"covers the last", []part{{0, 10}, {15, 5}, {10, 20}}, 30, Complete, 30, ""},
		{"covers all but the last", []part{{0, 10}, {15, 5}, {22, 4}, {10, 20}}, 30, Complete, 30, "segment_overlaps,front_superset_overlap"},
		{"empty", []part{{0, 10}, {10, 0}}, 30, Progress, 10, ""},
		{"before the first", []part{{0, 10}, {-5, 5}}, 30, Progress, 10, ""},
		{"past the limit", []part{{0, 10}, {MaxReassembly, 10}}, 30, Progress, 10, ""},
		{"across the limit", []part{{0, 10}, {10, MaxReassembly}}, MaxReassembly, Complete, MaxReassembly, ""},
		{"needs more than the limit", []part{{0, 10}, {10, MaxReassembly}}, MaxReassembly + 1, Progress, MaxReassembly, ""},
		{"twenty parts", oneByOne(20), 20, Complete, 20, ""},
		{"too many parts", oneByOne(21), 21, Truncated, 20, "max_segments_exceed,truncated"},
	} {
		// Sequence numbers may wrap around.
		for _, start := range []uint32{0, 1000, 0xfffffff8} {
			message := pattern(MaxReassembly + 100)
			slice := func(p part) Fragment {
				at := max(p.at, 0)
				return Fragment{start + uint32(p.at), message[at : at+p.n]}
			}
			r := NewReassembler(10)
			k := key(1)
			first := tt.parts[0]
			p := r.Begin(&k, 0, 1000, slice(first), uint32(tt.needed-first.n), false, nil)
			for _, f := range tt.parts[1:] {
				if p.State() == Progress {
					p.Add(slice(f))
				}
			}
			if p.State() != tt.state || len(p.Data()) != tt.have || properties(p) != tt.flags {
				t.Errorf("%s: state %d, %d bytes, flags %q", tt.name, p.State(), len(p.Data()), properties(p))
			}
			if !bytes.Equal(p.Data(), message[:len(p.Data())]) {
				t.Errorf("%s: other bytes", tt.name)
			}
			if p.Incomplete() != (tt.state == Truncated) {
				t.Errorf("%s: incomplete: %v", tt.name, p.Incomplete())
			}
		}
	}
}

func oneByOne(n int) (parts []part) {
	for i := range n {
		parts = append(parts, part{i, 1})
	}
	return parts
}

// Where parts overlap, the bytes of the later one are taken.
func TestOverlappingBytes(t *testing.T) {
	r := NewReassembler(1)
	k := key(1)
	p := r.Begin(&k, 0, 1, Fragment{100, []byte("aaaa")}, 4, false, nil)
	p.Add(Fragment{102, []byte("bbbb")})
	p.Add(Fragment{101, []byte("c")})
	p.Add(Fragment{106, []byte("dd")})
	if got := string(p.Data()); got != "acbbbbdd" || p.State() != Complete {
		t.Errorf("%q, state %d", got, p.State())
	}
}

func TestFind(t *testing.T) {
	r := NewReassembler(10)
	a, b := key(1), key(2)
	find := func(k *flow.Key, sec int64, id string, want State) {
		t.Helper()
		var raw []byte
		if id != "" {
			raw = []byte(id)
		}
		if _, got := r.Find(k, sec, raw); got != want {
			t.Errorf("state %d, want %d", got, want)
		}
	}
	find(&a, 1000, "", Absent)
	r.Begin(&a, 0, 1000, Fragment{0, []byte("x")}, 1, false, nil)
	find(&a, 1014, "", Progress)
	find(&a, 1014, "any", Progress) // it has no identifier itself
	find(&b, 1014, "", Absent)
	find(&a, 1015, "", Absent)
	if r.Expired != 1 {
		t.Errorf("%d expired", r.Expired)
	}
	r.Begin(&a, 0, 1000, Fragment{0, []byte("x")}, 1, false, nil)
	find(&a, 999, "", Absent) // the clock went back

	const id = "12345678901234567890" // all that is kept of one
	p := r.Begin(&a, 0, 1000, Fragment{0, []byte("x")}, 1, false, []byte(id+"rest"))
	find(&a, 1000, id, Progress)
	find(&a, 1000, id+"other", Progress)
	find(&a, 1000, "other", Foreign)
	find(&a, 1000, "", Foreign)
	p.Add(Fragment{1, []byte("y")})
	find(&a, 1000, id, Complete)
	r.Remove(p)
	find(&a, 1000, id, Absent)
}

// When the table is full, what was begun first goes.
func TestReassemblerIsBounded(t *testing.T) {
	r := NewReassembler(3)
	for n := range 5 {
		k := key(n)
		r.Begin(&k, 0, 1000, Fragment{0, []byte{byte(n)}}, 1, false, nil)
	}
	if len(r.flows) != 3 || r.Evicted != 2 {
		t.Errorf("%d messages, %d evicted", len(r.flows), r.Evicted)
	}
	for n := range 5 {
		k := key(n)
		p, state := r.Find(&k, 1000, nil)
		if (state == Progress) != (n >= 2) || p != nil && p.Data()[0] != byte(n) {
			t.Errorf("message %d: state %d", n, state)
		}
	}
}

// Old messages are given up even if nothing more comes of their flows, a few
// at a time.
func TestExpire(t *testing.T) {
	r := NewReassembler(10)
	for n := range 5 {
		k := key(n)
		r.Begin(&k, 0, 1000+int64(n), Fragment{0, []byte("x")}, 1, false, nil)
	}
	k := key(9)
	r.Find(&k, 1018, nil)
	if len(r.flows) != 3 || r.Expired != 2 {
		t.Errorf("%d messages, %d expired", len(r.flows), r.Expired)
	}
	r.Find(&k, 1018, nil)
	r.Find(&k, 1018, nil)
	if len(r.flows) != 1 || r.Expired != 4 {
		t.Errorf("%d messages, %d expired", len(r.flows), r.Expired)
	}
}

func TestSettle(t *testing.T) {
	r := NewReassembler(10)
	k := key(1)
	begin := func() *Partial {
		return r.Begin(&k, 0, 1000, Fragment{0, []byte("abc")}, 100, true, nil)
	}
	p := begin()
	p.Settle(MaxReassembly) // still not known
	if p.State() != Progress || !p.Indefinite {
		t.Errorf("state %d, indefinite %v", p.State(), p.Indefinite)
	}
	p.Settle(2)
	if p.State() != Progress || p.Indefinite {
		t.Errorf("state %d, indefinite %v", p.State(), p.Indefinite)
	}
	p.Add(Fragment{3, []byte("de")})
	if p.State() != Complete || string(p.Data()) != "abcde" {
		t.Errorf("state %d, %q", p.State(), p.Data())
	}
	r.Remove(p)
	p = begin()
	p.Settle(0)
	if p.State() != Complete {
		t.Errorf("state %d", p.State())
	}
}

// A message that was given up leaves nothing behind in the next one.
func TestReuse(t *testing.T) {
	r := NewReassembler(10)
	k := key(1)
	p := r.Begin(&k, 0, 1000, Fragment{0, bytes.Repeat([]byte("a"), 100)}, 1000, true, []byte("id"))
	for n := range maxSegments {
		p.Add(Fragment{uint32(n), []byte("b")})
	}
	r.Remove(p)
	p = r.Begin(&k, 0, 1001, Fragment{7, []byte("x")}, 1, false, nil)
	p.Add(Fragment{8, []byte("y")})
	if p.State() != Complete || string(p.Data()) != "xy" || properties(p) != "" || p.Indefinite {
		t.Errorf("state %d, %q, flags %q", p.State(), p.Data(), properties(p))
	}
	if _, state := r.Find(&k, 1001, []byte("other")); state != Complete {
		t.Errorf("state %d", state)
	}
}

func TestReassemblyNoAllocations(t *testing.T) {
	r := NewReassembler(10)
	k := key(1)
	reassemble := func() {
		p := r.Begin(&k, 0, 1000, Fragment{0, []byte("x")}, 2, false, nil)
		p.Add(Fragment{2, []byte("z")})
		p.Add(Fragment{1, []byte("y")})
		r.Find(&k, 1000, nil)
		r.Remove(p)
	}
	reassemble()
	if n := testing.AllocsPerRun(100, reassemble); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever comes, what is there is what was sent last for each place that is
// reached without a gap.
func FuzzReassembly(f *testing.F) {
	f.Add([]byte{0, 10, 10, 10, 20, 10}, uint32(0xfffffff0))
	f.Add([]byte{0, 10, 30, 10, 5, 40}, uint32(0))
	f.Fuzz(func(t *testing.T, parts []byte, start uint32) {
		if len(parts) < 2 || parts[1] == 0 {
			return
		}
		r := NewReassembler(1)
		k := key(1)
		message := make([]byte, 16*256+256)
		fill := func(i int) Fragment {
			at, n := int(parts[i])*16, int(parts[i+1])
			for j := range n {
				message[at+j] = byte(i + j)
			}
			return Fragment{start + uint32(at), message[at : at+n]}
		}
		parts[0] = 0
		p := r.Begin(&k, 0, 1, fill(0), 4000, false, nil)
		for i := 2; i+1 < len(parts) && p.State() == Progress; i += 2 {
			if i/2 >= maxSegments {
				break // it is given up, and what comes is not looked at
			}
			p.Add(fill(i))
		}
		if !bytes.Equal(p.Data(), message[:len(p.Data())]) {
			t.Errorf("%x is there of %x", p.Data(), message)
		}
		properties(p)
	})
}
