package reassembly

import (
	"bytes"
	"testing"
)

// FuzzBuffer holds what is put together against an array of bytes of which the
// first count. Each operation has a kind, an offset and a length; a length of 0
// moves the beginning.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 4, 4, 0, 0, 4, 0, 2, 9, 0, 30, 3, 1, 6, 0, 0, 0, 40})
	f.Add([]byte{0, 9, 1, 0, 5, 1, 0, 1, 1, 0, 0, 20, 2, 3, 0, 0, 0, 3})
	f.Add([]byte{0, 200, 50, 0, 100, 110, 1, 250, 0, 0, 0, 255})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var b Buffer
		var model []byte // 0 where nothing is
		for i := 0; i+3 <= len(ops); i += 3 {
			at, n, value := int(ops[i+1]), int(ops[i+2]), byte(i%255+1)
			switch {
			case n == 0 && ops[i]&1 == 0:
				b.Rebase(at)
				model = append(make([]byte, at), model...)
			case n == 0:
				b.Advance(at)
				model = model[min(at, len(model)):]
			default:
				var fresh, overlaps bool
				for len(model) < at+n {
					model = append(model, 0)
				}
				for j := range model[at : at+n] {
					if at := at + j; model[at] == 0 {
						model[at], fresh = value, true
					} else {
						overlaps = true
					}
				}
				if f, o := b.Add(at, bytes.Repeat([]byte{value}, n)); f != fresh || o != overlaps {
					t.Fatalf("Add returns %v, %v in place of %v, %v", f, o, fresh, overlaps)
				}
			}
			check(t, &b, model)
		}
		memory := b.Memory()
		b.Reset()
		if check(t, &b, nil); b.Memory() != memory {
			t.Errorf("memory of %d bytes becomes %d", memory, b.Memory())
		}
	})
}

// check holds a Buffer against what should be in it.
func check(t *testing.T, b *Buffer, model []byte) {
	t.Helper()
	begun := bytes.IndexByte(append(model, 0), 0)
	if !bytes.Equal(b.Begun(), model[:begun]) {
		t.Fatalf("%x begins it, not %x", b.Begun(), model[:begun])
	}
	end := 0
	for i, s := range b.Spans {
		if i > 0 && s.Begin <= end || s.End <= s.Begin {
			t.Fatalf("spans %v", b.Spans)
		}
		if bytes.Count(model[end:s.Begin], []byte{0}) != s.Begin-end || !bytes.Equal(b.Bytes[s.Begin:s.End], model[s.Begin:s.End]) {
			t.Fatalf("%x in spans %v, not %x", b.Bytes, b.Spans, model)
		}
		end = s.End
	}
	if len(bytes.Trim(model[end:], "\x00")) > 0 {
		t.Fatalf("spans %v, not %x", b.Spans, model)
	}
}
