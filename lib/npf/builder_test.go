package npf

import (
	"strings"
	"testing"
)

func TestBuilder(t *testing.T) {
	var b Builder
	if b.Type() != None || b.Bytes() != nil {
		t.Error("the zero builder holds a fingerprint")
	}
	b.Begin(TLS, 1)
	b.String([]byte{3, 3})
	b.String(nil)
	s := b.OpenSorted()
	for _, e := range [][]byte{{0, 0x2b}, {0, 0x0a}, {0, 0x0a, 1}, {0}} {
		b.String(e)
		s.Next()
	}
	s.Close()
	const want = "tls/1/(0303)()[(00)(000a)(000a01)(002b)]"
	if string(b.Bytes()) != want || b.Type() != TLS {
		t.Errorf("got %s, want %s", b.Bytes(), want)
	}
	b.Begin(TCP, 0)
	if string(b.Bytes()) != "tcp/" {
		t.Errorf("got %s", b.Bytes())
	}
	b.Discard()
	if b.Type() != None || b.Bytes() != nil {
		t.Error("a discarded fingerprint is still there")
	}
}

func TestNestedSort(t *testing.T) {
	var b Builder
	b.Begin(QUIC, 0)
	outer := b.OpenSorted()
	b.String([]byte{9})
	outer.Next()
	b.Open()
	b.String([]byte{5})
	inner := b.OpenSorted()
	for _, x := range []byte{7, 4, 6} {
		b.String([]byte{x})
		inner.Next()
	}
	inner.Close()
	b.Close()
	outer.Next()
	b.String([]byte{1})
	outer.Next()
	outer.Close()
	const want = "quic/[((05)[(04)(06)(07)])(01)(09)]"
	if string(b.Bytes()) != want {
		t.Errorf("got %s, want %s", b.Bytes(), want)
	}
}

func TestTooLong(t *testing.T) {
	var b Builder
	b.Begin(HTTP, 0)
	b.String(make([]byte, MaxLen/2))
	if b.Type() != None {
		t.Error("a fingerprint that is too long is kept")
	}
	b.Begin(HTTP, 0)
	b.Text(strings.Repeat("0", MaxLen))
	if b.Type() != None {
		t.Error("a fingerprint that is too long is kept")
	}
}

func TestNoAllocation(t *testing.T) {
	var b Builder
	build := func() {
		b.Begin(TLS, 1)
		s := b.OpenSorted()
		for x := byte(60); x > 0; x-- {
			b.Open()
			b.Uint16(uint16(x))
			b.Uint8(x)
			b.Close()
			s.Next()
		}
		s.Close()
	}
	build()
	if n := testing.AllocsPerRun(100, build); n != 0 {
		t.Errorf("%v allocations per fingerprint", n)
	}
}
