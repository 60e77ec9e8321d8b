package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"c.pcap", "d/t.pcap10", "d/t.pcap2", "d/t.pcap", "d/.t.part", "d/below/x", "e/f01.gz", "e/f1.gz", "e/f2.gz", "[odd]", "a*"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("none", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ names, want, err string }{
		{"", "", ""},
		{"-", "-", ""},
		{"c.pcap - missing c.pcap", "c.pcap - missing c.pcap", ""},
		{"d", "d/t.pcap d/t.pcap2 d/t.pcap10", ""},
		{"d/ c.pcap", "d/t.pcap d/t.pcap2 d/t.pcap10 c.pcap", ""},
		{"d/t.pcap?*", "d/t.pcap2 d/t.pcap10", ""},
		{"e/*.gz", "e/f01.gz e/f1.gz e/f2.gz", ""},
		{"[odd] a*", "[odd] a*", ""},
		{"d/t.pcap d/t.pcap10 d/t.pcap2", "d/t.pcap d/t.pcap2 d/t.pcap10", ""},
		{"t.pcap10.gz t.pcap9.gz t.pcap", "t.pcap9.gz t.pcap10.gz t.pcap", ""},
		{"t2 - t1", "t2 - t1", ""},
		{"2.pcap 1.pcap", "2.pcap 1.pcap", ""},
		{"none", "", "none: no files in this directory"},
		{"x*", "", "x*: no file matches"},
		{"[x", "", "[x: no file matches"},
	} {
		got, err := Expand(strings.Fields(test.names))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if strings.Join(got, " ") != test.want || text != test.err {
			t.Errorf("%q: %q, %v", test.names, got, err)
		}
	}
}

// The order of names is one: the same for any order in which they come.
func TestCompareNames(t *testing.T) {
	want := []string{"", "0", "00", "01", "1", "2", "10", "10a", "a", "a1", "a1b2", "a1b10", "a01c", "a2", "ab", "b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareNames)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for i, a := range want {
		for j, b := range want {
			if c := compareNames(a, b); (c < 0) != (i < j) || (c == 0) != (i == j) {
				t.Errorf("%q, %q: %d", a, b, c)
			}
		}
	}
}
