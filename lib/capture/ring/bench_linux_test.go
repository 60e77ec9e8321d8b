package ring

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/gopacket/gopacket/afpacket"

	"merctools/lib/capture"
	"merctools/lib/capture/ring/testnet"
)

// BenchmarkRead compares reading packets from a ring block by block with
// reading them one by one, as the package afpacket does, with and without
// copies. The packets are in the ring before time is taken.
func BenchmarkRead(b *testing.B) {
	const memory = 64 << 20
	for _, size := range []int{100, 1000} {
		frames := benchFrames(size)
		count := memory / 2 / (size + 150)
		b.Run(fmt.Sprintf("blocks/%d", size), func(b *testing.B) {
			n := testnet.New(b)
			n.Pair("a", "b", 1500)
			c := prepare(b, n, Config{Interface: "b", Rings: 1, Memory: memory})
			var batch capture.Batch
			r := c.group.Rings()[0]
			benchmark(b, n, frames, count, func() {
				for got := 0; got < count; got += len(batch.Packets) {
					if err := r.ReadBatch(&batch); err != nil {
						b.Fatal(err)
					}
					for i := range batch.Packets {
						touch(batch.Bytes(i))
					}
				}
			})
		})
		for _, copies := range []bool{false, true} {
			name := "afpacket"
			if copies {
				name = "afpacket-copies"
			}
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				n := testnet.New(b)
				n.Pair("a", "b", 1500)
				var tp *afpacket.TPacket
				var err error
				n.Do(func() {
					tp, err = afpacket.NewTPacket(afpacket.OptInterface("b"), afpacket.OptFrameSize(DefaultBlock/4),
						afpacket.OptBlockSize(DefaultBlock), afpacket.OptNumBlocks(memory/DefaultBlock),
						afpacket.OptBlockTimeout(DefaultRetire), afpacket.OptPollTimeout(time.Second), afpacket.TPacketVersion3)
				})
				if err != nil {
					b.Fatal(err)
				}
				defer tp.Close()
				read := tp.ZeroCopyReadPacketData
				if copies {
					read = tp.ReadPacketData
				}
				benchmark(b, n, frames, count, func() {
					for got := 0; got < count; {
						data, _, err := read()
						if err == io.EOF || err == nil && len(data) == 0 {
							b.Fatalf("%d bytes, %v", len(data), err)
						}
						if err == nil {
							touch(data)
							got++
						}
					}
				})
			})
		}
	}
}

func benchFrames(size int) [][]byte {
	var frames [][]byte
	for i := range 64 {
		frames = append(frames, testnet.UDP(1, 2, uint16(1000+i), 53, make([]byte, size-42)))
	}
	return frames
}

// benchmark has read read so many packets, again and again.
func benchmark(b *testing.B, n *testnet.Net, frames [][]byte, count int, read func()) {
	s := sender(b, n, "a")
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if _, err := s.SendAtRate(frames, 0, count, time.Minute); err != nil {
			b.Fatal(err)
		}
		time.Sleep(3 * DefaultRetire) // for the last block
		b.StartTimer()
		read()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/packet")
}

var touched byte

// touch reads from a packet.
func touch(data []byte) { touched += data[0] + data[len(data)-1] }
