package pipeline

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/engine"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// verbose is a worker whose records are up to 128 KiB long. Of some batches it
// makes many chunks, of others none.
type verbose struct {
	worker
	use engine.FlowUse
}

func (w *verbose) FlowUse() engine.FlowUse { return w.use }

// Alone leaves every fifth packet to the worker of its flow.
func (w *verbose) Alone(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte, done bool) {
	if number(data)%5 == 0 {
		return dst, false
	}
	return w.Decoded(dst, h, data, t), true
}

func (w *verbose) InFlow(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	return w.Decoded(dst, h, data, t)
}

func (w *verbose) Packet(dst []byte, _ uint16, data []byte, _ int64) []byte {
	n := number(data)
	w.kept = n%2 == 0
	length := int(n * 7919 % (1 << 17))
	if n/100%3 == 0 || length < 8 {
		return dst
	}
	if n%97 == 0 { // a record that is given up
		return append(dst, make([]byte, 4<<20)...)[:len(dst)]
	}
	dst = binary.BigEndian.AppendUint32(dst, n)
	return append(append(dst, bytes.Repeat([]byte{'x'}, length-5)...), '\n')
}

func (w *verbose) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	return w.Packet(dst, h.LinkType, data, t)
}

// runVerbose returns the numbers of the packets whose records are written, or
// that are kept, the length of all records, and the most that was written at a
// time.
func runVerbose(t *testing.T, n int, use engine.FlowUse, keep bool) (numbers []uint32, length, most int) {
	var all []Worker
	for range n {
		all = append(all, &verbose{use: use})
	}
	sink := Sink{Records: func(b []byte) error {
		most = max(most, len(b))
		length += len(b)
		for rest := b; len(rest) > 0; {
			numbers = append(numbers, binary.BigEndian.Uint32(rest))
			rest = rest[4+bytes.IndexByte(rest[4:], '\n')+1:]
		}
		return nil
	}}
	if keep {
		sink = Sink{Packet: func(p *capture.Packet, data []byte) error {
			numbers = append(numbers, number(data))
			return nil
		}}
	}
	if err := Run(&source{batches: 12, size: 100, err: io.EOF}, all, new(packet.Decoder).NewReader(0), sink); err != nil {
		t.Fatal(err)
	}
	return numbers, length, most
}

// TestChunks checks that batches of which much is made are written in their
// order, in pieces of a bounded size.
func TestChunks(t *testing.T) {
	for _, keep := range []bool{false, true} {
		want, length, _ := runVerbose(t, 1, engine.FlowsUnused, keep)
		if len(want) < 500 {
			t.Fatalf("%d records", len(want))
		}
		for i := range want[1:] {
			if want[i] >= want[i+1] {
				t.Fatalf("%d comes before %d", want[i], want[i+1])
			}
		}
		for i := range 9 {
			n, use := []int{1, 2, 32}[i/3], engine.FlowUse(i%3)
			got, gotLength, most := runVerbose(t, n, use, keep)
			if len(got) != len(want) || gotLength != length || most > largeSize+longestRecord {
				t.Fatalf("%d workers: %d records of %d bytes, want %d of %d; %d bytes at a time", n, len(got), gotLength, len(want), length, most)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%d workers: record %d is of packet %d, want %d", n, i, got[i], want[i])
				}
			}
		}
	}
}

// futile is a worker whose records are all given up, once they are as long as the
// longest.
type futile struct {
	verbose
	short *atomic.Int32 // how often there was no room for one
}

func (w *futile) Packet(dst []byte, _ uint16, _ []byte, _ int64) []byte {
	if cap(dst)-len(dst) < record.MaxLen {
		w.short.Add(1)
		return append(dst, make([]byte, record.MaxLen)...)[:len(dst)]
	}
	return dst
}

func (w *futile) Alone(dst []byte, h *packet.Headers, data []byte, t int64) (out []byte, done bool) {
	return w.Decoded(dst, h, data, t), true
}

func (w *futile) Decoded(dst []byte, h *packet.Headers, data []byte, t int64) []byte {
	return w.Packet(dst, h.LinkType, data, t)
}

// TestRecordsGivenUp checks that workers get room for records that are given up once,
// not for each.
func TestRecordsGivenUp(t *testing.T) {
	for _, use := range []engine.FlowUse{engine.FlowsUnused, engine.FlowsForSome, engine.FlowsForAll} {
		var all []Worker
		var short atomic.Int32
		for range 3 {
			all = append(all, &futile{verbose{use: use}, &short})
		}
		src := &source{batches: 12, size: 100, err: io.EOF}
		if err := Run(src, all, new(packet.Decoder).NewReader(0), Sink{Records: func([]byte) error { return nil }}); err != nil {
			t.Fatal(err)
		}
		// With flows for some, batches have memory of their own for records.
		if n, most := short.Load(), int32(len(all)+spareJobs); n > most {
			t.Errorf("%v: %d times without room for a record, want at most %d", use, n, most)
		}
	}
}

// TestSlowSink checks that a sink that takes nothing stops the workers, with
// all memory that they may have, and the source.
func TestSlowSink(t *testing.T) {
	for _, use := range []engine.FlowUse{engine.FlowsUnused, engine.FlowsForSome, engine.FlowsForAll} {
		testSlowSink(t, use)
	}
}

func testSlowSink(t *testing.T, use engine.FlowUse) {
	var read atomic.Int32
	block := make(chan struct{})
	src := &counted{&source{batches: 100, size: 100, err: io.EOF}, &read}
	done := make(chan error)
	go func() {
		done <- Run(src, []Worker{&verbose{use: use}, &verbose{use: use}, &verbose{use: use}}, new(packet.Decoder).NewReader(0), Sink{Records: func([]byte) error { <-block; return nil }})
	}()
	time.Sleep(50 * time.Millisecond)
	// The first batch makes nothing, so its job goes round.
	if n := read.Load(); n > 1+max(window/capture.MinBlock, 2*3+spareJobs) {
		t.Errorf("%d batches read while the sink takes the first", n)
	}
	close(block)
	if err := <-done; err != nil || read.Load() != 101 {
		t.Errorf("%v, %d batches", err, read.Load())
	}
}
