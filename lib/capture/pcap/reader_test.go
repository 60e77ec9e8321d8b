package pcap

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"merctools/lib/capture"
)

const second = int64(1e9)

type readCase struct {
	name string
	in   []byte
	want []got
	err  string
}

// check reads the case in one piece and in pieces of one byte, from memory and
// compressed.
func (c *readCase) check(t *testing.T) {
	t.Helper()
	for _, way := range []struct {
		name string
		src  io.Reader
		err  string
	}{
		{"capture", bytes.NewReader(c.in), c.err},
		{"one byte at a time", iotest.OneByteReader(bytes.NewReader(c.in)), c.err},
		{"data with EOF", iotest.DataErrReader(bytes.NewReader(c.in)), c.err},
	} {
		packets, err := readAll(t, way.src)
		if errText(err) != way.err {
			t.Errorf("%s: error %q, want %q", way.name, errText(err), way.err)
		}
		if !reflect.DeepEqual(packets, c.want) {
			t.Errorf("%s: packets\n%+v, want\n%+v", way.name, brief(packets), brief(c.want))
		}
	}
}

// brief shortens packets for a message.
func brief(packets []got) []got {
	out := append([]got(nil), packets...)
	for i := range out {
		if len(out[i].Data) > 40 {
			out[i].Data = out[i].Data[:40] + "..."
		}
	}
	return out
}

func TestPCAP(t *testing.T) {
	a, b := fill(60, 1), fill(61, 2)
	big := fill(70000, 3)
	modified := func(o byteOrder, data []byte) []byte {
		return join(pcapRec(o, 5, 6, uint32(len(data)), 99, nil), fill(8, 9), data)
	}
	for _, c := range []readCase{
		{name: "little-endian", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1000, 7, 60, 60, a), pcapRec(le, 1000, 999999, 61, 1500, b)),
			want: []got{{1000*second + 7000, 60, 1, string(a)}, {1000*second + 999999000, 1500, 1, string(b)}}},
		{name: "big-endian", in: join(pcapHead(be, 0xa1b2c3d4, 113), pcapRec(be, 1000, 7, 60, 60, a)),
			want: []got{{1000*second + 7000, 60, 113, string(a)}}},
		{name: "nanoseconds", in: join(pcapHead(le, 0xa1b23c4d, 1), pcapRec(le, 1, 123456789, 60, 60, a)),
			want: []got{{second + 123456789, 60, 1, string(a)}}},
		{name: "nanoseconds, big-endian", in: join(pcapHead(be, 0xa1b23c4d, 276), pcapRec(be, 1, 123456789, 60, 60, a)),
			want: []got{{second + 123456789, 60, 276, string(a)}}},
		{name: "24-byte record headers", in: join(pcapHead(le, 0xa1b2cd34, 1), modified(le, a), modified(le, b)),
			want: []got{{5*second + 6000, 99, 1, string(a)}, {5*second + 6000, 99, 1, string(b)}}},
		{name: "24-byte record headers, big-endian", in: join(pcapHead(be, 0xa1b2cd34, 1), modified(be, a)),
			want: []got{{5*second + 6000, 99, 1, string(a)}}},
		{name: "frame check sequence", in: join(pcapHead(le, 0xa1b2c3d4, 0x44000001), pcapRec(le, 1, 0, 60, 60, a)),
			want: []got{{second, 60, 1, string(a)}}},
		{name: "frame check sequence, big-endian", in: join(pcapHead(be, 0xa1b2c3d4, 0x24000071), pcapRec(be, 1, 0, 60, 60, a)),
			want: []got{{second, 60, 113, string(a)}}},
		{name: "seconds are unsigned", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1<<32-1, 999999, 60, 60, a)),
			want: []got{{(1<<32-1)*second + 999999000, 60, 1, string(a)}}},
		{name: "a million microseconds or more", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 10, 2500000, 60, 60, a)),
			want: []got{{12*second + 500000000, 60, 1, string(a)}}},
		{name: "no packets", in: pcapHead(le, 0xa1b2c3d4, 1)},
		{name: "empty packets", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 0, 60, nil), pcapRec(le, 2, 0, 60, 60, a)),
			want: []got{{second, 60, 1, ""}, {2 * second, 60, 1, string(a)}}},
		{name: "two files one after the other", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 1, 60, 60, a), pcapHead(be, 0xa1b23c4d, 113), pcapRec(be, 2, 2, 61, 61, b)),
			want: []got{{second + 1000, 60, 1, string(a)}, {2*second + 2, 61, 113, string(b)}}},
		{name: "second file's header cut off", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapHead(be, 0xa1b23c4d, 113)[:20]),
			err: "x.pcap: offset 24: file header cut off (needs 24 bytes, has 20)"},

		{name: "as long as a packet gets", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 65536, 65536, big[:65536]), pcapRec(le, 2, 0, 60, 60, a)),
			want: []got{{second, 65536, 1, string(big[:65536])}, {2 * second, 60, 1, string(a)}}},
		{name: "longer: the rest is skipped", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 70000, 70000, big), pcapRec(le, 2, 0, 60, 60, a)),
			want: []got{{second, 70000, 1, string(big[:65536])}, {2 * second, 60, 1, string(a)}}},
		{name: "longer, and the rest is cut off", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 70000, 70000, big[:65600])),
			want: []got{{second, 70000, 1, string(big[:65536])}},
			err:  "x.pcap: offset 24: packet record cut off (needs 70016 bytes, has 65616)"},
		{name: "implausible length", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 60, 60, a), pcapRec(le, 1, 0, 0xfffffff0, 60, big)),
			want: []got{{second, 60, 1, string(a)}, {second, 60, 1, string(big[:65536])}},
			err:  "x.pcap: offset 100: packet record with a captured length of 4294967280 bytes"},
		{name: "implausible length at the end", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 0xfffffff0, 60, a)),
			err: "x.pcap: offset 24: packet record cut off (needs 4294967296 bytes, has 76)"},

		{name: "packet cut off", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 60, 60, a), pcapRec(le, 1, 0, 61, 61, b[:60])),
			want: []got{{second, 60, 1, string(a)}},
			err:  "x.pcap: offset 100: packet record cut off (needs 77 bytes, has 76)"},
		{name: "packet without data", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 60, 60, nil)),
			err: "x.pcap: offset 24: packet record cut off (needs 76 bytes, has 16)"},
		{name: "record header cut off", in: join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 60, 60, nil)[:15]),
			err: "x.pcap: offset 24: packet record header cut off (needs 16 bytes, has 15)"},
		{name: "file header cut off", in: pcapHead(le, 0xa1b2c3d4, 1)[:23],
			err: "x.pcap: offset 0: file header cut off (needs 24 bytes, has 23)"},
		{name: "empty", in: nil, err: "x.pcap: not a capture file (empty)"},
		{name: "three bytes", in: []byte("abc"), err: "x.pcap: not a capture file"},
		{name: "text", in: []byte(`{"a":1}`), err: "x.pcap: not a capture file"},
	} {
		t.Run(c.name, c.check)
	}
}

