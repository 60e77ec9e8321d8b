package reassembly

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// add is a fragment of the tests: where it is, and whether it is the last.
type add struct {
	offset int
	data   string
	more   bool
}

func TestDatagrams(t *testing.T) {
	const a, b, c = "aaaaaaaa", "bbbbbbbb", "cccccccc"
	for _, tt := range []struct {
		name     string
		parts    []add
		want     string // by packets that became whole, with spaces between
		overlaps uint64
	}{
		{"in order", []add{{0, a, true}, {8, b, true}, {16, "c", false}}, a + b + "c", 0},
		{"last first", []add{{16, "c", false}, {8, b, true}, {0, a, true}}, a + b + "c", 0},
		{"with copies", []add{{8, "b", false}, {8, "b", false}, {0, a, true}, {0, a, true}, {8, "b", false}}, a + "b", 0},
		{"a hole", []add{{0, a, true}, {16, "c", false}}, "", 0},
		{"no end", []add{{0, a, true}, {8, b, true}}, "", 0},
		{"other bytes", []add{{0, a, true}, {0, b, true}, {8, "c", false}}, a + "c", 1},
		{"partly over the end of another", []add{{0, a + a, true}, {8, b + b, true}, {24, "c", false}}, a + a + b + "c", 1},
		{"partly over the beginning", []add{{8, b + b, true}, {0, a + a, true}, {24, "c", false}}, a + b + b + "c", 1},
		{"around another", []add{{8, b, true}, {0, c + c + c, true}, {24, "d", false}}, c + b + c + "d", 1},
		{"inside another, with the same bytes", []add{{0, a + b + c, true}, {8, b, true}, {24, "d", false}}, a + b + c + "d", 0},
		{"another end", []add{{8, "b", false}, {8, "bb", false}, {16, "c", false}, {0, a, true}}, a + "b", 2},
		{"an end before what is there", []add{{16, c, true}, {8, "b", false}, {0, a, true}}, "", 1},
		{"no multiple of 8", []add{{0, a + "xyz", true}, {8, "b", false}}, a + "b", 0},
		{"empty", []add{{0, "", true}, {0, a, true}, {8, "", false}, {8, "b", false}}, a + "b", 0},
		{"too long", []add{{0, a, true}, {65528, c, false}, {8, "b", false}}, a + "b", 0},
		{"the identification is used again", []add{{0, a, true}, {8, "b", false}, {0, b, true}, {8, "c", false}}, a + "b " + b + "c", 0},
	} {
		d := NewDatagrams[int](1 << 20)
		var got []string
		for i, p := range tt.parts {
			context := i
			if g := d.Add(&DatagramKey{ID: 7}, int64(i), Piece{p.offset, p.more, []byte(p.data), []byte("head")}, &context); g != nil {
				got = append(got, string(g.Data))
				if string(g.Head) != "head" || tt.parts[g.Context].offset != 0 {
					t.Errorf("%s: head %q of fragment %d", tt.name, g.Head, g.Context)
				}
			}
		}
		if strings.Join(got, " ") != tt.want || d.Overlaps != tt.overlaps {
			t.Errorf("%s: %q, %d overlaps", tt.name, got, d.Overlaps)
		}
	}
}

// Datagrams that wait go after a time, in the time of packets; where that goes
// back, they stay.
func TestDatagramTime(t *testing.T) {
	for _, tt := range []struct {
		first, second int64
		want          bool
	}{{0, 30e9, true}, {0, 30e9 + 1, false}, {3600e9, 0, true}} {
		d := NewDatagrams[int](1 << 20)
		context := 0
		d.Add(&DatagramKey{}, tt.first, Piece{0, true, make([]byte, 8), nil}, &context)
		g := d.Add(&DatagramKey{}, tt.second, Piece{8, false, make([]byte, 8), nil}, &context)
		if (g != nil) != tt.want || (d.Expired == 1) != !tt.want {
			t.Errorf("%d, %d: whole %v, %d expired", tt.first, tt.second, g != nil, d.Expired)
		}
	}
}

// Memory stays within its bound, whatever is left open.
func TestDatagramMemory(t *testing.T) {
	d := NewDatagrams[int](1 << 20)
	context := 0
	for i := range uint32(20_000) {
		k := DatagramKey{ID: i}
		d.Add(&k, 0, Piece{int(i*8) % 60_000, true, make([]byte, 1400), make([]byte, 34)}, &context)
		if d.cost > 1<<20 {
			t.Fatalf("%d bytes", d.cost)
		}
	}
	if n := len(d.byKey); uint64(n)+d.Evicted != 20_000 || n == 0 {
		t.Errorf("%d held, %d evicted", n, d.Evicted)
	}
	// One datagram in pieces with gaps is bounded, too.
	for i := range 8000 {
		d.Add(&DatagramKey{ID: 1 << 31}, 0, Piece{i * 16 % 65520 &^ 7, true, make([]byte, 8), nil}, &context)
	}
	if n := len(d.byKey[DatagramKey{ID: 1 << 31}].payload.Spans); n > maxPieces {
		t.Errorf("%d pieces", n)
	}
	// All of it is counted.
	sum := 0
	for g := d.oldest; g != nil; g = g.next {
		sum += g.cost
	}
	if sum != d.cost {
		t.Errorf("%d counted, %d there", d.cost, sum)
	}
}

// FuzzDatagrams holds what is put together against an array of bytes of which
// the first count.
func FuzzDatagrams(f *testing.F) {
	f.Add([]byte{0, 2, 1, 1, 2, 1, 2, 1, 0})
	f.Add([]byte{2, 1, 0, 0, 3, 1})
	f.Fuzz(func(t *testing.T, plan []byte) {
		d := NewDatagrams[int](1 << 20)
		var model [256*8 + 8*256]int
		total := -1
		for i := 0; i+3 <= len(plan); i += 3 {
			offset, n, more := int(plan[i])*8, int(plan[i+1])*8, plan[i+2] != 0
			data := bytes.Repeat(binary.BigEndian.AppendUint32(nil, uint32(i+1)), n/4)
			context := i
			before := uint64(0)
			if d.oldest != nil {
				before = uint64(len(d.oldest.payload.Spans))
			}
			g := d.Add(&DatagramKey{}, 0, Piece{offset, more, data, nil}, &context)
			end := offset + n
			last := 0
			for at, v := range model {
				if v != 0 {
					last = at + 1
				}
			}
			switch {
			case n == 0, before >= maxPieces,
				total >= 0 && (end > total || !more && end != total),
				total < 0 && !more && last > end:
				continue
			}
			if !more {
				total = end
			}
			for at := offset; at < end; at++ {
				if model[at] == 0 {
					model[at] = i + 1
				}
			}
			if g == nil {
				continue
			}
			if len(g.Data) != total {
				t.Fatalf("%d bytes, not %d", len(g.Data), total)
			}
			for at := range total {
				if v := model[at]; v == 0 || g.Data[at] != byte(v>>(8*(3-at%4))) {
					t.Fatalf("byte %d of %d: %d", at, total, v)
				}
			}
			return
		}
	})
}
