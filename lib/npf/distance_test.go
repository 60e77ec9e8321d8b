package npf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestElements(t *testing.T) {
	for _, c := range []struct {
		fp     string
		typ    Type
		format int
		want   string
	}{
		{"tls/2/(0303)(130113021303)[(0000)(000a00040002001d)]", TLS, 2,
			"0:0303 1:1301 1:1302 1:1303 2:0000 2:000a00040002001d"},
		{"tls/(0303)(1301)()", TLS, 0, "0:0303 1:1301 2:"},
		{"tls/randomized", TLS, 0, "0:randomized"},
		{"quic/(00000001)(0303)(130113021303)[((0039)[(04)(05)])(002b0003020304)]", QUIC, 0,
			"0:00000001 1:0303 2:1301 2:1302 2:1303 3:0039 3:04 3:05 3:002b0003020304"},
		{"http/(474554)(485454502f312e31)((486f7374))", HTTP, 0, "0:474554 1:485454502f312e31 2:486f7374"},
		{"tls/(0303)(13011302c0)()", TLS, 0, "0:0303 1:1301 1:1302 1:c0 2:"},
		{"openvpn/(06)(03)(0400)(14)(0301)(c014c00a)((0023))", OpenVPN, 0,
			"0:06 1:03 2:0400 3:14 4:0301 5:c014 5:c00a 6:0023"},
		// 2c is a comma, but not where it is half of two bytes.
		{"ssh_kex/(612c62)(12c3)()", SSHKex, 0, "0:61 0:62 1:12c3 2:"},
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
		"tls/" + strings.Repeat("(", MaxLen),
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
		s := &Target{codes: sequence(), other: sequence(), present: make([]int32, 4)}
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

func TestDistanceOf(t *testing.T) {
	const fp = "tls/(0303)(130113021303c02bc02f)((0000)(0017)(0023))"
	for other, want := range map[string]int{
		fp: 0,
		"tls/(0303)(130113021303c02bc02f)((0000)(0017))":             1,
		"tls/(0303)(c02bc02f)((0000)(0017)(0023))":                   3,
		"tls/(0301)(130113021303c02bc02f)((0017)(0023)(0029))":       3,
		"tls/(0303)(130113021303c02b)((0000)(0017)(0010)(0023))":     2,
		"tls/(0303)(130113021303c02bc02f)((0000)(0017)(0010)(0023))": 1,
	} {
		if got, err := Distance(fp, other); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", other, got, err, want)
		}
	}
	for _, bad := range []string{"http/(474554)(485454502f312e31)((486f7374))", "(0303)"} {
		if d, err := Distance(fp, bad); err == nil {
			t.Errorf("%s: %d", bad, d)
		}
		if d, err := Distance(bad, fp); err == nil {
			t.Errorf("%s: %d", bad, d)
		}
	}
}

// Two of the longest fingerprints there can be are compared in reasonable
// time.
func BenchmarkLongest(b *testing.B) {
	long := func(x string) string {
		return "tls/(0303)(" + strings.Repeat(x, (MaxLen-40)/4) + ")((0000))"
	}
	target, err := NewTarget(long("1301"))
	if err != nil {
		b.Fatal(err)
	}
	_, _, other, err := Elements(long("0a0a"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		target.Distance(other, 2*len(other))
	}
}

func FuzzElements(f *testing.F) {
	f.Add("tls/2/(0303)(130113021303)[(0000)(000a00040002001d)]")
	f.Add("ssh_kex/(612c62)(12c3)()")
	f.Add("tls/randomized")
	f.Fuzz(func(t *testing.T, fp string) {
		if _, _, _, err := Elements(fp); err != nil {
			return
		}
		if d, err := Distance(fp, fp); err != nil || d != 0 {
			t.Errorf("%q is not like itself: %d, %v", fp, d, err)
		}
	})
}
