package envelope

import (
	"encoding/base64"
	"strings"
	"testing"
)

// The question of a message is read whole wherever its name would be cut off by
// reading the message's beginning only, and what decides it is told only where
// it does.
func TestQuestion(t *testing.T) {
	const header, end = "\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", "\x00\x01\x00\x01"
	var v View
	known := map[string]string{} // what decides: the name
	for size := 1; size <= 63; size++ {
		for labels := 1; labels*(size+1) < 255; labels++ {
			for last := range 2 { // names that begin alike
				label := strings.Repeat("a", size)
				wire := strings.Repeat(string([]byte{byte(size)})+label, labels) + string([]byte{1, byte('a' + last)}) + "\x00"
				if len(wire) > 255 {
					continue
				}
				want := strings.Repeat(label+".", labels) + string([]byte{byte('a' + last)}) + "."
				text := []byte(base64.StdEncoding.EncodeToString([]byte(header + wire + end)))
				name, decided := v.Question(text)
				if string(name) != want {
					t.Errorf("%d labels of %d bytes: %s", labels, size, name)
				}
				if by := string(Questioned(text)); decided {
					if other, ok := known[by]; ok && other != want {
						t.Errorf("%s decides %s and %s", by, other, want)
					}
					known[by] = want
				}
			}
		}
	}
	if len(known) < 100 {
		t.Errorf("only %d are decided", len(known))
	}
	// A name of which the rest is elsewhere, near or far, and one that ends with
	// the message, as dns reads it.
	for _, tt := range []struct{ wire, rest, want string }{
		{"\x01b\xc0\x14" + end + "\x01c\x00", strings.Repeat(".", 20), "b.c."},
		{"\x01b\xc1\x2c" + end + strings.Repeat(".", 280) + "\x01c\x00", strings.Repeat(".", 20), "b.c."},
		{"\x01b", "", "b."},
	} {
		name, decided := v.Question([]byte(base64.StdEncoding.EncodeToString([]byte(header + tt.wire + tt.rest))))
		if string(name) != tt.want || decided {
			t.Errorf("%.20q: %q, %t", tt.wire, name, decided)
		}
	}
}
