package pipeline

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/members"
	"merctools/lib/packet"
)

// source yields batches of packets that carry their numbers. They come from
// eleven hosts.
type source struct {
	batches, size int
	next          int
	err           error
}

func (s *source) ReadBatch(b *capture.Batch) error {
	b.Packets, b.Data = b.Packets[:0], b.Data[:0]
	if s.batches == 0 {
		return s.err
	}
	s.batches--
	for range s.size {
		b.Packets = append(b.Packets, capture.Packet{Off: uint32(len(b.Data)), CapLen: headerLen + 4, Time: int64(s.next), Link: packet.LinkRaw})
		header := [headerLen]byte{0x45, 3: headerLen + 4, 15: byte(s.next * 7 % 11)}
		b.Data = append(b.Data, header[:]...)
		b.Data = binary.BigEndian.AppendUint32(b.Data, uint32(s.next))
		s.next++
	}
	return nil
}

// worker writes the number of every third packet and, where seen is not nil, how
// many packets of the same host it has seen before. If some is set, it does so for
// every fifth packet, and counts no others.
type worker struct {
	seen map[byte]int
	some bool
	kept bool
}

func (w *worker) FlowUse() engine.FlowUse {
	switch {
	case w.seen == nil:
		return engine.FlowsUnused
	case w.some:
		return engine.FlowsForSome
	}
	return engine.FlowsForAll
}

func (w *worker) counts(data []byte) bool {
	return w.seen != nil && (!w.some || number(data)%5 == 0)
}

func (w *worker) Packet(dst []byte, _ uint16, data []byte, _ int64) []byte {
	n := number(data)
	s := host(data)
	if w.counts(data) {
		w.seen[s]++
	}
	w.kept = n%3 == 0
	switch {
	case w.kept && w.counts(data):
		dst = fmt.Appendf(dst, "%d %d\n", n, w.seen[s])
	case w.kept:
		dst = fmt.Appendf(dst, "%d\n", n)
	}
	return dst
}

func (w *worker) Alone(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte, done bool) {
	if w.counts(data) {
		return dst, false
	}
	return w.Decoded(dst, h, data, t), true
}

func (w *worker) MayCarryOn(uint32, int64) bool { return true }

func (w *worker) InFlow(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	return w.Decoded(dst, h, data, t)
}

func (w *worker) Flows() engine.Flows { return engine.Flows{} }

// ShareFlows does nothing: acquaintances have one map already.
func (w *worker) ShareFlows(engine.Flows) {}

func (w *worker) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	if string(h.Payload(data)) != string(data[headerLen:]) {
		panic("the headers are those of another packet")
	}
	return w.Packet(dst, h.LinkType, data, t)
}

func (w *worker) PassedOver(uint64, uint64) {}

func (w *worker) Kept() bool { return w.kept }

func (w *worker) Deferred() *engine.Deferred { return nil }

func (w *worker) SetNumber(uint64)         {}
func (w *worker) WantsOrigin() bool        { return false }
func (w *worker) SetSource(members.Source) {}

const headerLen = 20 // of IPv4

func host(data []byte) byte { return data[headerLen-5] }

func number(data []byte) uint32 { return binary.BigEndian.Uint32(data[headerLen:]) }

func workers(n int) []Worker {
	var all []Worker
	for range n {
		all = append(all, &worker{seen: map[byte]int{}})
	}
	return all
}

// strangers are workers that know nothing of flows.
func strangers(n int) []Worker {
	var all []Worker
	for range n {
		all = append(all, &worker{})
	}
	return all
}

// acquaintances are workers that know something of flows, together.
func acquaintances(n int) []Worker {
	var all []Worker
	seen := map[byte]int{}
	for range n {
		all = append(all, &worker{seen: seen, some: true})
	}
	return all
}

func run(t *testing.T, workers []Worker, keep bool) []byte {
	var out bytes.Buffer
	sink := Sink{Records: func(b []byte) error { out.Write(b); return nil }}
	if keep {
		sink = Sink{Packet: func(p *capture.Packet, data []byte) error {
			fmt.Fprintf(&out, "%d %x\n", p.Time, data)
			return nil
		}}
	}
	// Half of the packets that may depend on others can only carry on with something.
	decoder := packet.NewDecoder(packet.Config{Part: func(_ *packet.Headers, data []byte) packet.Part {
		if number(data)%10 == 0 {
			return packet.PartRest
		}
		return packet.PartBegin
	}})
	if err := Run(&source{batches: 40, size: 100, err: io.EOF}, workers, decoder.NewReader(0), sink); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSameForAnyNumberOfWorkers(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for name, make := range map[string]func(int) []Worker{"by flow": workers, "by batch": strangers, "some by flow": acquaintances} {
			want := run(t, make(1), keep)
			if n := bytes.Count(want, []byte("\n")); n != 1334 {
				t.Fatalf("%d lines from one worker, want 1334", n)
			}
			for _, n := range []int{2, 3, 8} {
				if got := run(t, make(n), keep); !bytes.Equal(got, want) {
					t.Errorf("%s, %d workers, packets %v: another output than from one", name, n, keep)
				}
			}
		}
	}
}