func TestPCAPNG(t *testing.T) {
	a, b := fill(60, 1), fill(61, 2)
	big := fill(70001, 3)
	const ts = 1700000000123456
	comment := func(o byteOrder, n int) []byte { return option(o, 1, fill(n, 'c')) }
	long := bytes.Repeat(comment(le, 60000), 3)
	broken := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[at] = v
		return b
	}
	for _, c := range []readCase{
		{name: "little-endian", in: join(shb(le), idb(le, 1, 0), epb(le, 0, ts, 60, a), epb(le, 0, ts+1, 1500, b)),
			want: []got{{ts * 1000, 60, 1, string(a)}, {(ts + 1) * 1000, 1500, 1, string(b)}}},
		{name: "big-endian", in: join(shb(be), idb(be, 113, 0), epb(be, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 113, string(a)}}},
		{name: "sections in either order", in: join(shb(le), idb(le, 1, 0), epb(le, 0, ts, 60, a), shb(be), idb(be, 101, 0), epb(be, 0, ts, 61, b), shb(le), idb(le, 0, 0), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}, {ts * 1000, 61, 101, string(b)}, {ts * 1000, 60, 0, string(a)}}},
		{name: "interfaces", in: join(shb(le), idb(le, 1, 0), idb(le, 113, 0, tsresol(le, 9)), epb(le, 1, ts*1000+7, 60, a), idb(le, 276, 0, tsresol(le, 3)), epb(le, 2, ts/1000, 60, a), epb(le, 0, ts, 60, a)),
			want: []got{{ts*1000 + 7, 60, 113, string(a)}, {ts / 1000 * 1000000, 60, 276, string(a)}, {ts * 1000, 60, 1, string(a)}}},
		{name: "interfaces end with their section", in: join(shb(le), idb(le, 1, 0), shb(le), epb(le, 0, ts, 60, a)),
			err: "x.pcap: offset 76: packet from interface 0 of 0"},
		{name: "simple packets", in: join(shb(le), idb(le, 1, 61), spb(le, 60, a), spb(le, 1500, fill(64, 4)), spb(le, 0, nil)),
			want: []got{{0, 60, 1, string(a)}, {0, 1500, 1, string(fill(61, 4))}, {0, 0, 1, ""}}},
		{name: "simple packet with snapshot length 0", in: join(shb(be), idb(be, 1, 0), spb(be, 61, b)),
			want: []got{{0, 61, 1, string(b)}}},
		{name: "simple packet longer than its block", in: join(shb(le), idb(le, 1, 0), spb(le, 99, a)),
			want: []got{{0, 99, 1, string(a)}}},
		{name: "old packet blocks", in: join(shb(le), idb(le, 1, 0), idb(le, 12, 0), oldPacket(le, 1, 7, ts, 60, a)),
			want: []got{{ts * 1000, 60, 12, string(a)}}},
		{name: "old packet blocks, big-endian", in: join(shb(be), idb(be, 1, 0), idb(be, 12, 0), oldPacket(be, 1, 7, ts, 60, a)),
			want: []got{{ts * 1000, 60, 12, string(a)}}},
		{name: "other blocks", in: join(shb(le), block(le, 4, a), idb(le, 1, 0), block(le, 0xbad, b), epb(le, 0, ts, 60, a), block(le, 5, nil), block(le, 0x80000001, fill(300000, 1)), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}, {ts * 1000, 60, 1, string(a)}}},
		{name: "packet options", in: join(shb(le), idb(le, 1, 0, comment(le, 5), tsresol(le, 6)), epb(le, 0, ts, 60, a, comment(le, 33)), epb(le, 0, ts, 61, b, long), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}, {ts * 1000, 61, 1, string(b)}, {ts * 1000, 60, 1, string(a)}}},
		{name: "long packets", in: join(shb(le), idb(le, 1, 0), epb(le, 0, ts, 70001, big), epb(le, 0, ts, 300000, fill(300000, 8)), oldPacket(le, 0, 0, ts, 300000, fill(300000, 9)), spb(le, 300000, fill(300000, 7)), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 70001, 1, string(big[:65536])}, {ts * 1000, 300000, 1, string(fill(65536, 8))}, {ts * 1000, 300000, 1, string(fill(65536, 9))}, {0, 300000, 1, string(fill(65536, 7))}, {ts * 1000, 60, 1, string(a)}}},
		{name: "no packets", in: shb(le)},
		{name: "empty packet", in: join(shb(le), idb(le, 1, 0), epb(le, 0, ts, 60, nil)),
			want: []got{{ts * 1000, 60, 1, ""}}},
		{name: "options of the interface end early", in: join(shb(le), idb(le, 1, 0, option(le, 0, nil), tsresol(le, 9)), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}}},
		{name: "options of the interface are broken", in: join(shb(le), idb(le, 1, 0, []byte{2, 0, 99, 0}, tsresol(le, 9)), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}}},
		{name: "options of the wrong length", in: join(shb(le), idb(le, 1, 0, option(le, 9, []byte{9, 9}), option(le, 14, []byte{1})), epb(le, 0, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}}},

		{name: "no such interface", in: join(shb(le), idb(le, 1, 0), epb(le, 0, ts, 60, a), epb(le, 1, ts, 60, a)),
			want: []got{{ts * 1000, 60, 1, string(a)}},
			err:  "x.pcap: offset 140: packet from interface 1 of 1"},
		{name: "packet longer than its block", in: join(shb(le), idb(le, 1, 0), broken(epb(le, 0, ts, 60, a), 20, 61)),
			err: "x.pcap: offset 48: packet block with a captured length of 61 bytes in a block of 92"},
		{name: "long packet longer than its block", in: join(shb(le), idb(le, 1, 0), broken(epb(le, 0, ts, 60, fill(300000, 1)), 23, 1)),
			err: "x.pcap: offset 48: packet block with a captured length of 17077216 bytes in a block of 300032"},
		{name: "packet block too short", in: join(shb(le), idb(le, 1, 0), block(le, 6, fill(16, 1))),
			err: "x.pcap: offset 48: packet block too short"},
		{name: "old packet block too short", in: join(shb(le), idb(le, 1, 0), block(le, 2, nil)),
			err: "x.pcap: offset 48: packet block too short"},
		{name: "simple packet block too short", in: join(shb(le), idb(le, 1, 0), block(le, 3, nil)),
			err: "x.pcap: offset 48: simple packet block too short"},
		{name: "interface description too short", in: join(shb(le), block(le, 1, fill(4, 1))),
			err: "x.pcap: offset 28: interface description block too short"},
		{name: "interface description too long", in: join(shb(le), idb(le, 1, 0, long)),
			err: "x.pcap: offset 28: interface description block of 180032 bytes"},
		{name: "section header with nothing", in: block(le, 0x0a0d0d0a, nil),
			err: "x.pcap: offset 0: section header block without byte-order magic"},
		{name: "section header with nothing but its order", in: block(le, 0x0a0d0d0a, le.AppendUint32(nil, 0x1a2b3c4d)),
			err: "x.pcap: offset 0: section header block too short"},
		{name: "another version", in: broken(shb(le), 12, 2),
			err: "x.pcap: offset 0: section of pcapng version 2"},
		{name: "length not a multiple of 4", in: join(shb(le), broken(idb(le, 1, 0), 4, 21)),
			err: "x.pcap: offset 28: block with a length of 21 bytes"},
		{name: "length of 8", in: join(shb(le), broken(idb(le, 1, 0), 4, 8)),
			err: "x.pcap: offset 28: block with a length of 8 bytes"},
		{name: "implausible length", in: join(shb(le), broken(idb(le, 1, 0), 7, 0xf0)),
			err: "x.pcap: offset 28: block with a length of 4026531860 bytes"},
		{name: "lengths differ", in: join(shb(le), idb(le, 1, 0), broken(epb(le, 0, ts, 60, a), 88, 88)),
			err: "x.pcap: offset 48: block whose lengths differ (92 and 88 bytes)"},
		{name: "lengths of a long block differ", in: join(shb(le), broken(block(le, 4, fill(200000, 1)), 200008, 1)),
			err: "x.pcap: offset 28: block whose lengths differ (200012 and 199937 bytes)"},
		{name: "block cut off", in: join(shb(le), idb(le, 1, 0), epb(le, 0, ts, 60, a)[:91]),
			err: "x.pcap: offset 48: block cut off (needs 92 bytes, has 91)"},
		{name: "block header cut off", in: join(shb(le), idb(le, 1, 0)[:11]),
			err: "x.pcap: offset 28: block header cut off (needs 12 bytes, has 11)"},
		{name: "long block cut off", in: join(shb(le), block(le, 4, fill(200000, 1))[:200009]),
			err: "x.pcap: offset 28: block cut off (needs 200012 bytes, has 200009)"},
		{name: "section header cut off", in: shb(le)[:4],
			err: "x.pcap: offset 0: block header cut off (needs 12 bytes, has 4)"},
	} {
		t.Run(c.name, c.check)
	}
}

