package record

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestScan(t *testing.T) {
	const text = ` {"a":"x\"}","b":{"c":[1,{"d":"]"}],"e":null},"f":-1.5e3 , "g":[]} rest`
	s := Scan([]byte(text))
	want := [][2]string{{"a", `"x\"}"`}, {"b", `{"c":[1,{"d":"]"}],"e":null}`}, {"f", "-1.5e3"}, {"g", "[]"}}
	var m Member
	for _, w := range want {
		if !s.Next(&m) || string(m.Name) != w[0] || string(m.Value) != w[1] || text[m.Start] != '"' || text[m.End-1] != w[1][len(w[1])-1] {
			t.Fatalf("got %s: %s, want %s: %s", m.Name, m.Value, w[0], w[1])
		}
	}
	if s.Next(&m) || !s.Complete() || text[s.pos:] != " rest" {
		t.Errorf("the object does not end where it ends, at %d", s.pos)
	}
	if got := Find([]byte(text), "b", "c"); string(got) != `[1,{"d":"]"}]` {
		t.Errorf("Find gives %s", got)
	}
	if Find([]byte(text), "b", "x") != nil || Find([]byte(text), "a", "x") != nil {
		t.Error("Find finds what is not there")
	}
}

// A string ends at the first quote that is not escaped.
func TestSkipString(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		text := []byte{'"'}
		for range random.IntN(100) {
			text = append(text, strings.Repeat("a\\\\\"x\xff\x00"[random.IntN(7):][:1], 1+random.IntN(3))...)
		}
		want, ok := 0, false
		for i := 1; i < len(text) && !ok; i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				want, ok = i+1, true
			}
		}
		if end, found := skipString(text, 0); end != want || found != ok {
			t.Fatalf("%q ends at %d, %t, not at %d, %t", text, end, found, want, ok)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", "x", "{", `{"a"`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":{}`, `{"a":"x}`, `{a:1}`, `{,}`} {
		s := Scan([]byte(text))
		var m Member
		for s.Next(&m) {
		}
		if s.Complete() {
			t.Errorf("%q is taken for an object", text)
		}
	}
}

func TestUnescape(t *testing.T) {
	for _, s := range []string{"", "plain", "a\"b\\c/\n\t\r\b\f\x00", "caf\u00e9 \u20ac \U0001f600", "\ufffd"} {
		escaped, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendUnescaped(nil, Quoted(escaped))); got != s {
			t.Errorf("%s gives %q", escaped, got)
		}
		if got := string(AppendUnescaped(nil, AppendText(nil, []byte(s)))); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,"\u00e9\\"]},"c":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(text, &want) == nil && want != nil
		s := Scan(text)
		var m Member
		for s.Next(&m) {
			AppendUnescaped(nil, Quoted(m.Value))
			AppendUnescaped(nil, m.Name)
		}
		if valid && !s.Complete() {
			t.Fatalf("%q is not taken for an object", text)
		}
	})
}