var errTest = errors.New("test")

func TestSourceFails(t *testing.T) {
	for _, n := range []int{1, 4} {
		lines := 0
		sink := Sink{Records: func(b []byte) error { lines += bytes.Count(b, []byte("\n")); return nil }}
		err := Run(&source{batches: 3, size: 30, err: errTest}, workers(n), new(packet.Decoder).NewReader(0), sink)
		if !errors.Is(err, errTest) || lines != 30 {
			t.Errorf("%d workers: error %v, %d lines; want the source's error and 30 lines", n, err, lines)
		}
	}
}

func TestSinkFails(t *testing.T) {
	for _, n := range []int{1, 4} {
		src := &source{batches: 1000, size: 30, err: io.EOF}
		calls := 0
		err := Run(src, workers(n), new(packet.Decoder).NewReader(0), Sink{Records: func([]byte) error { calls++; return errTest }})
		if !errors.Is(err, errTest) || calls != 1 || src.batches < 900 {
			t.Errorf("%d workers: error %v after %d calls, %d batches left", n, err, calls, src.batches)
		}
	}
}

func TestFlush(t *testing.T) {
	for _, n := range []int{1, 2} {
		flushes := 0
		sink := Sink{Packet: func(*capture.Packet, []byte) error { return nil }, Flush: func() error { flushes++; return nil }}
		if err := Run(&source{batches: 5, size: 10, err: io.EOF}, workers(n), new(packet.Decoder).NewReader(0), sink); err != nil || flushes != 5 {
			t.Errorf("%d workers: %v, %d flushes, want one for each of 5 batches", n, err, flushes)
		}
	}
}

// numbered checks the numbers of packets, which are also their bytes, and
// notes which ones it has had.
type numbered struct {
	worker
	t      *testing.T
	number uint64
	had    []atomic.Bool
}

func (w *numbered) SetNumber(n uint64) { w.number = n }

func (w *numbered) Packet(dst []byte, linkType uint16, data []byte, t int64) []byte {
	if n := number(data); uint64(n) != w.number {
		w.t.Errorf("packet %d has number %d", n, w.number)
	}
	w.had[w.number].Store(true)
	return w.worker.Packet(dst, linkType, data, t)
}

func (w *numbered) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	return w.Packet(dst, h.LinkType, data, t)
}

func TestNumbers(t *testing.T) {
	const batches, size = 40, 100
	had := make([]atomic.Bool, batches*size)
	var all []Worker
	for range 4 {
		all = append(all, &numbered{worker: worker{seen: map[byte]int{}}, t: t, had: had})
	}
	processed := uint64(0)
	sink := Sink{Processed: func(n uint64) {
		for ; processed < n; processed++ {
			if !had[processed].Load() {
				t.Errorf("packet %d is not processed", processed)
			}
		}
	}}
	if err := Run(&source{batches: batches, size: size, err: io.EOF}, all, new(packet.Decoder).NewReader(0), sink); err != nil || processed != batches*size {
		t.Errorf("%v, %d packets processed, want %d", err, processed, batches*size)
	}
}

// failures counts the packets whose headers could not be read.
type failures struct {
	worker
	failed *atomic.Int64
}

func (w *failures) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	if h.Failed() {
		w.failed.Add(1)
		return dst
	}
	return w.worker.Decoded(dst, h, data, t)
}

// A decoder that panics costs its packet, with several workers too.
func TestDecoderPanics(t *testing.T) {
	const batches, size = 40, 100
	decoder := packet.NewDecoder(packet.Config{Part: func(_ *packet.Headers, data []byte) packet.Part {
		if n := number(data); n%size == 0 || n%7 == 0 || n%size == size-1 {
			panic("decoder")
		}
		return packet.PartBegin
	}})
	want, records := int64(0), 0
	for n := range batches * size {
		switch {
		case n%size == 0 || n%7 == 0 || n%size == size-1:
			want++
		case n%3 == 0:
			records++
		}
	}
	var failed atomic.Int64
	var all []Worker
	for range 3 {
		all = append(all, &failures{worker{seen: map[byte]int{}}, &failed})
	}
	var out bytes.Buffer
	sink := Sink{Records: func(b []byte) error { out.Write(b); return nil }}
	if err := Run(&source{batches: batches, size: size, err: io.EOF}, all, decoder.NewReader(0), sink); err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(out.Bytes(), []byte("\n")); failed.Load() != want || got != records {
		t.Errorf("%d packets failed, %d have records; want %d and %d", failed.Load(), got, want, records)
	}
}
