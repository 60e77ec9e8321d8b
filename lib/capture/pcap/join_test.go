package pcap

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"

	"merctools/lib/capture"
)

// piece is a capture that is to be joined with others: its bytes, and its
// packets as they are where it stands alone.
type piece struct {
	name    string
	in      []byte
	packets []got
}

func joinPieces() []piece {
	a, b := fill(60, 1), fill(61, 2)
	at := func(t int64, orig uint32, link uint16, data []byte) got {
		return got{t, orig, link, string(data)}
	}
	pieces := []piece{
		{"pcap", join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1000, 7, 60, 60, a), pcapRec(le, 1001, 8, 61, 61, b)),
			[]got{at(1000*second+7000, 60, 1, a), at(1001*second+8000, 61, 1, b)}},
		{"big-endian pcap", join(pcapHead(be, 0xa1b2c3d4, 101), pcapRec(be, 1000, 7, 60, 60, a)),
			[]got{at(1000*second+7000, 60, 101, a)}},
		{"pcap in nanoseconds", join(pcapHead(le, 0xa1b23c4d, 1), pcapRec(le, 1, 123456789, 61, 99, b)),
			[]got{at(second+123456789, 99, 1, b)}},
		{"big-endian pcap in nanoseconds", join(pcapHead(be, 0xa1b23c4d, 1), pcapRec(be, 1, 123456789, 61, 99, b)),
			[]got{at(second+123456789, 99, 1, b)}},
		{"pcap with long headers", join(pcapHead(le, 0xa1b2cd34, 1), pcapRec(le, 5, 6, 60, 60, nil), fill(8, 9), a),
			[]got{at(5*second+6000, 60, 1, a)}},
		{"pcap with a long packet", join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 70000, 70000, fill(70000, 3)), pcapRec(le, 2, 0, 60, 60, a)),
			[]got{at(second, 70000, 1, fill(65536, 3)), at(2*second, 60, 1, a)}},
		{"empty pcap", pcapHead(le, 0xa1b2c3d4, 1), nil},
		{"pcapng", join(shb(le), idb(le, 1, 0), epb(le, 0, 3000000, 60, a)),
			[]got{at(3*second, 60, 1, a)}},
		{"big-endian pcapng", join(shb(be), idb(be, 113, 0, tsresol(be, 9)), epb(be, 0, 77, 61, b)),
			[]got{at(77, 61, 113, b)}},
		{"pcapng that ends with a long block", join(shb(le), idb(le, 1, 0), epb(le, 0, 1, 60, a), block(le, 4, fill(200000, 1))),
			[]got{at(1000, 60, 1, a)}},
		{"snoop", join(snoopHead(2, 4), snoopRec(60, 64, 1000, 7, 100, a)),
			[]got{at(1000*second+7000, 100, 1, a)}},
	}
	return pieces
}

func snoopHead(version, datalink uint32) []byte {
	return be.AppendUint32(be.AppendUint32([]byte("snoop\x00\x00\x00"), version), datalink)
}

// snoopRec is a record with the padding to the given length of its data.
func snoopRec(capLen, padded, sec, micro, origLen uint32, data []byte) []byte {
	var b []byte
	for _, n := range []uint32{origLen, capLen, 24 + padded, 0, sec, micro} {
		b = be.AppendUint32(b, n)
	}
	b = append(b, data...)
	return append(b, make([]byte, int(padded)-len(data))...)
}

// Each format goes on in each other one, and is a capture still, however it is
// read.
func TestJoined(t *testing.T) {
	all := joinPieces()
	for _, first := range all {
		for _, then := range all {
			c := readCase{
				name: first.name + ", " + then.name,
				in:   join(first.in, then.in, first.in),
			}
			c.want = append(slices.Clone(first.packets), then.packets...)
			c.want = append(c.want, first.packets...)
			t.Run(c.name, c.check)
		}
	}
}

