package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
)

// MaxLine is the length in bytes, with its end, of the longest line that is
// taken.
const MaxLine = 16 << 20

// Config says how lines become messages.
type Config struct {
	Publisher Publisher
	Sensor    string
	Key       Key
	Compress  bool
	Lines     int // in a message at most; 0: any number
	Size      int // of the lines of a message, in bytes; 0: 256 KiB
	Threads   int // that compress; 0: one
	Counters  *Counters

	// Rejected gets a line that is too long for a message of the queue. It may
	// be called by several goroutines.
	Rejected func(line []byte)
}

// messageSize is how many bytes of lines a message has. Larger ones hardly
// compress better.
const messageSize = 256 << 10

// partitionMemory bounds what partitions collect, in bytes.
const partitionMemory = 16 << 20

// A Writer packs lines into messages and publishes them. Its methods are for
// one goroutine.
//
// Lines come in segments. The messages of a segment depend on its lines and
// its name only, so a segment that is sent again is recognized.
type Writer struct {
	config  Config
	ctx     context.Context
	buffers []*buffer // for each partition, what was collected; nil where that is nothing
	numbers []uint32  // for each partition, the number of messages in this segment
	turn    int       // the next partition for records without a key
	segment *segment

	free      chan *buffer
	sealed    chan *buffer // to those who compress
	inOrder   chan *buffer // the same, to the one who publishes
	bodies    sync.Pool
	workers   sync.WaitGroup
	published sync.WaitGroup // messages and segments that are not stored

	mu  sync.Mutex
	err error // the first one
}

// A segment is lines that are stored together or not.
type segment struct {
	name   string
	left   atomic.Int64 // messages that are not stored; one more until it ends
	failed atomic.Bool
	stored func(error)
	w      *Writer
}

// A buffer is lines of a partition that become messages.
type buffer struct {
	text      []byte
	lines     int
	partition int
	id        string
	key       string
	segment   *segment
	messages  []*Message
	ready     chan struct{} // tells that it is compressed
}

// NewWriter returns a Writer, which publishes until ctx is done; the Publisher
// must end by then, too. Close must be called.
func NewWriter(ctx context.Context, config Config) (*Writer, error) {
	if config.Size == 0 {
		config.Size = messageSize
	}
	n := config.Publisher.Partitions()
	config.Size = max(min(config.Size, partitionMemory/n), 4<<10)
	config.Threads = max(config.Threads, 1)
	w := &Writer{config: config, ctx: ctx, buffers: make([]*buffer, n), numbers: make([]uint32, n)}
	spare := 2*config.Threads + 2
	w.free = make(chan *buffer, n+spare)
	for range n + spare {
		w.free <- &buffer{ready: make(chan struct{}, 1)}
	}
	w.sealed = make(chan *buffer, n+spare)
	w.inOrder = make(chan *buffer, n+spare)
	w.bodies.New = func() any { return new([]byte) }
	for range config.Threads {
		e, err := newEncoder(config.Compress, config.Size)
		if err != nil {
			return nil, err
		}
		w.workers.Go(func() {
			for b := range w.sealed {
				w.compress(e, b)
				b.ready <- struct{}{}
			}
		})
	}
	w.workers.Go(w.publish)
	return w, nil
}

// Begin begins a segment.
func (w *Writer) Begin(name string) {
	w.segment = &segment{name: name, w: w}
	w.segment.left.Store(1)
	clear(w.numbers)
	w.turn = partition([]byte(name), len(w.buffers))
	w.published.Add(1)
}

