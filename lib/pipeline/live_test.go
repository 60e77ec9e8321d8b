package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"merctools/lib/capture"
)

// stoppable is a source that, after its batches, waits until it is stopped.
type stoppable struct {
	source
	stopped chan struct{}
}

func (s *stoppable) ReadBatch(b *capture.Batch) error {
	if s.batches == 0 {
		<-s.stopped
		return io.EOF
	}
	return s.source.ReadBatch(b)
}

// parts hands out the packets of a source's batches a few at a time.
type parts struct {
	source
	block capture.Batch
}

func (s *parts) ReadBatch(b *capture.Batch) error {
	if len(s.block.Packets) == 0 {
		if err := s.source.ReadBatch(&s.block); err != nil {
			return err
		}
	}
	n := min(7, len(s.block.Packets))
	b.Data, b.Packets = s.block.Data, append(b.Packets[:0], s.block.Packets[:n]...)
	s.block.Packets = s.block.Packets[n:]
	b.More = len(s.block.Packets) > 0
	return nil
}

func TestLive(t *testing.T) {
	for _, n := range []int{1, 3} {
		for i := range 4 {
			keep, inParts := i%2 > 0, i/2 > 0
			var sources []Source
			for range n {
				s := source{batches: 40, size: 100, err: io.EOF}
				if inParts {
					sources = append(sources, &parts{source: s})
				} else {
					sources = append(sources, &s)
				}
			}
			var out bytes.Buffer
			flushes := 0
			var mu sync.Mutex
			locked := func(f func()) error { mu.Lock(); defer mu.Unlock(); f(); return nil }
			sink := Sink{
				Records: func(b []byte) error { return locked(func() { out.Write(b) }) },
				Flush:   func() error { return locked(func() { flushes++ }) },
			}
			if keep {
				sink.Records = nil
				sink.Packet = func(p *capture.Packet, data []byte) error {
					return locked(func() { fmt.Fprintf(&out, "%d %x\n", p.Time, data) })
				}
			}
			if err := Live(sources, workers(n), slices.Repeat([]Sink{sink}, n), func() { t.Error("stopped") }); err != nil {
				t.Fatal(err)
			}
			want := strings.SplitAfter(strings.Repeat(string(run(t, workers(1), keep)), n), "\n")
			got := strings.SplitAfter(out.String(), "\n")
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d workers, packets %v, in parts %v: %d lines, want %d", n, keep, inParts, len(got), len(want))
			}
			if flushes != 40*n {
				t.Errorf("%d workers: %d flushes", n, flushes)
			}
		}
	}
}

// One that fails ends all.
func TestLiveFails(t *testing.T) {
	for _, sinkFails := range []bool{false, true} {
		stopped := make(chan struct{})
		sources := []Source{
			&stoppable{source{batches: 2, size: 30}, stopped},
			&stoppable{source{batches: 0, size: 30}, stopped},
		}
		sink := Sink{Records: func([]byte) error { return nil }}
		if sinkFails {
			sink.Records = func([]byte) error { return errTest }
		} else {
			sources = append(sources, &source{err: errTest})
		}
		stops := 0
		err := Live(sources, workers(len(sources)), slices.Repeat([]Sink{sink}, len(sources)), func() { stops++; close(stopped) })
		if !errors.Is(err, errTest) || stops != 1 {
			t.Errorf("sink fails: %v: error %v, stopped %d times", sinkFails, err, stops)
		}
	}
}

// While the sink is slow, sources are not read.
func TestLiveSlowSink(t *testing.T) {
	var read atomic.Int32
	block := make(chan struct{})
	var sources []Source
	for range 3 {
		sources = append(sources, &counted{&source{batches: 1000, size: 9, err: io.EOF}, &read})
	}
	done := make(chan error)
	go func() {
		done <- Live(sources, workers(3), slices.Repeat([]Sink{{Records: func([]byte) error { <-block; return nil }}}, 3), func() {})
	}()
	for begin := time.Now(); read.Load() < 3 && time.Since(begin) < 10*time.Second; {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	if n := read.Load(); n != 3 {
		t.Errorf("%d batches read while the sink takes the first", n)
	}
	close(block)
	if err := <-done; err != nil || read.Load() != 3003 {
		t.Errorf("%v, %d batches", err, read.Load())
	}
}

type counted struct {
	Source
	n *atomic.Int32
}

func (c *counted) ReadBatch(b *capture.Batch) error {
	c.n.Add(1)
	return c.Source.ReadBatch(b)
}
