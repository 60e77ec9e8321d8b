package bus

import (
	"context"
	"fmt"
	"io"
	"time"
)

// segmentSize is how many bytes of lines a segment has: about two messages
// for each partition, with the usual numbers of them.
const segmentSize = 8 << 20

// Copy publishes the lines of an input until it ends, or ctx is done; then its
// error is the cause. It returns when all that was read is the Writer's, or
// with the first error of reading.
//
// The name is what IDs of messages begin with: no other run has it. A line
// waits for others as long as linger says.
func Copy(ctx context.Context, w *Writer, in *LineReader, name string, linger time.Duration) error {
	type block struct {
		lines []byte
		err   error
	}
	blocks, next := make(chan block), make(chan struct{})
	go func() { // it ends with the input, or with the process
		for {
			lines, _, err := in.Next()
			blocks <- block{lines, err}
			if err != nil {
				return
			}
			<-next
		}
	}()
	segments, size := 0, 0
	timer := time.NewTimer(linger)
	end := func() {
		if size > 0 {
			w.End(func(error) {})
			size = 0
		}
	}
	for {
		select {
		case b := <-blocks:
			if b.err != nil {
				end()
				if b.err == io.EOF {
					return nil
				}
				return b.err
			}
			if size == 0 {
				w.Begin(fmt.Sprintf("%s-%x", name, segments))
				segments++
				timer.Reset(linger)
			}
			size += len(b.lines)
			if err := w.Add(b.lines); err != nil {
				return err
			}
			if size >= segmentSize {
				end()
			}
			next <- struct{}{}
		case <-timer.C:
			end()
		case <-ctx.Done():
			end()
			return context.Cause(ctx)
		}
	}
}