func TestTooManyInterfaces(t *testing.T) {
	in := join(shb(le), bytes.Repeat(idb(le, 1, 0), maxInterfaces+1))
	_, err := readAll(t, bytes.NewReader(in))
	if want := "x.pcap: offset 1310748: more than 65536 interfaces in a section"; errText(err) != want {
		t.Errorf("error %q, want %q", errText(err), want)
	}
}

func TestCompressed(t *testing.T) {
	a := fill(60, 1)
	var packets []got
	whole := pcapHead(le, 0xa1b2c3d4, 1)
	for i := range uint32(5000) {
		packets = append(packets, got{int64(i) * second, 60, 1, string(a)})
		whole = append(whole, pcapRec(le, i, 0, 60, 60, a)...)
	}
	ng := join(shb(le), idb(le, 1, 0), epb(le, 0, 1, 60, a))
	inNG := []got{{1000, 60, 1, string(a)}}
	z, zs := gzipped(t, whole), zstded(t, whole)
	skippable := join(le.AppendUint32(nil, 0x184d2a53), le.AppendUint32(nil, 5), fill(5, 1))
	for _, c := range []readCase{
		{name: "gzip", in: z, want: packets},
		{name: "zstd", in: zs, want: packets},
		{name: "gzip of pcapng", in: gzipped(t, ng), want: inNG},
		{name: "zstd of pcapng", in: zstded(t, ng), want: inNG},
		{name: "gzip members", in: join(gzipped(t, whole[:33333]), gzipped(t, whole[33333:])), want: packets},
		{name: "zstd frames", in: join(zstded(t, whole[:33333]), skippable, zstded(t, whole[33333:])), want: packets},
		{name: "zstd, skippable frame first", in: join(skippable, zs), want: packets},
		{name: "cut off inside", in: gzipped(t, whole[:len(whole)-1]), want: packets[:4999],
			err: "x.pcap: offset 379948 (uncompressed): packet record cut off (needs 76 bytes, has 75)"},
		{name: "gzip trailer cut off", in: z[:len(z)-3], want: packets,
			err: "x.pcap: offset 380024 (uncompressed): gzip data cut off"},
		{name: "gzip checksum", in: join(z[:len(z)-8], []byte{1, 2, 3, 4}, z[len(z)-4:]), want: packets,
			err: "x.pcap: offset 380024 (uncompressed): gzip data: invalid checksum"},
		{name: "gzip of nothing", in: gzipped(t, nil), err: "x.pcap: not a capture file (empty)"},
		{name: "gzip of text", in: gzipped(t, []byte("hello, world")), err: "x.pcap: not a capture file"},
		{name: "gzip of gzip", in: gzipped(t, z), err: "x.pcap: not a capture file"},
		{name: "lz4", in: lz4ed(t, whole), want: packets},
		{name: "xz", in: xzed(t, whole), want: packets},
		{name: "lz4 frames", in: join(lz4ed(t, whole[:33333]), skippable, lz4ed(t, whole[33333:])), want: packets},
		{name: "xz streams", in: join(xzed(t, whole[:33333]), make([]byte, 8), xzed(t, whole[33333:])), want: packets},
		{name: "lz4 of nothing", in: lz4ed(t, nil), err: "x.pcap: not a capture file (empty)"},
		{name: "xz of xz", in: xzed(t, xzed(t, whole)), err: "x.pcap: not a capture file"},
		{name: "gzip header cut off", in: z[:9], err: "x.pcap: offset 0 (uncompressed): gzip data cut off"},
		{name: "gzip header wrong", in: join(z[:2], []byte{99}, z[3:]), err: "x.pcap: offset 0 (uncompressed): gzip data: invalid header"},
		{name: "zstd header cut off", in: zs[:5], err: "x.pcap: offset 0 (uncompressed): zstd data cut off"},
	} {
		t.Run(c.name, c.check)
	}
}

