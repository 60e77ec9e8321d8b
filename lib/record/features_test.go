package record

import (
	"encoding/json"
	"testing"
)

func TestFeatures(t *testing.T) {
	const text = `["00ff",["0a"],"",["01",]]`
	write := func(f *Features) {
		f.Open()
		f.Hex([]byte{0, 255})
		f.Open()
		f.HexUint(10, 2)
		f.Close()
		f.Hex(nil)
		f.Open()
		f.HexUint(1, 2)
		f.Comma()
		f.Close()
		f.Close()
	}
	var w Writer
	f := w.Features(len(text))
	write(&f)
	if !f.End() {
		t.Error("does not fit")
	}
	var s string
	if err := json.Unmarshal(w.Bytes(), &s); err != nil || s != text {
		t.Errorf("got %s (%v), want the string %s", w.Bytes(), err, text)
	}
	w.Reset(0)
	f = w.Features(len(text) - 1)
	write(&f)
	if f.Fit() || f.End() {
		t.Error("one character too many fits")
	}
	w.Reset(0)
	if f = w.Features(10); f.End() {
		t.Error("an empty string counts as features")
	}
}
