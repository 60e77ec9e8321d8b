package record

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func shorten(text string, size int) (string, *Shortener) {
	s := new(Shortener)
	b := []byte(text)
	return string(b[:s.Shorten(b, size)]), s
}

func TestShorten(t *testing.T) {
	const text = `{"a":{"b":[1,22,333],"c":"dddd"},"e":"f"}`
	tests := []struct {
		size  int
		want  string
		bytes int
		names string
	}{
		{len(text), text, 0, ""},
		{100, text, 0, ""},
		{len(text) - 1, `{"a":{"b":[1,22,333],"c":"dddd"}}`, 7, "e"},
		{30, `{"a":{"b":[1,22,333]},"e":"f"}`, 10, "a"},
		{29, `{"a":{"b":[1,22,333]}}`, 17, "a e"},
		{21, `{"a":{"b":[1,22]}}`, 20, "a e"},
		{15, `{"a":{"b":[1]}}`, 0, "a e"},
		{14, `{"a":{"b":[]}}`, 0, "a e"},
		{13, `{"a":{}}`, 0, "a e"},
		{9, `{"a":{}}`, 0, "a e"},
		{8, `{"a":{}}`, 0, "a e"},
		{7, `{}`, 0, "a e"},
		{2, `{}`, 0, "a e"},
	}
	for _, tt := range tests {
		got, s := shorten(text, tt.size)
		var names []string
		s.Members(func(name []byte) { names = append(names, string(name)) })
		if !strings.HasPrefix(got, "{") || !json.Valid([]byte(got)) || len(got) > tt.size {
			t.Errorf("%d: got %s", tt.size, got)
		}
		if tt.bytes > 0 && s.Bytes != tt.bytes || strings.Join(names, " ") != tt.names {
			t.Errorf("%d: %d bytes left out of %q, want %d of %q: %s", tt.size, s.Bytes, names, tt.bytes, tt.names, got)
		}
		if tt.bytes > 0 && got != tt.want {
			t.Errorf("%d: got %s, want %s", tt.size, got, tt.want)
		}
	}
}

// TestShortenRandom cuts random objects to all sizes: what is left is JSON of
// that size at most, and all of it is in the object.
func TestShortenRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		w := NewWriter(nil)
		writeRandomObject(w, r, 0)
		text := string(w.Bytes())
		var whole any
		if err := json.Unmarshal([]byte(text), &whole); err != nil {
			t.Fatal(err)
		}
		for size := 2; size < len(text)+2; size++ {
			got, s := shorten(text, size)
			var v any
			if err := json.Unmarshal([]byte(got), &v); err != nil || len(got) > size {
				t.Fatalf("%s to %d: %v: %s", text, size, err, got)
			}
			if !within(v, whole) || (s.Bytes == 0) != (got == text) {
				t.Fatalf("%s to %d: got %s, %d bytes left out", text, size, got, s.Bytes)
			}
		}
	}
}

func writeRandomObject(w *Writer, r *rand.Rand, depth int) {
	w.Object()
	for i := range r.IntN(5) {
		w.Key(string(rune('a' + i)))
		writeRandom(w, r, depth)
	}
	w.EndObject()
}

func writeRandom(w *Writer, r *rand.Rand, depth int) {
	switch n := r.IntN(5); {
	case n == 0 && depth < 4:
		writeRandomObject(w, r, depth+1)
	case n == 1 && depth < 4:
		w.Array()
		for range r.IntN(5) {
			w.Elem()
			writeRandom(w, r, depth+1)
		}
		w.EndArray()
	case n == 2:
		w.Uint(uint64(r.IntN(2000)))
	default:
		w.Text([]byte(strings.Repeat(`"\x]},`, r.IntN(3))))
	}
}

// within reports whether a value is another one, or less of it.
func within(v, whole any) bool {
	switch v := v.(type) {
	case map[string]any:
		all, ok := whole.(map[string]any)
		for name, e := range v {
			if f, there := all[name]; !there || !within(e, f) {
				return false
			}
		}
		return ok
	case []any:
		all, ok := whole.([]any)
		if !ok || len(v) > len(all) {
			return false
		}
		for i := range v {
			if !within(v[i], all[i]) {
				return false
			}
		}
		return true
	}
	return v == whole
}

func FuzzShorten(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,22,333],"c":"dd\"dd"},"e":"f"}`), uint16(30))
	f.Add([]byte(`{"a":[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]}`), uint16(20))
	f.Fuzz(func(t *testing.T, text []byte, size uint16) {
		var v map[string]json.RawMessage
		if json.Unmarshal(text, &v) != nil || size < 2 || text[0] != '{' {
			return
		}
		compact, err := json.Marshal(v)
		if err != nil {
			return
		}
		if got, _ := shorten(string(compact), int(size)); !json.Valid([]byte(got)) || len(got) > int(size) {
			t.Errorf("%s to %d: %s", compact, size, got)
		}
	})
}

func TestShortenAllocates(t *testing.T) {
	text := []byte(`{"a":{"b":[` + strings.Repeat("1,", 5000) + `1],"c":"dddd"},"e":"f"}`)
	room := make([]byte, len(text))
	var s Shortener
	if n := testing.AllocsPerRun(100, func() {
		copy(room, text)
		s.Shorten(room, 300)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
