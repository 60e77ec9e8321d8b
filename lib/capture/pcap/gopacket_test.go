package pcap

import (
	"bytes"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Another implementation reads the same bytes and finds the same packets; what
// it writes is read, and what is written here it reads.

type packetSource interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// readOther reads with the other implementation.
func readOther(t *testing.T, src packetSource, link func(gopacket.CaptureInfo) uint16) []got {
	t.Helper()
	var packets []got
	for {
		data, info, err := src.ReadPacketData()
		if err == io.EOF {
			return packets
		}
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, got{info.Timestamp.UnixNano(), uint32(info.Length), link(info), string(data)})
	}
}

func readOurs(t *testing.T, in []byte) []got {
	t.Helper()
	packets, err := readAll(t, bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	return packets
}

func TestAgreesOnPCAP(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, o := range []byteOrder{le, be} {
		for magic, units := range map[uint32]uint32{0xa1b2c3d4: 1e6, 0xa1b23c4d: 1e9} {
			in := pcapHead(o, magic, 113)
			for range 1000 {
				data := fill(rnd.IntN(2000), byte(rnd.Uint32()))
				in = append(in, pcapRec(o, rnd.Uint32(), rnd.Uint32N(units), uint32(len(data)), uint32(len(data))+rnd.Uint32N(2)*100, data)...)
			}
			other, err := pcapgo.NewReader(bytes.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			want := readOther(t, other, func(gopacket.CaptureInfo) uint16 { return uint16(other.LinkType()) })
			if ours := readOurs(t, in); len(want) != 1000 || !reflect.DeepEqual(ours, want) {
				t.Errorf("%v, magic %x: %d packets, not those of the other %d", o, magic, len(ours), len(want))
			}
		}
	}
}

// The other implementation rounds units of powers of two, so there are none.
func TestAgreesOnPCAPNG(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, o := range []byteOrder{le, be} {
		in := join(shb(o), idb(o, 1, 0), idb(o, 113, 0, tsresol(o, 9)), idb(o, 12, 0, tsresol(o, 3), tsoffset(o, 1600000000)))
		for i := range 1000 {
			if i == 500 {
				in = append(in, join(shb(le), idb(le, 1, 0), idb(le, 101, 0), idb(le, 276, 0))...)
				o = le
			}
			data := fill(rnd.IntN(2000), byte(rnd.Uint32()))
			in = append(in, epb(o, rnd.Uint32N(3), rnd.Uint64N(1<<40), uint32(len(data)), data, option(o, 1, fill(i%50, 'c')))...)
		}
		other, err := pcapgo.NewNgReader(bytes.NewReader(in), pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			t.Fatal(err)
		}
		want := readOther(t, other, func(info gopacket.CaptureInfo) uint16 {
			return uint16(info.AncillaryData[0].(layers.LinkType))
		})
		if ours := readOurs(t, in); len(want) != 1000 || !reflect.DeepEqual(ours, want) {
			t.Errorf("%v: %d packets, not those of the other %d", o, len(ours), len(want))
		}
	}
}

func TestReadsWhatOthersWrite(t *testing.T) {
	var out bytes.Buffer
	w, err := pcapgo.NewNgWriter(&out, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	when := time.Unix(1700000000, 123456789)
	for i := range 10 {
		data := fill(i, 1)
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: when, CaptureLength: i, Length: i + 1}, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for i, p := range readOurs(t, out.Bytes()) {
		if want := (got{when.UnixNano(), uint32(i + 1), 1, string(fill(i, 1))}); p != want {
			t.Errorf("packet %d: %+v, want %+v", i, p, want)
		}
	}
}

func TestOthersReadWhatIsWritten(t *testing.T) {
	for _, nano := range []bool{false, true} {
		format := PCAPFormat{Nano: nano, SnapLen: 9000, Link: 101}
		out := format.AppendHeader(nil)
		var want []got
		for i := range 2000 {
			data := fill(i, byte(i))
			ns := int64(i)*1700000*second/2000 + 123456789
			out = format.AppendPacket(out, ns, data, i+5)
			if !nano {
				ns -= ns % 1000
			}
			want = append(want, got{ns, uint32(i + 5), 101, string(data)})
		}
		other, err := pcapgo.NewReader(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if other.Snaplen() != 9000 {
			t.Errorf("snapshot length %d", other.Snaplen())
		}
		theirs := readOther(t, other, func(gopacket.CaptureInfo) uint16 { return uint16(other.LinkType()) })
		if !reflect.DeepEqual(theirs, want) {
			t.Errorf("nano %v: another implementation reads something else", nano)
		}
		if ours := readOurs(t, out); !reflect.DeepEqual(ours, want) {
			t.Errorf("nano %v: what is read is not what was written", nano)
		}
	}
}
