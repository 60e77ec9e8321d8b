package pipeline

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/packet"
	"merctools/lib/proto"
)

// pieces yields Ethernet packets from data, each behind its length in two bytes, so
// many in a batch.
type pieces struct {
	data  []byte
	batch int
	time  int64
}

func (s *pieces) ReadBatch(b *capture.Batch) error {
	b.Packets, b.Data = b.Packets[:0], b.Data[:0]
	for len(b.Packets) < s.batch && len(s.data) >= 2 {
		n := min(int(binary.BigEndian.Uint16(s.data)), len(s.data)-2)
		b.Packets = append(b.Packets, capture.Packet{Off: uint32(len(b.Data)), CapLen: uint32(n), OrigLen: uint32(n), Time: s.time, Link: packet.LinkEthernet})
		b.Data = append(b.Data, s.data[2:2+n]...)
		s.data = s.data[2+n:]
		s.time += 1e6
	}
	if len(b.Packets) == 0 {
		return io.EOF
	}
	return nil
}

// oneByOne processes packets without Run. It returns the records, and what it counted.
func oneByOne(w *engine.Worker, src Source) ([]byte, engine.Stats) {
	var out []byte
	var b capture.Batch
	for src.ReadBatch(&b) == nil {
		for i := range b.Packets {
			out = w.Packet(out, b.Packets[i].Link, b.Bytes(i), b.Packets[i].Time)
		}
	}
	return out, w.Counters()
}

// FuzzRun has any sequence of packets processed by one worker and by three: what
// they write is the same, whether it is about packets alone, about flows, or deep.
// Unless it is deep, it is also what comes of one packet after the other.
func FuzzRun(f *testing.F) {
	names, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		r, err := pcap.Open(file, name)
		if err != nil {
			f.Fatal(err)
		}
		var b capture.Batch
		var seed []byte
		if err := r.ReadBatch(&b); err != nil {
			f.Fatal(err)
		}
		for i := 0; i < len(b.Packets) && len(seed) < 8<<10; i++ {
			seed = binary.BigEndian.AppendUint16(seed, uint16(len(b.Bytes(i))))
			seed = append(seed, b.Bytes(i)...)
		}
		file.Close()
		f.Add(seed, byte(len(seed)), len(seed)%2 == 0)
	}
	const alone, flows, all = 0, 1, 2
	engines := map[int]*engine.Engine{}
	for _, kind := range []int{alone, flows, all} {
		engines[kind], err = engine.New(engine.Config{Options: proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: kind != alone, Deep: kind == all}})
		if err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, batch byte, deep bool) {
		kind := flows
		switch {
		case deep:
			kind = all
		case batch >= 128:
			kind = alone
		}
		e := engines[kind]
		outputs := map[int][]byte{}
		packets := pieces{data: data, batch: 1 + int(batch%16), time: 1.7e18}
		src := packets
		separate, want := oneByOne(e.NewWorker(nil), &src)
		for _, n := range []int{1, 3} {
			history := fingerprintdb.NewHistory()
			var workers []Worker
			for range n {
				workers = append(workers, e.NewWorker(nil))
			}
			var out bytes.Buffer
			sink := Sink{Records: func(b []byte) error { out.Write(b); return nil }, History: history}
			src := packets
			if err := Run(&src, workers, e.NewReader(), sink); err != nil {
				t.Fatal(err)
			}
			var got engine.Stats
			for _, w := range workers {
				c := w.(*engine.Worker).Counters()
				if c.Panics != 0 {
					t.Error("a parser failed")
				}
				got.Packets += c.Packets
				got.Bytes += c.Bytes
			}
			outputs[n] = out.Bytes()
			if kind != all && (got.Packets != want.Packets || got.Bytes != want.Bytes || !bytes.Equal(outputs[n], separate)) {
				t.Errorf("%d workers count %d packets, %d bytes:\n%s\none by one, %d, %d:\n%s", n, got.Packets, got.Bytes, outputs[n], want.Packets, want.Bytes, separate)
			}
		}
		if !bytes.Equal(outputs[1], outputs[3]) {
			t.Errorf("one worker:\n%s\nthree:\n%s", outputs[1], outputs[3])
		}
	})
}
