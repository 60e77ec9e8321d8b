package npf

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tree, err := Parse("tls/2/(0303)(1301)[(0000)((0039)[(01)(03)])()]")
	if err != nil {
		t.Fatal(err)
	}
	if tree.Type != TLS || tree.Format != 2 || len(tree.Groups) != 3 || !tree.Groups[2].Sorted {
		t.Errorf("%+v", tree)
	}
	if x := tree.Groups[2].List; len(x) != 3 || len(x[1].List) != 2 || string(x[1].List[1].List[1].Value) != "\x03" {
		t.Errorf("%+v", x)
	}
	if tree, err = Parse("smtp_server/"); err != nil || tree.Type != SMTPServer || tree.Groups != nil {
		t.Errorf("%+v, %v", tree, err)
	}
	if tree, err = Parse("tofsee/1/generic"); err != nil || tree.Word != "generic" || tree.Groups != nil {
		t.Errorf("%+v, %v", tree, err)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ fp, want string }{
		{"", "offset 0: it has no type"},
		{"tls", "offset 0: it has no type"},
		{"tlz/(0303)", `offset 0: unknown type "tlz"`},
		{"unknown/(0303)", `offset 0: unknown type "unknown"`},
		{"tls/x/(0303)", `offset 4: "x" is not the number`},
		{"tls/(0303", `offset 4: the '(' here is not closed`},
		{"tls/(030)", "offset 8: an odd number"},
		{"tls/(03g3)", `offset 7: unexpected 'g'`},
		{"tls/(0303))", `offset 10: unexpected ')'`},
		{"tls/(0303)[(00)", `offset 10: the '[' here is not closed`},
		{"tls/(0303)[0000]", `offset 11: unexpected '0'`},
		{"tls/" + strings.Repeat("(", 9), "offset 12: too many groups"},
		{"tls/(" + strings.Repeat("00", 4096) + ")", "longer than 8191"},
	} {
		if tree, err := Parse(tt.fp); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.40q: %+v, %v; want %s", tt.fp, tree, err, tt.want)
		}
	}
}

// What is read writes the same text again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"tls/(0303)(1301)((0000)(000b000403000102))", "quic/1/(00000001)(0303)()[((0039)[(01)])]",
		"tofsee/1/generic", "tcp/(40)()(40)(faf0)((020405b4)(04))", "ssh/((61)(62))", "x/(", "dhcp/((35",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tree, err := Parse(s)
		if err != nil {
			if _, ok := err.(*SyntaxError); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		var b Builder
		b.Begin(tree.Type, tree.Format)
		b.Text(tree.Word)
		for _, n := range tree.Groups {
			write(&b, n)
		}
		if got := string(b.buf); got != strings.ToLower(s) {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}

func write(b *Builder, n Node) {
	if n.Sorted {
		b.Text("[")
	} else {
		b.Open()
	}
	b.buf = appendDigits(b.buf, n.Value)
	for _, m := range n.List {
		write(b, m)
	}
	if n.Sorted {
		b.Text("]")
	} else {
		b.Close()
	}
}

func appendDigits(dst, s []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range s {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}
