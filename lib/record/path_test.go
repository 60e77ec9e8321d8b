package record

import (
	"slices"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	const object = `{"a":1,"b":{"c":"x,]","d":[ ]},"e":[{"f":1},{"g":2},{"f":[3,"4"]} , [{"f":5}]],"h":[1,2]}`
	for path, want := range map[string][]string{
		"a": {"1"}, "b.c": {`"x,]"`}, "b.d": {"[ ]"}, "e.f": {"1", `[3,"4"]`, "5"}, "h": {"[1,2]"}, "b.d.x": nil, "x": nil, "a.b": nil, "h.x": nil,
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range p.Values(nil, []byte(object)) {
			got = append(got, string(v))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"", "a.", ".a", "a..b"} {
		if _, err := ParsePath(path); err == nil {
			t.Errorf("%q is a path", path)
		}
	}
	deep := strings.Repeat("[", 1000) + `{"a":1}` + strings.Repeat("]", 1000)
	if got := (Path{"a"}).Values(nil, []byte(deep)); len(got) != 0 {
		t.Errorf("%q at depth 1000", got)
	}
}

func FuzzPath(f *testing.F) {
	f.Add([]byte(`{"a":[{"a":"\"]"},1]}`))
	f.Add([]byte(`{"a":[`))
	f.Fuzz(func(_ *testing.T, object []byte) {
		Path{"a"}.Values(nil, object)
		Path{"a", "a"}.Values(nil, object)
	})
}
