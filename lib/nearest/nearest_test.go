package nearest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"merctools/lib/npf"
)

func TestElements(t *testing.T) {
	for _, c := range []struct {
		fp     string
		typ    npf.Type
		format int
		want   string
	}{
		{"tls/2/(0303)(130113021303)[(0000)(000a00040002001d)]", npf.TLS, 2,
			"0:0303 1:1301 1:1302 1:1303 2:0000 2:000a00040002001d"},
		{"tls/(0303)(1301)()", npf.TLS, 0, "0:0303 1:1301 2:"},
		{"tls/randomized", npf.TLS, 0, "0:randomized"},
		{"quic/(00000001)(0303)(130113021303)[((0039)[(04)(05)])(002b0003020304)]", npf.QUIC, 0,
			"0:00000001 1:0303 2:1301 2:1302 2:1303 3:0039 3:04 3:05 3:002b0003020304"},
		{"http/(474554)(485454502f312e31)((486f7374))", npf.HTTP, 0, "0:474554 1:485454502f312e31 2:486f7374"},
		{"tls/(0303)(13011302c0)()", npf.TLS, 0, "0:0303 1:1301 1:1302 1:c0 2:"},
		{"openvpn/(06)(03)(0400)(14)(0301)(c014c00a)((0023))", npf.OpenVPN, 0,
			"0:06 1:03 2:0400 3:14 4:0301 5:c014 5:c00a 6:0023"},
		// 2c is a comma, but not where it is half of two bytes.
		{"ssh_kex/(612c62)(12c3)()", npf.SSHKex, 0, "0:61 0:62 1:12c3 2:"},
	} {
		typ, format, elements, err := Elements(c.fp)
		var got []string
		for _, e := range elements {
			got = append(got, fmt.Sprintf("%d:%s", e.Group, e.Text))
		}
		if err != nil || typ != c.typ || format != c.format || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v %d %q, %v; want %q", c.fp, typ, format, got, err, c.want)
		}
	}
	for _, bad := range []string{
		"", "tls", "tls/", "tls/2/", "nothing/(00)", "tls/(00", "tls/(00))", "tls/(00]", "tls/(00)00", "tls/(00)x(00)",
		"tls/" + strings.Repeat("(", npf.MaxLen),
	} {
		if _, _, e, err := Elements(bad); err == nil {
			t.Errorf("%.30q: %v", bad, e)
		}
	}
}

func TestReadable(t *testing.T) {
	for text, want := range map[string]string{
		"63757276": "curv", "0303": "0303", "474554": "474554", "4163636570743a202a2f2a": "Accept: */*", "randomized": "randomized", "": "",
	} {
		if got := (Element{0, text}).Readable(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// plain is the edit distance from its definition.
func plain(a, b []int32) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := range table[i] {
			switch {
			case i == 0:
				table[i][j] = j
			case j == 0:
				table[i][j] = i
			default:
				same := 1
				if a[i-1] == b[j-1] {
					same = 0
				}
				table[i][j] = min(table[i-1][j-1]+same, table[i-1][j]+1, table[i][j-1]+1)
			}
		}
	}
	return table[len(a)][len(b)]
}

func TestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sequence := func() []int32 {
		s := make([]int32, r.IntN(12))
		for i := range s {
			s[i] = int32(r.IntN(4))
		}
		return s
	}
	for range 20000 {
		s := &Search{codes: sequence(), other: sequence(), present: make([]int32, 4)}
		want := plain(s.codes, s.other)
		limit := r.IntN(14)
		got := s.distance(limit)
		if want <= limit && got != want || want > limit && got <= limit {
			t.Fatalf("%v %v, limit %d: %d, want %d", s.codes, s.other, limit, got, want)
		}
		if s.atLeast() > want {
			t.Fatalf("%v %v: at least %d, but it is %d", s.codes, s.other, s.atLeast(), want)
		}
	}
}

func TestSearch(t *testing.T) {
	s, err := NewSearch("tls/(0303)(130113021303c02bc02f)((0000)(0017)(0023))", 3)
	if err != nil {
		t.Fatal(err)
	}
	offered := []string{
		"tls/(0303)(130113021303c02bc02f)((0000)(0017))",       // 1
		"tls/(0303)(c02bc02f)((0000)(0017)(0023))",             // 3
		"http/(474554)(485454502f312e31)((486f7374))",          // of another type
		"tls/(0303)(130113021303c02bc02f)((0000)(0017)(0023))", // 0
		"tls/(0301)(130113021303c02bc02f)((0017)(0023)(0029))", // 3
		"not a fingerprint", //
		"tls/(0303)(130113021303c02bc02f)((0000)(0017)(0010)(0023))", // 1
		"tls/(0303)(130113021303c02b)((0000)(0017)(0010)(0023))",     // 2
	}
	asked := 0
	for i, fp := range offered {
		s.Offer(fp, func() any { asked++; return i })
	}
	var got []string
	for _, m := range s.Matches() {
		got = append(got, fmt.Sprintf("%d at %d, %.3f, -%v +%v", m.Value, m.Distance, m.Alike, m.Missing, m.Extra))
	}
	want := []string{
		"3 at 0, 1.000, -[] +[]",
		"0 at 1, 0.889, -[{2 0023}] +[]",
		"6 at 1, 0.900, -[] +[{2 0010}]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s.Compared() != 6 || asked > 5 {
		t.Errorf("compared %d, asked for %d", s.Compared(), asked)
	}
	if _, err := NewSearch("(0303)", 3); err == nil {
		t.Error("a search for nothing")
	}
}

// Two of the longest fingerprints there can be are compared in reasonable
// time.
func BenchmarkLongest(b *testing.B) {
	long := func(x string) string {
		return "tls/(0303)(" + strings.Repeat(x, (npf.MaxLen-40)/4) + ")((0000))"
	}
	s, err := NewSearch(long("1301"), 1)
	if err != nil {
		b.Fatal(err)
	}
	other := long("0a0a")
	for b.Loop() {
		s.matches = nil
		s.Offer(other, func() any { return nil })
	}
}

func FuzzElements(f *testing.F) {
	f.Add("tls/2/(0303)(130113021303)[(0000)(000a00040002001d)]")
	f.Add("ssh_kex/(612c62)(12c3)()")
	f.Add("tls/randomized")
	f.Fuzz(func(t *testing.T, fp string) {
		if s, err := NewSearch(fp, 1); err == nil {
			s.Offer(fp, func() any { return nil })
			if len(s.Matches()) != 1 || s.Matches()[0].Distance != 0 {
				t.Errorf("%q is not like itself", fp)
			}
		}
	})
}
