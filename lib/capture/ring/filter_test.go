package ring

import (
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

func TestParseFilter(t *testing.T) {
	f, err := ParseFilter("3\n48 0 0 9\n21 0 1 4294967295\n6 0 0 262144\n")
	want := Filter{{Op: 48, K: 9}, {Op: 21, Jf: 1, K: 1<<32 - 1}, {Op: 6, K: 262144}}
	if err != nil || !slices.Equal(f, want) {
		t.Errorf("%v, %v", f, err)
	}
	for _, bad := range []string{
		"", " \n", "x", "0", "-1", "4097", "65537", "1", "1 6 0 0", "1 6 0 0 1 1", "1 65536 0 0 0",
		"1 6 256 0 0", "1 6 0 256 0", "1 6 0 0 4294967296", "1 6 0 0 -1", "1 ret 0 0 0", "(000) ret #0",
	} {
		if f, err := ParseFilter(bad); err == nil {
			t.Errorf("%q: %v", bad, f)
		}
	}
}

func TestLimited(t *testing.T) {
	f := Filter{{Op: 48, K: 9}, {Op: 6, K: 262144}, {Op: 6, K: 0}, {Op: 6, K: 50}}
	if got := f.limited(96); !slices.Equal(got, Filter{{Op: 48, K: 9}, {Op: 6, K: 96}, {Op: 6, K: 0}, {Op: 6, K: 50}}) {
		t.Errorf("%v", got)
	}
	if f[1].K != 262144 {
		t.Error("the filter itself was changed")
	}
	if got := f.limited(0); !slices.Equal(got, f) {
		t.Errorf("%v", got)
	}
	if got := Filter(nil).limited(0); !slices.Equal(got, Filter{{Op: 6, K: 1<<32 - 1}}) {
		t.Errorf("%v", got)
	}
	if got := Filter(nil).limited(5); !slices.Equal(got, Filter{{Op: 6, K: 5}}) {
		t.Errorf("%v", got)
	}
}

// tcpPort443 is what tcpdump -ddd writes for "tcp dst port 443" over IPv4.
const tcpPort443 = `11
40 0 0 12
21 0 8 2048
48 0 0 23
21 0 6 6
40 0 0 20
69 4 0 8191
177 0 0 14
72 0 0 16
21 0 1 443
6 0 0 262144
6 0 0 0
`

// A program selects the same packets whatever their limit, and no filter selects
// all or nothing.
func TestRunFilter(t *testing.T) {
	segment := make([]byte, 200)
	copy(segment[12:], "\x08\x00\x45")
	segment[23] = 6
	copy(segment[14+20+2:], "\x01\xbb")
	other := slices.Clone(segment)
	other[14+20+3]++
	f, err := ParseFilter(tcpPort443)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		filter Filter
		packet []byte
		want   int
	}{
		{"selected", f.limited(0), segment, 262144},
		{"selected, limited", f.limited(96), segment, 96},
		{"another port", f.limited(0), other, 0},
		{"another port, limited", f.limited(96), other, 0},
		{"no program", Filter(nil).limited(0), other, 1<<32 - 1},
		{"no program, limited", Filter(nil).limited(96), other, 96},
		{"nothing", nothing, segment, 0},
	} {
		program, known := bpf.Disassemble(tt.filter)
		vm, err := bpf.NewVM(program)
		if err != nil || !known {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got, err := vm.Run(tt.packet); err != nil || got != tt.want {
			t.Errorf("%s: %d bytes, %v; want %d", tt.name, got, err, tt.want)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add("1\n6 0 0 262144\n")
	f.Add("4096 1")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseFilter(s)
		if (err == nil) != (len(p) > 0) || len(p) > maxFilter {
			t.Errorf("%d instructions, %v", len(p), err)
		}
	})
}
