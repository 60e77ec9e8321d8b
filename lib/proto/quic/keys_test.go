package quic

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// The keys of RFC 9001, appendix A.1, of RFC 9369, appendix A.1, and of
// draft-ietf-quic-tls-29, appendix A.1.
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		version     uint32
		key, iv, hp string
	}{
		{0x00000001, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"},
		{0x6b3343cf, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"},
		{0xff00001d, "175257a31eb09dea9366d8bb79ad80ba", "6b26114b9cba2b63a9e8dd4f", "9ddd12c994c0698b89374a9c077a3077"},
	} {
		s := suiteOf(tt.version)
		key, iv, hp := deriveForTest(t, s, rfcID)
		for _, x := range []struct {
			name string
			got  []byte
			want string
		}{{"key", key, tt.key}, {"iv", iv, tt.iv}, {"hp", hp, tt.hp}} {
			if hex.EncodeToString(x.got) != x.want {
				t.Errorf("%08x: %s is %x, not %s", tt.version, x.name, x.got, x.want)
			}
		}
		var k keys
		k.derive(s, []byte(rfcID), false)
		k.derivePayload()
		if hex.EncodeToString(k.iv[:]) != tt.iv {
			t.Errorf("%08x: derived iv %x, not %s", tt.version, k.iv, tt.iv)
		}
		in, want, got := make([]byte, 16), make([]byte, 16), make([]byte, 16)
		var o keys
		o.derive(s, []byte("another"), false)
		o.header.Encrypt(want, in)
		k.header.Encrypt(got, in)
		if string(got) == string(want) {
			t.Errorf("%08x: keys do not depend on the connection ID", tt.version)
		}
	}
}

// The header of RFC 9001, appendix A.2, as it is sent.
func TestProtectedHeader(t *testing.T) {
	b := packet{version: 1, dcid: rfcID, number: 2, numberLen: 4, payload: crypto(0, rfcHello)}.build(t)
	const want = "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b"
	if got := hex.EncodeToString(b[:len(want)/2]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestKeyCache(t *testing.T) {
	c := newKeyCache(new(proto.Options))
	for i := range 1000 {
		id := []byte{byte(i), byte(i >> 8), 7}[:1+i%3]
		s := &suites[i%len(suites)]
		k := c.get(s, id, false)
		if k.suite != s || string(k.id[:k.idLen]) != string(id) {
			t.Fatalf("%d: wrong keys", i)
		}
		if again := c.get(s, id, false); again != k {
			t.Fatalf("%d: not kept", i)
		}
	}
	k := c.get(&suites[3], nil, false)
	header := k.header
	if k = c.get(&suites[3], nil, false); k.header != header {
		t.Error("keys of an empty ID are derived again")
	}
	if n := testing.AllocsPerRun(100, func() { c.get(&suites[3], nil, false) }); n != 0 {
		t.Errorf("%v allocations for known keys", n)
	}
}

// TestKeysInFlight checks that most connections that began lately are remembered, and
// fewer where memory is scarce.
func TestKeysInFlight(t *testing.T) {
	for _, tt := range []struct {
		options            proto.Options
		began, least, most int
	}{
		{proto.Options{}, 700, 650, 700},
		{proto.Options{}, 5000, 1000, keySets * keyWays},
		{proto.Options{MinimizeRAM: true}, 5000, 100, keySetsLow * keyWays},
		{proto.Options{Memory: proto.Memory{QUIC: 1 << 30}}, 5000, 100, keySetsLow * keyWays},
	} {
		c := newKeyCache(&tt.options)
		id := func(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)*0x9e3779b97f4a7c15) }
		var headers []cipher.Block
		for n := range tt.began {
			headers = append(headers, c.get(&suites[3], id(n), false).header)
		}
		known := 0
		for n := tt.began - 1; n >= 0; n-- { // what is derived again takes the place of older ones
			if c.get(&suites[3], id(n), false).header == headers[n] {
				known++
			}
		}
		if known < tt.least || known > tt.most {
			t.Errorf("%d of %d connections are remembered, want %d to %d", known, tt.began, tt.least, tt.most)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	var k keys
	id := []byte(rfcID)
	b.ReportAllocs()
	for b.Loop() {
		k.derive(&suites[3], id, false)
		k.derivePayload()
	}
}

func BenchmarkOpen(b *testing.B) {
	in := packet{version: 1, dcid: rfcID, payload: crypto(0, rfcHello)}.build(b)
	var h header
	if !h.parse(wire.Of(in)) {
		b.Fatal("no header")
	}
	o := &opener{cache: newKeyCache(new(proto.Options))}
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if p := o.openWith(&suites[3], &h, h.dcid, false); p == nil {
			b.Fatal("not decrypted")
		}
	}
}
