package pcap

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"merctools/lib/capture"
)

// FuzzReader reads anything: packets lie inside their block, memory stays
// bounded, and it makes no difference in which pieces the input comes.
func FuzzReader(f *testing.F) {
	a := fill(60, 1)
	plain := join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 2, 60, 60, a), pcapRec(le, 3, 4, 0, 0, nil), pcapRec(le, 5, 6, 60, 1500, a))
	ng := join(shb(le), idb(le, 1, 0, tsresol(le, 9), tsoffset(le, 7)), epb(le, 0, 1<<40, 60, a, option(le, 1, a)), block(le, 5, a), shb(be), idb(be, 101, 30), spb(be, 60, a), oldPacket(be, 0, 1, 2, 60, a))
	for _, seed := range [][]byte{
		plain,
		plain[:len(plain)-1],
		join(plain, plain),
		join(pcapHead(be, 0xa1b23c4d, 0x44000001), pcapRec(be, 1, 2, 60, 60, a)),
		join(pcapHead(be, 0xa1b2cd34, 1), pcapRec(be, 1, 2, 52, 60, a)),
		join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 2, 65540, 65540, fill(65540, 1)), pcapRec(le, 1, 2, 1<<31, 60, a)),
		ng,
		ng[:len(ng)-1],
		join(shb(be), idb(be, 1, 0, tsresol(be, 0x80|33)), epb(be, 0, 1<<40, 60, a)),
		join(shb(le), block(le, 7, fill(1<<18, 1)), idb(le, 1, 0)),
		gzipped(f, plain),
		gzipped(f, ng),
		zstded(f, plain),
		zstded(f, ng),
		lz4ed(f, plain),
		xzed(f, ng),
		join(snoopHead(2, 4), snoopRec(60, 64, 1, 2, 100, a), snoopRec(61, 61, 1, 2, 61, fill(61, 1))),
		join(plain, ng, gzipped(f, plain), ng, xzed(f, plain), lz4ed(f, ng), zstded(f, plain), plain),
		join(gzipped(f, join(plain, gzipped(f, ng))), ng),
		{},
	} {
		f.Add(seed)
	}
	for i, a := range joinPieces() {
		for j, b := range joinPieces() {
			if len(a.in)+len(b.in) < 1000 {
				f.Add(join(a.in, compressions[(i+j)%len(compressions)].do(f, b.in), a.in))
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		packets, err := readSome(t, bytes.NewReader(in))
		again, errAgain := readSome(t, &pieces{src: bytes.NewReader(in)})
		if !reflect.DeepEqual(packets, again) {
			t.Errorf("in one piece %d packets, in pieces %d or others", len(packets), len(again))
		}
		if errText(err) != errText(errAgain) {
			t.Errorf("in one piece %q, in pieces %q", errText(err), errText(errAgain))
		}
	})
}

// maxFuzzed bounds what is read of a small input that decompresses to a lot.
const maxFuzzed = 4 << 20

func readSome(t *testing.T, src io.Reader) ([]got, error) {
	r, err := Open(src, "x")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var packets []got
	b := capture.Batch{Data: make([]byte, 0, capture.MinBlock)}
	for r.offset < maxFuzzed {
		if err := r.ReadBatch(&b); err != nil {
			if err == io.EOF {
				err = nil
			}
			return packets, err
		}
		if cap(b.Data) != capture.MinBlock || cap(r.head) > 2*maxBlock || len(r.names) > maxNames || len(r.section.interfaces) > maxInterfaces {
			t.Fatalf("block of %d bytes, %d left over, %d interfaces", cap(b.Data), cap(r.head), len(r.section.interfaces))
		}
		for i, p := range b.Packets {
			if p.CapLen > capture.MaxPacket || int(p.Off)+int(p.CapLen) > len(b.Data) {
				t.Fatalf("%+v in a block of %d bytes", p, len(b.Data))
			}
			if r.offset < maxFuzzed {
				packets = append(packets, got{p.Time, p.OrigLen, p.Link, string(b.Bytes(i))})
			}
		}
	}
	return nil, errors.New("too much")
}
