package memo

import (
	"strconv"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	m := New()
	const n = 10 * sets * ways
	found := 0
	for i := range n {
		key := []byte("key " + strconv.Itoa(i))
		if text, ok := m.Find(key); ok {
			t.Fatalf("%s: %q before it was added", key, text)
		}
		m.Add(key, []byte("text "+strconv.Itoa(i)))
		if text, ok := m.Find(key); !ok || string(text) != "text "+strconv.Itoa(i) {
			t.Fatalf("%s: %q, %t", key, text, ok)
		}
	}
	for i := range n {
		if text, ok := m.Find([]byte("key " + strconv.Itoa(i))); ok {
			found++
			if string(text) != "text "+strconv.Itoa(i) {
				t.Errorf("%d: %q", i, text)
			}
		}
	}
	if found == 0 || found > sets*ways {
		t.Errorf("%d found", found)
	}
	for m, n := range map[*Table]int{m: maxLen, NewShort(): maxShort} {
		long := []byte(strings.Repeat("x", n+1))
		m.Add(long, []byte("y"))
		m.Add(long[:n], long[:n])
		if _, ok := m.Find(long); ok {
			t.Errorf("a key of %d bytes is kept", n+1)
		}
		if text, ok := m.Find(long[:n]); !ok || len(text) != n {
			t.Errorf("a key of %d bytes: %t, %d bytes", n, ok, len(text))
		}
	}
}
