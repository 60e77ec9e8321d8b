package detect

import (
	"slices"
	"testing"

	"merctools/lib/wire"
)

const (
	hello Kind = iota + 1
	wide
	short
	named
	mail
	files
	sized
	tunnel
	marked
	cut
)

func table() *Table {
	t := new(Table)
	t.Add(tunnel, Rule{Port: 4500, Early: true})
	t.Add(hello, Rule{Mask: "\xff\xff\xfc\x00\x00\xff\x00\x00", Value: "\x16\x03\x00\x00\x00\x01\x00\x00"})
	t.Add(wide, Rule{
		Mask:  "\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\x00\x00",
		Value: "\x16\xfe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00",
	})
	t.Add(cut, Rule{
		Mask:  "\xff\x00\x00\x00\x00\x00\x00\x00\x00\xe0\x00\x00\x00\x00\x00\x00",
		Value: "\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00",
		Least: 10,
	})
	t.Add(short, Rule{Mask: "\xff\x00\x00\x00", Value: "\x68\x00\x00\x00", Length: func(c wire.Cursor) int {
		c.Skip(1)
		return int(c.Uint8()) + 2
	}})
	t.Add(named, Rule{Port: 389})
	t.Add(files, Rule{Port: 21, Side: Source})
	t.Add(marked, Rule{Port: 138, Side: Both})
	t.Add(files, Rule{Words: []string{"AUTH", "USER"}, HomePort: 21})
	t.Add(mail, Rule{Words: []string{"AUTH"}, HomePort: 25})
	t.Add(sized, Rule{Size: 200})
	return t
}

func TestFind(t *testing.T) {
	tab := table()
	tests := []struct {
		name     string
		payload  string
		src, dst uint16
		want     Kind
	}{
		{"8 bytes", "\x16\x03\x01\x02\x00\x01\x00\x01", 1, 2, hello},
		{"8 bytes, too short", "\x16\x03\x01\x02\x00\x01\x00", 1, 2, None},
		{"8 bytes, another value", "\x16\x03\x01\x02\x00\x02\x00\x01", 1, 2, None},
		{"16 bytes", "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00", 1, 2, wide},
		{"16 bytes, too short", "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00", 1, 2, None},
		{"16 bytes, of which 10 are enough", "\x0a23456789", 1, 2, None},
		{"16 bytes, of which 10 are there", "\x0a23456789:", 1, 2, cut},
		{"4 bytes", "\x68\x04abcd", 1, 2, short},
		{"4 bytes, wrong length", "\x68\x04abcde", 1, 2, None},
		{"port", "xxxx", 389, 2, named},
		{"port of the other side", "xxxx", 1, 389, named},
		{"source port", "xxxx", 21, 2, files},
		{"not source port", "xxxx", 1, 21, None},
		{"both ports", "", 138, 138, marked},
		{"one of both ports", "", 138, 1, None},
		{"bytes before ports", "\x16\x03\x01\x02\x00\x01\x00\x01", 389, 2, hello},
		{"early", "\x16\x03\x01\x02\x00\x01\x00\x01", 1, 4500, tunnel},
		{"empty", "", 1, 2, None},
	}
	for _, tt := range tests {
		if got := tab.Find([]byte(tt.payload), tt.src, tt.dst); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	if tab.BySize(200) != sized || tab.BySize(199) != None {
		t.Error("a size is not found")
	}
}

func TestByWord(t *testing.T) {
	tab := table()
	tests := []struct {
		payload string
		dst     uint16
		want    []Kind
	}{
		{"AUTH x", 1, []Kind{files, mail}},
		{"AUTH x", 25, []Kind{mail, files}},
		{"AUTH x", 21, []Kind{files, mail}},
		{"USER x", 25, []Kind{files}},
		{"USE", 1, nil},
		{"AUT\x00", 1, nil},
	}
	for _, tt := range tests {
		if got := tab.ByWord(nil, []byte(tt.payload), tt.dst); !slices.Equal(got, tt.want) {
			t.Errorf("%q to %d: got %v, want %v", tt.payload, tt.dst, got, tt.want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	tab := table()
	payload := []byte("AUTH PLAIN and more than sixteen bytes")
	kinds := make([]Kind, 0, 4)
	if n := testing.AllocsPerRun(100, func() {
		tab.Find(payload, 40000, 443)
		kinds = tab.ByWord(kinds[:0], payload, 25)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFind(b *testing.B) {
	tab := table()
	payload := make([]byte, 1400)
	for i := range payload {
		payload[i] = byte(i * 7)
	}
	b.ReportAllocs()
	for i := range b.N {
		payload[0] = byte(i)
		tab.Find(payload, 40000, 443)
	}
}
