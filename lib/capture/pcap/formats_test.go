package pcap

import (
	"bytes"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"
)

func TestSnoop(t *testing.T) {
	a, big := fill(60, 1), fill(70000, 3)
	for _, c := range []readCase{
		{name: "Ethernet", in: join(snoopHead(2, 4), snoopRec(60, 60, 1000, 7, 60, a), snoopRec(60, 64, 1000, 999999, 1500, a)),
			want: []got{{1000*second + 7000, 60, 1, string(a)}, {1000*second + 999999000, 1500, 1, string(a)}}},
		{name: "FDDI", in: join(snoopHead(2, 8), snoopRec(60, 60, 1, 0, 60, a)),
			want: []got{{second, 60, 10, string(a)}}},
		{name: "HDLC", in: join(snoopHead(2, 5), snoopRec(60, 60, 1, 0, 60, a)),
			want: []got{{second, 60, 104, string(a)}}},
		{name: "unassigned", in: join(snoopHead(2, 10), snoopRec(60, 60, 1, 0, 60, a)),
			want: []got{{second, 60, noLink, string(a)}}},
		{name: "longer than MaxPacket", in: join(snoopHead(2, 4), snoopRec(70000, 70002, 1, 0, 70000, big), snoopRec(60, 60, 2, 0, 60, a)),
			want: []got{{second, 70000, 1, string(big[:65536])}, {2 * second, 60, 1, string(a)}}},
		{name: "no packets", in: snoopHead(2, 4)},
		{name: "gzip", in: gzipped(t, join(snoopHead(2, 4), snoopRec(60, 64, 1, 0, 60, a))),
			want: []got{{second, 60, 1, string(a)}}},
		{name: "another version", in: snoopHead(1, 4), err: "x.pcap: offset 0: snoop capture of version 1"},
		{name: "another file", in: []byte("snooping around"), err: "x.pcap: offset 0: file header cut off (needs 16 bytes, has 15)"},
		{name: "another longer file", in: []byte("snooping around here"), err: "x.pcap: not a capture file"},
		{name: "header cut off", in: join(snoopHead(2, 4), make([]byte, 23)), err: "x.pcap: offset 16: packet record header cut off (needs 24 bytes, has 23)"},
		{name: "packet cut off", in: join(snoopHead(2, 4), snoopRec(60, 60, 1, 0, 60, a)[:83]), err: "x.pcap: offset 16: packet record cut off (needs 84 bytes, has 83)"},
		{name: "padding cut off", in: join(snoopHead(2, 4), snoopRec(60, 64, 1, 0, 60, a)[:86]),
			want: []got{{second, 60, 1, string(a)}}, err: "x.pcap: offset 16: packet record cut off (needs 88 bytes, has 86)"},
		{name: "captured length beyond the record", in: join(snoopHead(2, 4), snoopRec(61, 60, 1, 0, 60, a)),
			err: "x.pcap: offset 16: packet record of 84 bytes with a captured length of 61"},
		{name: "record shorter than its header", in: join(snoopHead(2, 4), make([]byte, 11), []byte{23}, make([]byte, 12)),
			err: "x.pcap: offset 16: packet record of 23 bytes with a captured length of 0"},
	} {
		t.Run(c.name, c.check)
	}
}

func TestAgreesOnSnoop(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	in := snoopHead(2, 4)
	for range 1000 {
		n := rnd.Uint32N(2000)
		in = append(in, snoopRec(n, (n+3)&^3, rnd.Uint32(), rnd.Uint32N(1e6), n+rnd.Uint32N(2)*100, fill(int(n), byte(n)))...)
	}
	other, err := pcapgo.NewSnoopReader(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	link, err := other.LinkType()
	if err != nil {
		t.Fatal(err)
	}
	want := readOther(t, other, func(gopacket.CaptureInfo) uint16 { return uint16(*link) })
	if ours := readOurs(t, in); len(want) != 1000 || !reflect.DeepEqual(ours, want) {
		t.Errorf("%d packets, not those of the other %d", len(ours), len(want))
	}
}

// Formats that are not read have names.
func TestUnsupportedFormats(t *testing.T) {
	erf := join(le.AppendUint64(nil, 1700000000<<32), []byte{2, 4, 0, 82, 0, 0, 0, 64}, fill(66, 1))
	for _, tt := range []struct {
		in   []byte
		want string
	}{
		{erf, " that can be read: ERF (convert it with editcap)"},
		{gzipped(t, erf), " that can be read: ERF (convert it with editcap)"},
		{erf[:15], ""},
		{[]byte("GMBU\x00\x02 and more"), " that can be read: Microsoft Network Monitor 2 (convert it with editcap)"},
		{[]byte("TRSNIFF data    \x1a"), " that can be read: Sniffer (convert it with editcap)"},
		{[]byte(`{"fingerprints":{"tls":"tls/1/(0303)"}}`), ""},
		{[]byte("event_start 1700000000\n"), ""},
		{make([]byte, 100), ""},
	} {
		_, err := readAll(t, bytes.NewReader(tt.in))
		if errText(err) != "x.pcap: not a capture file"+tt.want {
			t.Errorf("% x: %q", tt.in[:min(len(tt.in), 16)], errText(err))
		}
	}
}

// A block of an xz stream can't ask for as much memory as it likes.
func TestXZDictionary(t *testing.T) {
	whole := join(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 60, 60, fill(60, 1)))
	greedy := func(size byte) []byte {
		z := xzed(t, whole)
		// A block header of 12 bytes is behind that of the stream: its
		// size, flags, filter, length of properties, dictionary, padding,
		// and a checksum.
		block := z[xzHeader:][:12]
		if block[0] != 2 || block[1]&0xc3 != 0 || block[2] != 0x21 {
			t.Fatalf("another block header: % x", block)
		}
		block[4] = size
		le.PutUint32(block[8:], crc32.ChecksumIEEE(block[:8]))
		return z
	}
	if _, err := readAll(t, bytes.NewReader(greedy(xzDictionary))); err != nil {
		t.Error(err)
	}
	for name, in := range map[string][]byte{
		"first":  greedy(xzDictionary + 1),
		"most":   greedy(40),
		"second": join(xzed(t, whole), greedy(40)),
	} {
		_, err := readAll(t, bytes.NewReader(in))
		if !strings.HasSuffix(errText(err), "xz data: a dictionary of more than 64 MiB") {
			t.Errorf("%s block: %v", name, err)
		}
	}
	// With sizes in the header.
	for want, header := range map[byte][]byte{
		40: {0xc0, 0x80, 1, 0x80, 0x80, 2, 0x21, 1, 40, 0, 0, 0},
		39: {0x40, 5, 0x21, 1, 39, 0, 0},
		0:  {0, 0x03, 1, 40, 0, 0, 0},
	} {
		if got := xzDictionaryOf(header); got != want {
			t.Errorf("% x: %d", header, got)
		}
	}
}