// A stream that is cut off gives the packets that were in what is there.
func TestCompressedCutOff(t *testing.T) {
	a := fill(60, 1)
	whole := pcapHead(le, 0xa1b2c3d4, 1)
	for i := range uint32(5000) {
		whole = append(whole, pcapRec(le, i, i*7919%1000000, 60, 60, a)...)
	}
	z := gzipped(t, whole)
	packets, err := readAll(t, bytes.NewReader(z[:len(z)/2]))
	if len(packets) < 1000 || len(packets) > 4000 {
		t.Errorf("%d packets of half of 5000", len(packets))
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasSuffix(err.Error(), "(uncompressed): gzip data cut off") {
		t.Errorf("error %v", err)
	}
}

// Wherever compressed data ends too early, that is seen: also in the name that
// gzip keeps, and between the blocks of xz and in their headers, where all packets
// before are whole.
func TestCutOffAnywhere(t *testing.T) {
	record := pcapRec(le, 1, 0, 60, 60, fill(60, 1))
	whole := join(pcapHead(le, 0xa1b2c3d4, 1), record, record, record)
	var named, blocks bytes.Buffer
	z := gzip.NewWriter(&named)
	z.Name = "trace.pcap"
	x, err := xz.WriterConfig{DictCap: 1 << 16, BlockSize: int64(len(whole) - len(record))}.NewWriter(&blocks)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{z, x} {
		if _, err := w.Write(whole); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for format, data := range map[string][]byte{"gzip": named.Bytes(), "xz": blocks.Bytes()} {
		if packets, err := readAll(t, bytes.NewReader(data)); err != nil || len(packets) != 3 {
			t.Errorf("%s: %d packets, %v", format, len(packets), err)
		}
		for n := SniffLen; n < len(data); n++ {
			if _, err := readAll(t, bytes.NewReader(data[:n])); err == nil || !strings.HasSuffix(err.Error(), format+" data cut off") {
				t.Errorf("%s: %d of %d bytes: %v", format, n, len(data), err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	_, err := readAll(t, strings.NewReader("no capture"))
	if !errors.Is(err, ErrNotCapture) {
		t.Errorf("%v is not ErrNotCapture", err)
	}
	broken := errors.New("the disk is gone")
	src := io.MultiReader(bytes.NewReader(join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 60, 60, fill(60, 1)))), iotest.ErrReader(broken))
	packets, err := readAll(t, src)
	if len(packets) != 1 || !errors.Is(err, broken) || err.Error() != "x.pcap: offset 100: the disk is gone" {
		t.Errorf("%d packets, %v", len(packets), err)
	}
	_, err = readAll(t, iotest.ErrReader(broken))
	if !errors.Is(err, broken) || err.Error() != "x.pcap: offset 0: the disk is gone" {
		t.Errorf("%v", err)
	}
	_, err = readAll(t, io.MultiReader(bytes.NewReader(pcapHead(le, 0xa1b2c3d4, 1)), idle{}))
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v", err)
	}
	_, err = Open(iotest.ErrReader(&fs.PathError{Op: "read", Path: "x.pcap", Err: broken}), "x.pcap")
	if !errors.Is(err, broken) || err.Error() != "x.pcap: offset 0: read: the disk is gone" {
		t.Errorf("error %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestSniff(t *testing.T) {
	for _, c := range []struct {
		head []byte
		want Format
	}{
		{pcapHead(le, 0xa1b2c3d4, 1), PCAP},
		{pcapHead(be, 0xa1b2c3d4, 1), PCAP},
		{pcapHead(le, 0xa1b23c4d, 1)[:4], PCAP},
		{pcapHead(be, 0xa1b2cd34, 1), PCAP},
		{shb(le), PCAPNG},
		{shb(be), PCAPNG},
		{gzipped(t, nil), Gzip},
		{zstded(t, []byte("x")), Zstd},
		{[]byte("\x5f\x2a\x4d\x18"), Zstd},
		{lz4ed(t, nil), LZ4},
		{[]byte("\x02\x21\x4c\x18"), LZ4},
		{xzed(t, nil), XZ},
		{snoopHead(2, 4), Snoop},
		{[]byte("{\"a\":1}\n"), Unknown},
		{[]byte{0xa1, 0xb2, 0xc3}, Unknown},
		{nil, Unknown},
	} {
		if got := Sniff(c.head); got != c.want {
			t.Errorf("Sniff(% x) = %d, want %d", c.head, got, c.want)
		}
	}
}

func TestTimestamps(t *testing.T) {
	for _, c := range []struct {
		resolution uint8
		offset     int64
		ts         uint64
		want       int64
	}{
		{6, 0, 1700000000123456, 1700000000123456000},
		{9, 0, 1700000000123456789, 1700000000123456789},
		{0, 0, 1700000000, 1700000000 * second},
		{3, 0, 1700000000123, 1700000000123000000},
		{12, 0, 1700000000123456, 1700000000123},
		{12, 0, 1234567890123999, 1234567890123},
		{19, 0, 12345678901234567890, 1234567890},
		{20, 0, 12345678901234567890, 123456789},
		{28, 0, 12345678901234567890, 1},
		{29, 0, 12345678901234567890, 0},
		{127, 0, 1<<64 - 1, 0},
		{0x80, 0, 1700000000, 1700000000 * second},
		{0x80 | 1, 0, 1700000000<<1 | 1, 1700000000*second + 500000000},
		{0x80 | 20, 0, 1700000000<<20 | 1, 1700000000*second + 953},
		{0x80 | 32, 0, 1700000000<<32 | 1<<31, 1700000000*second + 500000000},
		{0x80 | 63, 0, 3 << 62, second + 500000000},
		{0x80 | 63, 0, 1<<64 - 1, second + 999999999},
		{0x80 | 64, 0, 1 << 63, 500000000},
		{0x80 | 70, 0, 1 << 63, 7812500},
		{0x80 | 127, 0, 1<<64 - 1, 0},
		{6, 100, 1700000000123456, 1700000100123456000},
		{6, -100, 1700000000123456, 1699999900123456000},
		{9, 1600000000, 7, 1600000000*second + 7},
		{0x80 | 10, 1 << 30, 1 << 10, (1<<30 + 1) * second},
		// Beyond what a pcap file can say.
		{6, 0, (1<<32 + 5) * 1000000, (1<<32 + 5) * second},
		{9, 0, 1<<63 - 1, math.MaxInt64},
		{6, 1 << 32, 5500000, (1<<32+5)*second + 500000000},
		{6, -1, 500000, -second / 2},
		{6, -10, 2500000, -7*second - second/2},
		{9, -3000000000, 0, -3000000000 * second},
		{0, -1 << 63, 1<<63 + 5, 5 * second},
		{0, 1 << 33, 5, (1<<33 + 5) * second},
		// Beyond 64 bits of nanoseconds.
		{9, 0, 1<<64 - 1, math.MaxInt64},
		{6, 0, 1<<64 - 1, math.MaxInt64},
		{0, 0, 1<<64 - 1, math.MaxInt64},
		{0, 1<<63 - 1, 1<<64 - 1, math.MaxInt64},
		{0, 1<<63 - 1, 1<<63 - 1, math.MaxInt64},
		{0, -1 << 63, 1<<64 - 1, math.MaxInt64},
		{0, -1 << 63, 0, math.MinInt64},
		{0, -1 << 63, 1 << 62, math.MinInt64},
		{0x80 | 10, 1 << 40, 1 << 10, math.MaxInt64},
	} {
		clock := newClock(c.resolution, c.offset)
		if got := clock.nanoseconds(c.ts); got != c.want {
			t.Errorf("if_tsresol %#x, if_tsoffset %d: %d is %d ns, want %d", c.resolution, c.offset, c.ts, got, c.want)
		}
	}
}

// The options take effect through the file as well.
func TestInterfaceOptions(t *testing.T) {
	for _, o := range []byteOrder{le, be} {
		c := readCase{
			in:   join(shb(o), idb(o, 1, 0, tsresol(o, 0x80|20), tsoffset(o, 1000)), epb(o, 0, 77<<20|1<<19, 4, []byte("abcd"))),
			want: []got{{1077*second + 500000000, 4, 1, "abcd"}},
		}
		c.check(t)
	}
}

// A file of many blocks' size, read in blocks of every kind, comes out whole.
func TestBlocks(t *testing.T) {
	var want []got
	plain := pcapHead(le, 0xa1b2c3d4, 1)
	ng := join(shb(le), idb(le, 1, 0))
	var wantNG []got
	for i := 0; len(plain) < 5<<20; i++ {
		n := i * 7919 % 3000
		if i%97 == 0 {
			n = i * 7919 % 80000
		}
		data := fill(n, byte(i))
		kept := string(data[:min(n, 65536)])
		want = append(want, got{int64(i) * second, uint32(n), 1, kept})
		wantNG = append(wantNG, got{int64(i) * 1000, uint32(n), 1, kept})
		plain = append(plain, pcapRec(le, uint32(i), 0, uint32(n), uint32(n), data)...)
		ng = append(ng, epb(le, 0, uint64(i), uint32(n), data)...)
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		in   []byte
		want []got
	}{{"pcap", plain, want}, {"pcapng", ng, wantNG}, {"pcap.gz", gzipped(t, plain), want}, {"pcapng.zst", zstded(t, ng), wantNG}} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, c.in, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, src := range []io.Reader{file, bytes.NewReader(c.in), &pieces{src: bytes.NewReader(c.in)}} {
			packets, err := readAll(t, src)
			if err != nil || !reflect.DeepEqual(packets, c.want) {
				t.Errorf("%s through %T: %d packets of %d as they should be, error %v", c.name, src, len(packets), len(c.want), err)
			}
		}
	}
}

// pieces reads pieces of odd sizes.
type pieces struct {
	src io.Reader
	n   int
}

func (p *pieces) Read(b []byte) (int, error) {
	p.n = (p.n*31 + 17) % 70001
	return p.src.Read(b[:min(len(b), p.n)])
}

// A regular file fills the block; so does one that is compressed.
func TestFileFillsBlock(t *testing.T) {
	whole := join(pcapHead(le, 0xa1b2c3d4, 1), bytes.Repeat(pcapRec(le, 1, 0, 100, 100, fill(100, 1)), 40000))
	for name, in := range map[string][]byte{"plain": whole, "gzip": gzipped(t, whole), "zstd": zstded(t, whole)} {
		r, err := Open(fileOf(t, in), "a")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		b := capture.Batch{Data: make([]byte, 0, capture.MinBlock)}
		if err := r.ReadBatch(&b); err != nil {
			t.Fatal(err)
		}
		if len(b.Data) != capture.MinBlock || len(b.Packets) != capture.MinBlock/116 {
			t.Errorf("%s: first batch has %d bytes and %d packets", name, len(b.Data), len(b.Packets))
		}
	}
}

// What a live pipe has is handed out at once, not when the next packet comes.
func TestLivePipe(t *testing.T) {
	header := pcapHead(le, 0xa1b2c3d4, 1)
	for _, c := range []struct {
		name string
		wrap func(io.Writer) flusher
	}{
		{"plain", func(w io.Writer) flusher { return plainFlusher{w} }},
		{"gzip", func(w io.Writer) flusher { return gzip.NewWriter(w) }},
		{"zstd", func(w io.Writer) flusher {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			next := make(chan int)
			go func() {
				defer in.Close()
				w := c.wrap(in)
				w.Write(header)
				for n := range next {
					for range n {
						w.Write(pcapRec(le, 1, 0, 60, 60, fill(60, 1)))
					}
					w.Write(pcapRec(le, 1, 0, 60, 60, nil)[:9]) // the next begins
					w.Flush()
					if _, ok := <-next; !ok {
						return
					}
					w.Write(pcapRec(le, 1, 0, 60, 60, fill(60, 1))[9:])
				}
			}()
			next <- 3
			r, err := Open(out, "pipe")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			batches := make(chan int)
			go func() {
				var b capture.Batch
				for r.ReadBatch(&b) == nil {
					batches <- len(b.Packets)
				}
				close(batches)
			}()
			for _, want := range []int{3, 2} {
				for seen := 0; seen < want; {
					select {
					case n := <-batches:
						seen += n
					case <-time.After(5 * time.Second):
						t.Fatalf("%d packets of %d came", seen, want)
					}
				}
				if want == 3 {
					next <- 0
					next <- 1
				}
			}
			close(next)
			<-batches
		})
	}
}

type flusher interface {
	io.Writer
	Flush() error
}

type plainFlusher struct{ io.Writer }

func (plainFlusher) Flush() error { return nil }

// Several batches can be under way; filling one leaves the others alone.
func TestBatchesAreApart(t *testing.T) {
	whole := pcapHead(le, 0xa1b2c3d4, 1)
	for i := range 20000 {
		whole = append(whole, pcapRec(le, uint32(i), 0, 200, 200, fill(200, byte(i)))...)
	}
	r, err := Open(bytes.NewReader(whole), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var batches []*capture.Batch
	for {
		b := new(capture.Batch)
		if err := r.ReadBatch(b); err != nil {
			break
		}
		batches = append(batches, b)
	}
	if len(batches) < 4 {
		t.Fatalf("%d batches", len(batches))
	}
	i := 0
	for _, b := range batches {
		for j := range b.Packets {
			if !bytes.Equal(b.Bytes(j), fill(200, byte(i))) {
				t.Fatalf("packet %d was overwritten", i)
			}
			i++
		}
	}
	if i != 20000 {
		t.Errorf("%d packets", i)
	}
}

// endless is a capture without end: head once, then body again and again.
type endless struct {
	head, body []byte
	at         int
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.head) > 0 {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	n := 0
	for n < len(p) {
		k := copy(p[n:], e.body[e.at:])
		n += k
		e.at = (e.at + k) % len(e.body)
	}
	return n, nil
}

func TestReadBatchDoesNotAllocate(t *testing.T) {
	var plain, ng []byte
	for i := range 100 {
		data := fill(i*37%1500, byte(i))
		plain = append(plain, pcapRec(le, uint32(i), 0, uint32(len(data)), 1500, data)...)
		ng = append(ng, epb(le, 0, uint64(i), 1500, data)...)
	}
	plain = append(plain, pcapRec(le, 1, 0, 90000, 90000, fill(90000, 1))...)
	ng = append(ng, join(shb(le), idb(le, 1, 0, tsresol(le, 9)), spb(le, 60, fill(60, 1)), epb(le, 0, 1, 200000, fill(200000, 1)))...)
	for name, src := range map[string]io.Reader{
		"pcap":   &endless{head: pcapHead(le, 0xa1b2c3d4, 1), body: plain},
		"pcapng": &endless{head: join(shb(le), idb(le, 1, 0)), body: ng},
	} {
		r, err := Open(src, name)
		if err != nil {
			t.Fatal(err)
		}
		var b capture.Batch
		for range 200 {
			if err := r.ReadBatch(&b); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(200, func() {
			if err := r.ReadBatch(&b); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a batch", name, n)
		}
	}
}
