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
	x := b.OpenExtensions(Sorted)
	for _, e := range [][]byte{{0, 0x2b}, {0, 0x0a, 1}, {0, 0x0a}, {0, 0}} {
		x.Add(uint16(e[0])<<8|uint16(e[1]), e)
	}
	for i := range x.Arrange() {
		b.String(x.At(i).Value)
	}
	x.Close()
	const want = "tls/1/(0303)()[(0000)(000a)(000a01)(002b)]"
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
	values := [][]byte{{0, 13, 3, 3}, {0, 13, 9}, {0, 13, 3, 2}}
	build := func() {
		b.Begin(TLS, 1)
		x := b.OpenExtensions(Sorted)
		for code := uint16(60); code > 0; code-- {
			x.Add(code, nil)
		}
		for _, value := range values {
			x.Add(13, value)
		}
		for i := range x.Arrange() {
			e := x.At(i)
			b.Open()
			b.Uint16(e.Shown)
			b.Hex(e.Value)
			b.Close()
			x.AddParameter(uint64(e.Code&15) << 56)
			x.AddParameter(0x4005 << 48)
			x.WriteParameters(e.Shown)
		}
		x.Close()
	}
	build()
	if n := testing.AllocsPerRun(100, build); n != 0 {
		t.Errorf("%v allocations per fingerprint", n)
	}
}
