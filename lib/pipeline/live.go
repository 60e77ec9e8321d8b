package pipeline

import (
	"io"
	"sync"
	"sync/atomic"

	"merctools/lib/capture"
)

// Live runs a worker for each source, all at the same time, until all sources
// have ended. What a worker made of a block goes to the sink when the block is
// done, before the source is asked for the next. So nothing is put by: while
// the sink is slow, sources are not read.
//
// The sink's functions are called by one worker at a time, each with records
// or packets of one block; blocks of different sources come in any order.
//
// When a source fails, or the sink, stop is called, which must make the
// sources end. The first such error is returned.
func Live(sources []Source, workers []Worker, sink Sink, stop func()) error {
	l := live{sink: sink, stop: stop}
	var running sync.WaitGroup
	for i, src := range sources {
		running.Go(func() {
			if err := l.run(src, workers[i]); err != nil {
				l.fail(err)
			}
		})
	}
	running.Wait()
	return l.err
}

type live struct {
	sink Sink
	stop func()

	failed atomic.Bool
	mu     sync.Mutex // held while the sink is used
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

func (l *live) run(src Source, w Worker) error {
	var batch capture.Batch
	var out []byte
	var kept []capture.Packet
	for !l.failed.Load() {
		if err := src.ReadBatch(&batch); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		for i := range batch.Packets {
			p := &batch.Packets[i]
			before := len(out)
			out = w.Packet(out, p.Link, batch.Bytes(i), p.Time)
			if l.sink.Packet != nil {
				out = out[:before]
				if w.Kept() {
					kept = append(kept, *p)
				}
			}
		}
		if batch.More {
			continue
		}
		if err := l.write(&batch, out, kept); err != nil {
			return err
		}
		out, kept = out[:0], kept[:0]
	}
	return nil
}

// write hands over what a worker made of a block.
func (l *live) write(batch *capture.Batch, records []byte, kept []capture.Packet) error {
	if len(records) == 0 && len(kept) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed.Load() {
		return nil
	}
	if len(records) > 0 && l.sink.Records != nil {
		if err := l.sink.Records(records); err != nil {
			return err
		}
	}
	for i := range kept {
		p := &kept[i]
		if err := l.sink.Packet(p, p.In(batch.Data)); err != nil {
			return err
		}
	}
	return l.sink.flush()
}