// compressions are the ways to compress a capture, and not to.
var compressions = []struct {
	name string
	do   func(testing.TB, []byte) []byte
}{
	{"plain", func(_ testing.TB, b []byte) []byte { return b }},
	{"gzip", gzipped},
	{"zstd", zstded},
	{"lz4", lz4ed},
	{"xz", xzed},
}

// Compressed captures and others follow each other.
func TestJoinedCompressed(t *testing.T) {
	all := joinPieces()
	for i, first := range compressions {
		for j, then := range compressions {
			for k := range all {
				a, b := all[k], all[(k*3+i+j)%len(all)]
				c := readCase{
					name: first.name + " " + a.name + ", " + then.name + " " + b.name,
					in:   join(first.do(t, a.in), then.do(t, b.in), first.do(t, a.in)),
				}
				c.want = append(slices.Clone(a.packets), b.packets...)
				c.want = append(c.want, a.packets...)
				t.Run(c.name, c.check)
			}
		}
	}
}

// Many captures of all kinds come out whole, in batches of any size.
func TestJoinedMany(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	all := joinPieces()
	var in []byte
	var want []got
	for range 600 {
		p := all[rnd.IntN(len(all))]
		in = append(in, compressions[rnd.IntN(len(compressions))].do(t, p.in)...)
		want = append(want, p.packets...)
	}
	packets, err := readAll(t, bytes.NewReader(in))
	if err != nil || !reflect.DeepEqual(packets, want) {
		t.Errorf("%d packets of %d as they should be, error %v", len(packets), len(want), err)
	}
	packets, err = readAll(t, &pieces{src: bytes.NewReader(in)})
	if err != nil || !reflect.DeepEqual(packets, want) {
		t.Errorf("in pieces: %d packets of %d as they should be, error %v", len(packets), len(want), err)
	}
}

// What looks like the beginning of a capture, but can be a record, is one.
func TestNotJoined(t *testing.T) {
	a := fill(60, 1)
	const gzipTime, xzTime = 0x00088b1f, 0x587a37fd
	c := readCase{
		in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, gzipTime, 0, 60, 60, a), pcapRec(le, xzTime, 0, 60, 60, a),
			pcapRec(le, 0x0a0d0d0a, 0, 60, 60, a), pcapRec(le, 0xa1b2c3d4, 0x00040002, 60, 60, a), pcapRec(le, gzipTime, 5, 70000, 70000, fill(70000, 2))),
		want: []got{{gzipTime * second, 60, 1, string(a)}, {xzTime * second, 60, 1, string(a)},
			{0x0a0d0d0a * second, 60, 1, string(a)}, {0xa1b2c3d4*second + 0x00040002*1000, 60, 1, string(a)},
			{gzipTime*second + 5000, 70000, 1, string(fill(65536, 2))}},
	}
	t.Run("pcap", c.check)
	c = readCase{
		in:   join(shb(le), idb(le, 1, 0), block(le, 0xa1b2c3d4, []byte("of somebody's own")), epb(le, 0, 1, 60, a)),
		want: []got{{1000, 60, 1, string(a)}},
	}
	t.Run("block for local use", c.check)
}

// Compressed data inside compressed data is none of a capture.
func TestNotDecompressedTwice(t *testing.T) {
	p := joinPieces()[0]
	in := gzipped(t, join(p.in, gzipped(t, p.in)))
	for name, way := range map[string][]byte{"alone": in, "before another": join(in, p.in)} {
		packets, err := readAll(t, bytes.NewReader(way))
		again, errAgain := readAll(t, iotest.OneByteReader(bytes.NewReader(way)))
		if len(packets) != len(p.packets) || err == nil || !reflect.DeepEqual(packets, again) || errText(err) != errText(errAgain) {
			t.Errorf("%s: %d packets, %v; in pieces %d, %v", name, len(packets), err, len(again), errAgain)
		}
	}
}

