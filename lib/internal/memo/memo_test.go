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
	long := []byte(strings.Repeat("x", maxLen+1))
	m.Add(long, []byte("y"))
	if _, ok := m.Find(long); ok {
		t.Error("a long key is kept")
	}
}
