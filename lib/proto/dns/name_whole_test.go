package dns

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"merctools/lib/wire"
)

// A name that is read in one piece is what its labels give one by one.
func TestReadWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	whole := 0
	for range 100_000 {
		msg := randomName(random)
		var got, want Name
		got.root = random.IntN(2) == 0
		want.root = got.root
		c, d := wire.Of(msg), wire.Of(msg)
		got.Parse(&c, msg)
		if want.readLabels(&d, msg) {
			want.netbios = want.looksLikeNetBIOS()
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) || got.n != want.n || got.invalid != want.invalid || got.netbios != want.netbios {
			t.Fatalf("%x: got %q, want %q", msg, got.Bytes(), want.Bytes())
		}
		if !bytes.Equal(c, d) || c.Failed() != d.Failed() {
			t.Fatalf("%x: %x is left, want %x", msg, c, d)
		}
		if d = wire.Of(msg); want.readWhole(&d, nil) {
			whole++
		}
	}
	if whole < 1000 {
		t.Fatalf("only %d names were read in one piece", whole)
	}
}

// A name that is not read again, since it is a pointer to the one before, is what it
// would be if it were.
func TestRecalledName(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	again := 0
	for range 3000 {
		var msg []byte
		for range 1 + random.IntN(4) {
			msg = append(msg, randomName(random)...)
		}
		msg = append(msg, "\x03www\x07example\x03com\x00"...)
		recalled := Name{recalls: true, root: random.IntN(2) == 0}
		for range 20 {
			// Few offsets, so that some come again at once; either bit makes a pointer.
			at := headerLen + random.IntN(3)*random.IntN(len(msg))
			name := []byte{"\x40\x80\xc0"[random.IntN(3)] | byte(at>>8), byte(at), 1, 2, 3}
			if random.IntN(8) == 0 {
				name = append([]byte("\x01a"), name...)
			}
			if random.IntN(20) == 0 {
				name = name[:1]
			}
			fresh := Name{root: recalled.root}
			c, d := wire.Of(name), wire.Of(name)
			if (&recalled).again(&c) {
				again++
			}
			c = wire.Of(name)
			recalled.Parse(&c, msg)
			fresh.Parse(&d, msg)
			if !bytes.Equal(recalled.Bytes(), fresh.Bytes()) || recalled.n != fresh.n || recalled.invalid != fresh.invalid || recalled.netbios != fresh.netbios {
				t.Fatalf("%x in %x: got %q, want %q", name, msg, recalled.Bytes(), fresh.Bytes())
			}
			if !bytes.Equal(c, d) || c.Failed() != d.Failed() {
				t.Fatalf("%x: %x is left, want %x", name, c, d)
			}
		}
	}
	if again < 1000 {
		t.Errorf("only %d names were not read again", again)
	}
}

// A name that is read by hops is what it is without.
func TestHops(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	h := new(hops)
	long := 0
	for range 3000 {
		var msg []byte
		for range 1 + random.IntN(3) {
			labels := 1 + random.IntN(130)
			for range labels {
				n := 1 + random.IntN(1+random.IntN(3))
				msg = append(append(msg, byte(n)), "..a"[:n]...)
			}
			switch random.IntN(4) {
			case 0:
				msg = append(msg, 0xc0, byte(headerLen+random.IntN(len(msg))))
			case 1:
				msg = append(msg, randomName(random)...)
			default:
				msg = append(msg, 0)
			}
		}
		if random.IntN(4) == 0 {
			msg = append(make([]byte, maxOffset-random.IntN(400)), msg...)
		}
		h.read(msg)
		got, want := Name{hops: h}, Name{}
		for range 20 {
			at := random.IntN(min(len(msg), maxOffset-headerLen)) + headerLen
			if random.IntN(2) == 0 {
				at = max(at, min(len(msg), maxOffset-headerLen)-random.IntN(300))
			}
			name := []byte{0xc0 | byte(at>>8), byte(at)}
			for range random.IntN(3) {
				name = append([]byte("\x02xy"), name...)
			}
			c, d := wire.Of(name), wire.Of(name)
			got.Parse(&c, msg)
			want.Parse(&d, msg)
			if !bytes.Equal(got.Bytes(), want.Bytes()) || got.n != want.n || got.invalid != want.invalid || got.netbios != want.netbios {
				t.Fatalf("%x in %d bytes: got %q, want %q", name, len(msg), got.Bytes(), want.Bytes())
			}
			if want.n > 200 {
				long++
			}
		}
	}
	if long < 1000 {
		t.Errorf("only %d names were long", long)
	}
}

// randomName returns labels, some longer than they say, some shorter, and some
// with the length of a pointer, and bytes behind them.
func randomName(r *rand.Rand) []byte {
	var msg []byte
	for range r.IntN(8) {
		length := r.IntN(64)
		if r.IntN(10) == 0 {
			length = r.IntN(256)
		}
		msg = append(msg, byte(length))
		if r.IntN(10) == 0 {
			length = r.IntN(length + 2)
		}
		for range length {
			msg = append(msg, byte(r.IntN(256)))
		}
	}
	if r.IntN(4) > 0 {
		msg = append(msg, 0)
	}
	for range r.IntN(100) {
		msg = append(msg, byte(r.IntN(256)))
	}
	return msg
}

func BenchmarkName(b *testing.B) {
	msg := append([]byte("\x03www\x07example\x03com\x00\x00\x01\x00\x01"), make([]byte, 64)...)
	var n Name
	for b.Loop() {
		c := wire.Of(msg)
		n.Parse(&c, msg)
	}
}
