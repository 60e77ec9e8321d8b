package pipeline

import (
	"io"
	"sync"
	"sync/atomic"

	"merctools/lib/capture"
)

// Live runs a worker for each source, all at the same time, until all sources
// have ended. What a worker made of a block goes to the sink when the block is
// done, or when it fills a chunk, before the source is asked for more. Nothing
// is buffered beyond that: while the sink is slow, sources are not read.
//
// Each worker has its sink; they are used at the same time.
//
// When a source fails, or a sink, stop is called, which must make the sources
// end. The first such error is returned.
func Live(sources []Source, workers []Worker, sinks []Sink, stop func()) error {
	l := live{stop: stop}
	var running sync.WaitGroup
	for i, src := range sources {
		running.Go(func() {
			if err := l.run(src, workers[i], &sinks[i]); err != nil {
				l.fail(err)
			}
		})
	}
	running.Wait()
	return l.err
}

type live struct {
	stop   func()
	failed atomic.Bool
	once   sync.Once
	err    error
}

func (l *live) fail(err error) {
	l.once.Do(func() {
		l.err = err
		l.failed.Store(true)
		l.stop()
	})
}

func (l *live) run(src Source, w Worker, sink *Sink) error {
	var batch capture.Batch
	out := make([]byte, 0, largeSize+longestRecord)
	var kept []capture.Packet
	var at position
	wantsOrigin := w.WantsOrigin()
	publisher, _ := w.(Publisher)
	for !l.failed.Load() {
		if err := src.ReadBatch(&batch); err != nil {
			if err == io.EOF {
				return sink.end(w)
			}
			return err
		}
		if wantsOrigin {
			w.SetSource(at.source(&batch))
		}
		for i := range batch.Packets {
			p := &batch.Packets[i]
			before := len(out)
			at.packet = i
			out = w.Packet(out, p.Link, batch.Bytes(i), p.Time)
			if sink.Packet != nil {
				out = out[:before]
				if w.Kept() {
					kept = append(kept, *p)
				}
			}
			if len(out) < largeSize && len(kept) < maxKept {
				continue
			}
			if err := sink.block(&batch, out, kept); err != nil {
				return err
			}
			out, kept = out[:0], kept[:0]
		}
		if batch.More {
			continue
		}
		if publisher != nil {
			publisher.Publish()
		}
		if err := sink.block(&batch, out, kept); err != nil {
			return err
		}
		out, kept = out[:0], kept[:0]
	}
	return nil
}

// end takes what a worker has held back.
func (s *Sink) end(w Worker) error {
	f, ok := w.(Flusher)
	if !ok || s.Packet != nil {
		return nil
	}
	out := f.Rest(nil)
	if err := s.block(nil, out, nil); err != nil {
		return err
	}
	for _, more := f.Pending(); more; _, more = f.Pending() {
		out = f.Flush(out[:0])
		if err := s.block(nil, out, nil); err != nil {
			return err
		}
	}
	return nil
}

// maxKept is how many packets of a block are kept before they are written.
const maxKept = 4096

// block takes what a worker made of a block, or of a part of it.
func (s *Sink) block(batch *capture.Batch, records []byte, kept []capture.Packet) error {
	if len(records) == 0 && len(kept) == 0 {
		return nil
	}
	if len(records) > 0 && s.Records != nil {
		if err := s.Records(records); err != nil {
			return err
		}
	}
	for i := range kept {
		p := &kept[i]
		if err := s.Packet(p, p.In(batch.Data)); err != nil {
			return err
		}
	}
	return s.flush()
}