// Add takes whole lines, each with its end. They may change afterwards.
func (w *Writer) Add(lines []byte) error {
	for len(lines) > 0 {
		n := bytes.IndexByte(lines, '\n') + 1
		if n == 0 {
			return errors.New("bus: Add: a line has no end")
		}
		if err := w.add(lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

func (w *Writer) add(line []byte) error {
	key := w.config.Key.of(line)
	p := w.turn
	if key != nil {
		p = partition(key, len(w.buffers))
	}
	b := w.buffers[p]
	if b != nil && len(b.text)+len(line) > w.config.Size {
		w.seal(p)
		b = nil
	}
	if b == nil {
		var err error
		if b, err = w.begin(p); err != nil {
			return err
		}
		if w.config.Lines == 1 {
			b.key = string(key)
		}
	}
	b.text = append(b.text, line...)
	b.lines++
	if b.lines == w.config.Lines {
		w.seal(p)
	}
	return nil
}

// begin takes a buffer for a partition. It waits until there is one.
func (w *Writer) begin(p int) (*buffer, error) {
	select {
	case b := <-w.free:
		b.text, b.lines, b.partition, b.segment, b.key = b.text[:0], 0, p, w.segment, ""
		b.messages = b.messages[:0]
		if cap(b.text) > 4*w.config.Size {
			b.text = nil // it was for a long line
		}
		w.buffers[p] = b
		return b, nil
	case <-w.ctx.Done():
		return nil, context.Cause(w.ctx)
	}
}

// seal hands a partition's lines on.
func (w *Writer) seal(p int) {
	b := w.buffers[p]
	w.buffers[p] = nil
	if p == w.turn {
		w.turn = (w.turn + 1) % len(w.buffers)
	}
	id := append([]byte(w.segment.name), '-')
	id = strconv.AppendUint(id, uint64(p), 36)
	id = append(id, '.')
	b.id = string(strconv.AppendUint(id, uint64(w.numbers[p]), 36))
	w.numbers[p]++
	w.segment.left.Add(1)
	w.config.Counters.Waiting.Add(1)
	w.sealed <- b
	w.inOrder <- b
}

// End ends the segment. stored is called when the queue has stored all of it,
// or with an error, on any goroutine.
func (w *Writer) End(stored func(error)) {
	for p, b := range w.buffers {
		if b != nil {
			w.seal(p)
		}
	}
	s := w.segment
	s.stored = stored
	w.segment = nil
	s.done(nil)
}

// Abort gives up the segment, with the lines for which there is no message yet:
// a message of part of a segment would pass for that of the whole one.
func (w *Writer) Abort() {
	for p, b := range w.buffers {
		if b != nil {
			w.buffers[p] = nil
			w.free <- b
		}
	}
	s := w.segment
	s.stored = func(error) {}
	w.segment = nil
	s.done(nil)
}

// done notes that a message is stored, or will never be.
func (s *segment) done(err error) {
	if err != nil {
		s.failed.Store(true)
		s.w.fail(err)
	}
	if s.left.Add(-1) > 0 {
		return
	}
	err = nil
	if s.failed.Load() {
		err = s.w.Err()
	}
	s.stored(err)
	s.w.published.Done()
}

// fail keeps the first error.
func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// Err is the first error of publishing.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// compress makes messages of a buffer's lines.
func (w *Writer) compress(e *encoder, b *buffer) {
	header := Message{ID: b.id, Sensor: w.config.Sensor, Partition: b.partition, Records: b.lines, Key: b.key}
	b.messages = e.messages(b.messages, header, b.text, w.config.Publisher.MaxMessage(), w.body, func(line []byte) {
		w.config.Counters.Rejected.Add(1)
		if w.config.Rejected != nil {
			w.config.Rejected(line)
		}
	})
}

// body returns memory for a message's body.
func (w *Writer) body() []byte { return *w.bodies.Get().(*[]byte) }

// publish sends what is compressed, in the order of sealing.
func (w *Writer) publish() {
	for b := range w.inOrder {
		<-b.ready
		s := b.segment
		var left atomic.Int64
		left.Store(int64(len(b.messages)) + 1)
		one := func(err error) {
			if left.Add(-1) == 0 {
				w.config.Counters.Waiting.Add(-1)
				s.done(err)
			} else if err != nil {
				s.failed.Store(true)
				w.fail(err)
			}
		}
		size := uint64(len(b.text))
		for _, m := range b.messages {
			err := w.config.Publisher.Publish(w.ctx, m, func(err error) {
				if err == nil {
					w.config.Counters.Messages.Add(1)
					w.config.Counters.Records.Add(uint64(m.Records))
				}
				body := m.Body
				w.bodies.Put(&body)
				one(err)
			})
			if err != nil {
				one(err)
			}
		}
		w.config.Counters.Bytes.Add(size)
		w.free <- b
		one(nil)
	}
}

// Close waits until all segments that have ended are stored, or the context is
// done, and returns the first error.
func (w *Writer) Close() error {
	if w.segment != nil {
		if err := context.Cause(w.ctx); err != nil {
			w.fail(err)
		} else {
			w.fail(errors.New("a segment did not end"))
		}
		w.Abort()
	}
	close(w.sealed)
	close(w.inOrder)
	w.workers.Wait()
	w.published.Wait()
	if err := w.Err(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}
