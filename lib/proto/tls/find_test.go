package tls

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"merctools/lib/wire"
)

// What a ClientHello finds is what its extensions have first.
func TestFind(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	types := []byte{0, 10, 11, 13, 16, 35, 43, 45, 51, 57}
	var m ClientHello
	for range 20_000 {
		var x []byte
		for range random.IntN(20) {
			n := random.IntN(4)
			x = append(append(x, 0, types[random.IntN(len(types))], 0, byte(n)), "abcd"[:n]...)
		}
		x = x[:len(x)-random.IntN(min(len(x), 3)+1)]
		body := append([]byte("\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01\x01\x00"), byte(len(x)>>8), byte(len(x)))
		if !m.Parse(wire.Of(append(body, x...))) {
			t.Fatal("no ClientHello")
		}
		for range 3 {
			kind := ExtensionType(types[random.IntN(len(types))])
			got, want := m.Find(kind), m.Extensions.Find(kind)
			if !bytes.Equal(got, want) || got.Ok() != want.Ok() {
				t.Fatalf("%x has %x of %d, not %x", x, want, kind, got)
			}
		}
	}
}
