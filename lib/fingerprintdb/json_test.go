package fingerprintdb

import (
	"bytes"
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

// show writes a document again, from its tokens.
func show(d *document, n node) string {
	switch d.kind(n) {
	case '{':
		var parts []string
		for k, v := range d.members(n) {
			parts = append(parts, string(d.str(k))+"="+show(d, v))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case '[':
		var parts []string
		for v := range d.elements(n) {
			parts = append(parts, show(d, v))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case '"':
		return "'" + string(d.str(n)) + "'"
	}
	return string(d.raw(n))
}

func TestDocument(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{}`, `{}`},
		{` [ ] `, `[]`},
		{`{"a":1,"b":[true,false,null,{"c":"d"}],"e":-1.5e+3}`, `{a=1,b=[true,false,null,{c='d'}],e=-1.5e+3}`},
		{"[[[1],2],3,\t[4,\r\n[5]]]", `[[[1],2],3,[4,[5]]]`},
		{`"a\"\\\/\b\f\n\r\tz"`, "'a\"\\/\b\f\n\r\tz'"},
		{`"\u0041\u00e9\u20ac\ud83d\ude00"`, "'Aé€😀'"},
		{`"\ud83dx\ude00\ud83d\u0041"`, "'\ufffdx\ufffd\ufffdA'"},
		{`{"\u0061":"\u0062"}`, `{a='b'}`},
		{`0`, `0`}, {`-0`, `-0`}, {`10`, `10`}, {`1E2`, `1E2`}, {`0.5`, `0.5`},
	}
	var d document
	for _, tt := range tests {
		if err := d.parse([]byte(tt.in)); err != nil {
			t.Errorf("%s: %v", tt.in, err)
		} else if got := show(&d, root); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
	for _, in := range []string{
		"", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
		"{,}", "[}", "{]", "tru", "truee", "nul", "NaN", "nan", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1",
		"\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u12\x114\"", "\"\\u123", "\"\n\"", "\"\x00\"", "1 2", "{} {}", "'a'", "\x00", "[1]\x00",
	} {
		if err := d.parse([]byte(in)); err == nil {
			t.Errorf("%q is accepted as %s", in, show(&d, root))
		}
	}
}

func TestDocumentLimits(t *testing.T) {
	var d document
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if err := d.parse(deep(maxNesting)); err != nil {
		t.Error(err)
	}
	if err := d.parse(deep(maxNesting + 1)); err != errNesting {
		t.Errorf("one too deep: %v", err)
	}
	if err := d.parse(bytes.Repeat([]byte("["), 1<<20)); err != errNesting {
		t.Errorf("very deep: %v", err)
	}
	wide := append(append([]byte("[0"), bytes.Repeat([]byte(",0"), maxTokens-2)...), ']')
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := d.parse(wide); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	room := uint64(maxTokens * unsafe.Sizeof(token{}))
	if got := after.TotalAlloc - before.TotalAlloc; got > room+room/8 {
		t.Errorf("%d bytes are allocated for values of %d", got, room)
	}
	if err := d.parse(append(wide[:len(wide)-1], ",0]"...)); err != errTokens {
		t.Errorf("one too many: %v", err)
	}
}

func TestDocumentAccess(t *testing.T) {
	var d document
	if err := d.parse([]byte(`{"x":{"a":9},"a":1,"\u0061":2,"s":"t","l":[1,[2,3],{"a":4}],"n":null,"t":true}`)); err != nil {
		t.Fatal(err)
	}
	if n := d.member(root, "a"); n == noNode || string(d.raw(n)) != "1" {
		t.Error("not the first member of a name")
	}
	if d.member(root, "b") != noNode || d.member(d.member(root, "s"), "t") != noNode || d.member(noNode, "a") != noNode {
		t.Error("a member that isn't there")
	}
	l := d.member(root, "l")
	if d.count(l) != 3 || !d.isArray(l) || d.isObject(l) || d.isString(l) || d.isTrue(l) || !d.isTrue(d.member(root, "t")) {
		t.Error("kinds")
	}
	for range d.elements(l) {
		break
	}
	for range d.members(root) {
		break
	}
}

func TestNumbers(t *testing.T) {
	var d document
	for in, want := range map[string]uint64{"0": 0, "7": 7, "18446744073709551615": math.MaxUint64, "18446744073709551609": math.MaxUint64 - 6} {
		d.parse([]byte(in))
		if v, ok := d.uint(root); !ok || v != want {
			t.Errorf("%s: %d, %t", in, v, ok)
		}
	}
	for _, in := range []string{"-1", "1.0", "1e3", "18446744073709551616", "99999999999999999999", "184467440737095516150", `"1"`, "null"} {
		d.parse([]byte(in))
		if v, ok := d.uint(root); ok {
			t.Errorf("%s: %d", in, v)
		}
	}
	if _, ok := d.uint(noNode); ok {
		t.Error("no number")
	}
	for in, want := range map[string]float64{"0": 0, "-1.5": -1.5, "1e3": 1000} {
		d.parse([]byte(in))
		if v, ok := d.float(root); !ok || v != want {
			t.Errorf("%s: %v, %t", in, v, ok)
		}
	}
	for _, in := range []string{"1e999", `"1"`, "true"} {
		d.parse([]byte(in))
		if v, ok := d.float(root); ok {
			t.Errorf("%s: %v", in, v)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,"\u00e9\ud83d\ude00\n",true,null],"b":{"c":{}}}`))
	f.Add([]byte(`["\ud800","\udc00\ud800\udc00"]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d document
		err := d.parse(b)
		if most := countTokens(b); len(d.tokens) > most {
			t.Fatalf("%q: %d tokens, %d counted", b, len(d.tokens), most)
		}
		if err == errNesting {
			return
		}
		if valid := json.Valid(b); valid != (err == nil) {
			t.Fatalf("%q: %v, valid is %t", b, err, valid)
		}
		if err != nil {
			return
		}
		show(&d, root)
		if d.isString(root) {
			// Invalid UTF-8 stays as it is here, and is replaced there.
			var want string
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			if got := strings.ToValidUTF8(string(d.str(root)), "\ufffd"); got != strings.ToValidUTF8(want, "\ufffd") && !strings.Contains(want, "\ufffd") {
				t.Fatalf("%q: got %q, want %q", b, got, want)
			}
		}
	})
}

func TestCountTokens(t *testing.T) {
	var d document
	for _, tt := range []struct {
		in   string
		most int
	}{
		{`1`, 1},
		{`[]`, 2},
		{`[1,[],{}]`, 6},
		{`{"a":1,"b":[true,{"c":"d"}]}`, 9},
		{`"a,b:[{"`, 5},
	} {
		if err := d.parse([]byte(tt.in)); err != nil {
			t.Fatal(err)
		}
		if got := countTokens([]byte(tt.in)); got != tt.most || len(d.tokens) > got {
			t.Errorf("%s: %d tokens at most, want %d; there are %d", tt.in, got, tt.most, len(d.tokens))
		}
	}
}
