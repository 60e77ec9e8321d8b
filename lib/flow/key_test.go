package flow

import (
	"encoding/binary"
	"testing"

	"merctools/lib/record"
)

func key(n int) Key {
	k := Key{SrcPort: 1000, DstPort: 443, Protocol: 6, Version: 4, Src: [16]byte{10, 0, 0, 1}, Dst: [16]byte{10, 0, 0, 2}}
	binary.BigEndian.PutUint32(k.Src[:], 0x0a000000+uint32(n))
	return k
}

func TestReverse(t *testing.T) {
	k := key(7)
	r := k.Reverse()
	if r.SrcPort != 443 || r.DstPort != 1000 || r.Src != k.Dst || r.Dst != k.Src || r.Protocol != 6 || r.Version != 4 {
		t.Errorf("%+v", r)
	}
	if r.Reverse() != k {
		t.Error("reversed twice, it is another")
	}
}

// The hash is the same in both directions, and spreads flows that differ
// little.
func TestHash(t *testing.T) {
	const shards = 8
	var count [shards]int
	seen := map[uint64]bool{}
	for n := range 8000 {
		k := key(n)
		k.SrcPort += uint16(n % 3)
		r := k.Reverse()
		h := k.Hash()
		if h != r.Hash() {
			t.Fatalf("%+v has another hash in the other direction", k)
		}
		seen[h] = true
		count[h%shards]++
	}
	if len(seen) < 7990 {
		t.Errorf("%d hashes of 8000 flows", len(seen))
	}
	for i, n := range count {
		if n < 800 || n > 1200 {
			t.Errorf("%d flows of 8000 in shard %d of %d", n, i, shards)
		}
	}
}

// Addresses that are chosen so that a hash without a seed is the same for all: their
// halves, each times a number, have the same sum without carry.
func TestHashCollisions(t *testing.T) {
	const a, b = 0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53
	inverse := uint64(b) // modulo 2^64, by Newton's method
	for range 6 {
		inverse *= 2 - b*inverse
	}
	if x := uint64(b); x*inverse != 1 {
		t.Fatal(inverse)
	}
	seen := map[uint64]bool{}
	const flows = 1000
	for n := range uint64(flows) {
		k := Key{Protocol: 6, Version: 6, SrcPort: 1, DstPort: 22}
		binary.LittleEndian.PutUint64(k.Src[:8], n)
		binary.LittleEndian.PutUint64(k.Src[8:], (n*a^42)*inverse)
		seen[k.Hash()%4096] = true
	}
	if len(seen) < flows/2 {
		t.Errorf("%d places for %d flows", len(seen), flows)
	}
}

func TestWriteKey(t *testing.T) {
	v6 := Key{SrcPort: 65535, Protocol: 17, Version: 6, Src: [16]byte{0x20, 0x01, 15: 1}, Dst: [16]byte{0xff, 0x02, 15: 0xfb}}
	for _, tt := range []struct {
		key  Key
		want string
	}{
		{key(1), `{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","protocol":6,"src_port":1000,"dst_port":443}`},
		{v6, `{"src_ip":"2001::1","dst_ip":"ff02::fb","protocol":17,"src_port":65535,"dst_port":0}`},
		{Key{}, `{"src_ip":"0.0.0.0","dst_ip":"0.0.0.0","protocol":0,"src_port":0,"dst_port":0}`},
	} {
		var w record.Writer
		w.Object()
		tt.key.Write(&w)
		w.EndObject()
		if got := string(w.Bytes()); got != tt.want {
			t.Errorf(" got %s\nwant %s", got, tt.want)
		}
	}
}
