package pcap

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"
	"merctools/lib/capture"
)

// Packets of the sizes that traffic has, 500 bytes on average.
var benchSizes = [...]int{60, 66, 1514, 66, 90, 1514, 66, 300, 60, 1264}

func benchCapture(size int, ng bool) []byte {
	whole := pcapHead(le, 0xa1b2c3d4, 1)
	if ng {
		whole = join(shb(le), idb(le, 1, 0, tsresol(le, 9)))
	}
	seed := uint32(1)
	for i := 0; len(whole) < size; i++ {
		data := make([]byte, benchSizes[i%len(benchSizes)])
		for j := range data {
			seed = seed*1664525 + 1013904223
			data[j] = byte(seed>>28) * byte(j&3) // compresses about as traffic does
		}
		if ng {
			whole = append(whole, epb(le, 0, uint64(i)*1e6, uint32(len(data)), data)...)
		} else {
			whole = append(whole, pcapRec(le, uint32(i), 0, uint32(len(data)), uint32(len(data)), data)...)
		}
	}
	return whole
}

func BenchmarkReadBatch(b *testing.B) {
	const size = 64 << 20
	plain, ng := benchCapture(size, false), benchCapture(size, true)
	for _, c := range []struct {
		name string
		in   []byte
		size int
	}{
		{"pcap", plain, len(plain)},
		{"pcapng", ng, len(ng)},
		{"pcap.gz", gzipped(b, plain), len(plain)},
		{"pcap.zst", zstded(b, plain), len(plain)},
	} {
		path := filepath.Join(b.TempDir(), c.name)
		if err := os.WriteFile(path, c.in, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			var batch capture.Batch
			var packets int
			b.ReportAllocs()
			b.SetBytes(int64(c.size))
			for b.Loop() {
				file, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				r, err := Open(file, c.name)
				if err != nil {
					b.Fatal(err)
				}
				packets = 0
				for err == nil {
					packets += len(batch.Packets)
					err = r.ReadBatch(&batch)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
				file.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
		})
	}
}

// BenchmarkOther is the usual library on the same bytes, for the choice that
// the package comment gives reasons for.
func BenchmarkOther(b *testing.B) {
	const size = 64 << 20
	plain, ng := benchCapture(size, false), benchCapture(size, true)
	b.Run("pcap", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			r, err := pcapgo.NewReader(bytes.NewReader(plain))
			for err == nil {
				_, _, err = r.ZeroCopyReadPacketData()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
		}
	})
	b.Run("pcapng", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(ng)))
		for b.Loop() {
			r, err := pcapgo.NewNgReader(bytes.NewReader(ng), pcapgo.DefaultNgReaderOptions)
			for err == nil {
				_, _, err = r.ZeroCopyReadPacketData()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
		}
	})
}