// What comes after a capture that is broken, or before one, is told apart.
func TestJoinedBroken(t *testing.T) {
	p, ng := joinPieces()[0], joinPieces()[7]
	for _, c := range []readCase{
		{name: "pcapng without magic", in: join(p.in, shb(le)[:8], make([]byte, 20)),
			want: append(p.packets[:2:2], got{0x0a0d0d0a*second + 28000, 0, 1, ""}),
			err:  "x.pcap: offset 193: packet record header cut off (needs 16 bytes, has 12)"},
		{name: "pcap header cut off", in: join(ng.in, p.in[:20]), want: ng.packets,
			err: "x.pcap: offset 140: file header cut off (needs 24 bytes, has 20)"},
		{name: "snoop header cut off", in: join(ng.in, snoopHead(2, 4)[:15]), want: ng.packets,
			err: "x.pcap: offset 140: file header cut off (needs 16 bytes, has 15)"},
		{name: "snoop of another version", in: join(ng.in, snoopHead(3, 4)), want: ng.packets,
			err: "x.pcap: offset 140: snoop capture of version 3"},
		{name: "gzip cut off", in: join(p.in, gzipped(t, ng.in)[:30]), want: p.packets,
			err: "x.pcap: offset 201 (uncompressed): gzip data cut off"},
		{name: "text after gzip", in: join(gzipped(t, p.in), []byte("that is all")), want: p.packets,
			err: "x.pcap: offset 177 (uncompressed): gzip data: invalid header"},
		{name: "text after lz4", in: join(lz4ed(t, p.in), []byte("that is all")), want: p.packets,
			err: "x.pcap: offset 177 (uncompressed): lz4 data: bad magic number"},
		{name: "pcap cut off after gzip", in: join(gzipped(t, ng.in), p.in[:90]), want: ng.packets,
			err: "x.pcap: offset 164 (uncompressed): packet record cut off (needs 76 bytes, has 66)"},
	} {
		t.Run(c.name, c.check)
	}
}

// Alternating small captures cost memory and time in proportion to their size.
func TestJoinedCost(t *testing.T) {
	p := joinPieces()[0]
	one := join(p.in, gzipped(t, p.in))
	src := &endless{body: one}
	r, err := Open(src, "x")
	if err != nil {
		t.Fatal(err)
	}
	var b capture.Batch
	for range 20000 {
		if err := r.ReadBatch(&b); err != nil {
			t.Fatal(err)
		}
	}
	if n := cap(r.packed.raw.head); n > 2*compressedBuffer+capture.DefaultBlock {
		t.Errorf("%d bytes are held", n)
	}
}

// Where packets are from is told by their batch.
func TestBatchTellsOrigin(t *testing.T) {
	name := func(o byteOrder, s string) []byte { return option(o, 2, []byte(s)) }
	a := fill(60, 1)
	in := join(shb(le), idb(le, 1, 0, name(le, "eth0")), idb(le, 1, 0), idb(le, 1, 0, tsresol(le, 9), name(le, "wlan0\x00")),
		epb(le, 0, 1, 60, a), epb(le, 1, 1, 60, a), epb(le, 2, 1, 60, a), spb(le, 60, a),
		shb(be), idb(be, 1, 0, name(be, "wlan0")), epb(be, 0, 1, 60, a), oldPacket(be, 0, 0, 1, 60, a),
		shb(le), idb(le, 1, 0, name(le, string(fill(300, 'a')))), epb(le, 0, 1, 60, a),
		pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 1, 60, 60, a))
	r, err := Open(iotest.OneByteReader(bytes.NewReader(in)), "x.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"eth0", "", "wlan0", "eth0", "wlan0", "wlan0", "", ""}
	var names []string
	for {
		var b capture.Batch
		if r.ReadBatch(&b) != nil {
			break
		}
		if b.File != "x.pcapng" || b.First != uint64(len(names)+1) {
			t.Errorf("batch after %d packets: file %q, first %d", len(names), b.File, b.First)
		}
		for i := range b.Packets {
			names = append(names, b.InterfaceName(i))
		}
	}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("interfaces %q, want %q", names, want)
	}
}
