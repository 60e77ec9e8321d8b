package ring

import (
	"slices"
	"testing"
)

func TestParseFilter(t *testing.T) {
	f, err := ParseFilter("3\n48 0 0 9\n21 0 1 4294967295\n6 0 0 262144\n")
	want := Filter{{48, 0, 0, 9}, {21, 0, 1, 1<<32 - 1}, {6, 0, 0, 262144}}
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
	f := Filter{{Code: 48, K: 9}, {Code: 6, K: 262144}, {Code: 6, K: 0}, {Code: 6, K: 50}}
	if got := f.limited(96); !slices.Equal(got, Filter{{Code: 48, K: 9}, {Code: 6, K: 96}, {Code: 6, K: 0}, {Code: 6, K: 50}}) {
		t.Errorf("%v", got)
	}
	if f[1].K != 262144 {
		t.Error("the filter itself was changed")
	}
	if got := f.limited(0); !slices.Equal(got, f) {
		t.Errorf("%v", got)
	}
	if got := Filter(nil).limited(0); !slices.Equal(got, Filter{{Code: 6, K: 1<<32 - 1}}) {
		t.Errorf("%v", got)
	}
	if got := Filter(nil).limited(5); !slices.Equal(got, Filter{{Code: 6, K: 5}}) {
		t.Errorf("%v", got)
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
