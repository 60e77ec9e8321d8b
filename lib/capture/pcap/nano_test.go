package pcap

import (
	"bytes"
	"fmt"
	"testing"

	"merctools/lib/capture"
)

// Packets say whether their times are more precise than microseconds.
func TestNano(t *testing.T) {
	resolution := func(value byte) []byte { return option(le, 9, []byte{value}) }
	for name, test := range map[string]struct {
		in   []byte
		want string
	}{
		"pcap":   {join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 2, 1, 1, []byte("a"))), "[false]"},
		"nano":   {join(pcapHead(be, 0xa1b23c4d, 1), pcapRec(be, 1, 2, 1, 1, []byte("a"))), "[true]"},
		"pcapng": {join(shb(le), idb(le, 1, 0), epb(le, 0, 5, 1, []byte("a"))), "[false]"},
		"interfaces": {join(shb(le),
			idb(le, 1, 0, resolution(6)), idb(le, 1, 0, resolution(9)), idb(le, 1, 0, resolution(0x80|19)), idb(le, 1, 0, resolution(0x80|20)),
			epb(le, 0, 5, 1, []byte("a")), epb(le, 1, 5, 1, []byte("b")), epb(le, 2, 5, 1, []byte("c")), epb(le, 3, 5, 1, []byte("d"))),
			"[false true false true]"},
		"joined": {join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 2, 1, 1, []byte("a")), pcapHead(le, 0xa1b23c4d, 1), pcapRec(le, 1, 2, 1, 1, []byte("b"))),
			"[false true]"},
	} {
		r, err := Open(bytes.NewReader(test.in), name)
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		var b capture.Batch
		for r.ReadBatch(&b) == nil {
			for _, p := range b.Packets {
				got = append(got, p.Nano)
			}
		}
		r.Close()
		if fmt.Sprint(got) != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}
