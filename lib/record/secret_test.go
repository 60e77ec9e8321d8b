package record

import (
	"regexp"
	"testing"
)

func TestMask(t *testing.T) {
	key := []byte("0123456789abcdef")
	write := func(m *Mask, f func(*Writer)) string {
		w := NewWriter(nil)
		w.SetMask(m)
		f(w)
		return string(w.Bytes())
	}
	methods := map[string]func(*Writer, []byte){
		"Text": (*Writer).SecretText, "Hex": (*Writer).SecretHex, "Base64": (*Writer).SecretBase64, "Str": (*Writer).SecretStr,
	}
	plain := map[string]string{"Text": `"pass"`, "Hex": `"70617373"`, "Base64": `"cGFzcw=="`, "Str": `"pass"`}
	want := write(NewMask(key), func(w *Writer) { w.SecretText([]byte("pass")) })
	if !regexp.MustCompile(`^"masked:4:[0-9a-f]{16}"$`).MatchString(want) {
		t.Errorf("got %s", want)
	}
	for name, method := range methods {
		if got := write(nil, func(w *Writer) { method(w, []byte("pass")) }); got != plain[name] {
			t.Errorf("%s: got %s without a mask", name, got)
		}
		if got := write(NewMask(key), func(w *Writer) { method(w, []byte("pass")) }); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if got := write(NewMask(key), func(w *Writer) { method(w, nil) }); got != `""` {
			t.Errorf("%s: got %s for nothing", name, got)
		}
	}
	if got := write(NewMask([]byte("another key, longer")), func(w *Writer) { w.SecretText([]byte("pass")) }); got == want {
		t.Error("the key does not count")
	}
	if got := write(NewMask(key), func(w *Writer) { w.SecretText([]byte("pasS")) }); got == want {
		t.Error("the value does not count")
	}
	if got := write(NewMask(key), func(w *Writer) { w.SecretKeys([]byte("pass")) }); got != `"masked:4"` {
		t.Errorf("keys: got %s", got)
	}
	if got := write(nil, func(w *Writer) { w.SecretKeys([]byte("pass")) }); got != `"pass"` {
		t.Errorf("keys: got %s without a mask", got)
	}
	parts := func(w *Writer) {
		s := w.OpenText()
		s.Text([]byte("a\"="))
		s.Secret([]byte("pass"))
		s.Secret(nil)
		s.Close()
	}
	if got, want := write(NewMask(key), parts), `"a\"=`+want[1:]; got != want {
		t.Errorf("parts: got %s, want %s", got, want)
	}
	if got := write(nil, parts); got != `"a\"=pass"` {
		t.Errorf("parts: got %s without a mask", got)
	}
}

func TestMaskAllocates(t *testing.T) {
	w := NewWriter(make([]byte, 0, 1024))
	w.SetMask(NewMask([]byte("0123456789abcdef")))
	secret := []byte("wonderland")
	if n := testing.AllocsPerRun(100, func() {
		w.Reset(0)
		w.SecretText(secret)
		w.SecretHex(secret)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
