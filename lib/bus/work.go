package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// A Worker runs the lines of messages through a filter, a program that writes a
// line for each line that it reads, in their order, and publishes what comes
// back. A message is acknowledged when the queue has stored that.
//
// The ID of what is published is that of the message with something appended.
// So what is published twice, because a worker died in between, is recognized.
type Worker struct {
	In       Consumer
	Out      Publisher
	Filter   []string  // the command and its arguments
	Stderr   io.Writer // of the filter
	Name     string    // what is appended to IDs
	Compress bool
	Once     bool          // end when there are no more messages
	Patience time.Duration // how long a line may stay in the filter; 0: a minute
	Counters *Counters
	Notice   func(string)
}

// workAhead is how many messages may be in the filter.
const workAhead = 16

// A task is a message in the filter.
type task struct {
	*Delivery
	lines int
}

// Run works until soft is done, or, with Once, until there are no more
// messages; then it finishes what the filter has. It ends at once when hard is
// done. The error is that of the filter, or of a queue, or the cause of the end
// of soft.
func (w *Worker) Run(soft, hard context.Context) error {
	encoder, err := newEncoder(w.Compress, messageSize)
	if err != nil {
		return err
	}
	in, err := newSource(w.In, w.Once, w.Counters, w.Notice)
	if err != nil {
		return err
	}
	hard, abort := context.WithCancelCause(hard)
	defer abort(nil)
	soft, stop := context.WithCancelCause(soft)
	defer stop(nil)
	context.AfterFunc(hard, func() { stop(context.Cause(hard)) })

	cmd := exec.CommandContext(hard, w.Filter[0], w.Filter[1:]...)
	cmd.Stderr = w.Stderr
	apart(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	context.AfterFunc(hard, func() { stdout.Close() }) // also if a child of the filter has it

	f := filtering{Worker: w, tasks: make(chan task, workAhead), encoder: encoder, in: in, out: NewLineReader(stdout, 0), abort: abort}
	f.progress()
	var feeding sync.WaitGroup
	feeding.Go(func() {
		if err := f.feed(soft, stdin); err != nil {
			abort(err)
		}
		close(f.tasks)
		stdin.Close()
	})
	watching, watched := context.WithCancel(hard)
	go f.watch(watching)
	if err := f.collect(hard); err != nil {
		abort(err)
	}
	watched()
	feeding.Wait()
	f.publishing.Wait()
	exit := cmd.Wait()
	switch err := context.Cause(hard); {
	case errors.Is(err, errEnded) && exit != nil:
		return fmt.Errorf("%w: %w", err, exit)
	case err != nil:
		return err
	case exit != nil:
		return fmt.Errorf("filter %s: %w", w.Filter[0], exit)
	}
	return context.Cause(soft)
}

// filtering is a filter at work.
type filtering struct {
	*Worker
	tasks      chan task
	encoder    *encoder
	in         *source
	out        *LineReader // what the filter writes
	publishing sync.WaitGroup
	abort      context.CancelCauseFunc

	fed, got atomic.Int64 // lines to the filter, and from it
	at       atomic.Int64 // when something came from it, or it had nothing; Unix time in nanoseconds
}

var errEnded = errors.New("it ended too early")

func (f *filtering) failure(format string, args ...any) error {
	return fmt.Errorf("filter %s: %w", f.Filter[0], fmt.Errorf(format, args...))
}

func (f *filtering) progress() { f.at.Store(time.Now().UnixNano()) }

// watch ends the work when lines stay in the filter.
func (f *filtering) watch(ctx context.Context) {
	patience := f.Patience
	if patience == 0 {
		patience = time.Minute
	}
	t := time.NewTicker(patience / 8)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		held := f.fed.Load() - f.got.Load()
		if held > 0 && time.Since(time.Unix(0, f.at.Load())) > patience {
			f.abort(f.failure("it has kept %d lines for %v: it must write a line for each line, at once", held, patience))
			return
		}
	}
}

// feed writes the lines of messages to the filter.
func (f *filtering) feed(ctx context.Context, stdin io.Writer) error {
	for {
		d, err := f.in.next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if d == nil {
			return nil
		}
		text, ok := f.in.lines(d)
		if !ok {
			continue
		}
		if d.Records == 0 {
			d.Ack()
			continue
		}
		if f.fed.Load() == f.got.Load() {
			f.progress()
		}
		select {
		case f.tasks <- task{d, d.Records}:
		case <-ctx.Done():
			return nil
		}
		f.fed.Add(int64(d.Records))
		f.Counters.Waiting.Add(1)
		if _, err := stdin.Write(text); err != nil {
			return nil // it has ended, which collect notices
		}
	}
}

// collect publishes what comes from the filter.
func (f *filtering) collect(ctx context.Context) error {
	var rest, text []byte
	for t := range f.tasks {
		text = text[:0]
		for n := t.lines; n > 0; {
			if len(rest) == 0 {
				var err error
				if rest, _, err = f.out.Next(); err != nil {
					return f.failure("%w, with %d lines of %d", errEnded, f.got.Load(), f.fed.Load())
				}
				f.progress()
			}
			i := bytes.IndexByte(rest, '\n') + 1
			text, rest = append(text, rest[:i]...), rest[i:]
			f.got.Add(1)
			n--
		}
		if len(rest) > 0 && f.got.Load() == f.fed.Load() {
			return f.failure("it writes more lines than it reads")
		}
		if err := f.publish(ctx, t, text); err != nil {
			return err
		}
	}
	if len(rest) == 0 && ctx.Err() == nil {
		rest, _, _ = f.out.Next()
	}
	if len(rest) > 0 {
		return f.failure("it writes more lines than it reads")
	}
	return nil
}

// publish publishes the lines that came of a message.
func (f *filtering) publish(ctx context.Context, t task, text []byte) error {
	header := Message{ID: t.ID + "-" + f.Name, Sensor: t.Sensor, Partition: t.Partition % f.Out.Partitions(), Records: t.lines, Key: t.Key}
	messages := f.encoder.messages(nil, header, text, f.Out.MaxMessage(), func() []byte { return nil }, func(line []byte) {
		f.Counters.Rejected.Add(1)
		f.Notice(fmt.Sprintf("%s: a line of %d bytes left out, which is too long for a message", t.Place, len(line)))
	})
	left := new(atomic.Int64)
	left.Store(int64(len(messages)) + 1)
	done := func(err error) {
		if err != nil {
			f.abort(fmt.Errorf("publish: %w", err))
			return // it is not acknowledged
		}
		if left.Add(-1) > 0 {
			return
		}
		t.Ack()
		f.Counters.Waiting.Add(-1)
	}
	for _, m := range messages {
		f.publishing.Add(1)
		err := f.Out.Publish(ctx, m, func(err error) {
			if err == nil {
				f.Counters.Messages.Add(1)
				f.Counters.Records.Add(uint64(m.Records))
			}
			done(err)
			f.publishing.Done()
		})
		if err != nil {
			f.publishing.Done()
			return err
		}
	}
	f.Counters.Bytes.Add(uint64(len(text)))
	done(nil)
	return nil
}
