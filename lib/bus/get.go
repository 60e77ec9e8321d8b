package bus

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Get writes the lines of messages, and acknowledges each message when its
// lines are written. It returns when ctx is done, with the cause; or, with
// once, when there are no more messages.
func Get(ctx context.Context, c Consumer, w io.Writer, once bool, counters *Counters, notice func(string)) error {
	decoder, err := NewDecoder()
	if err != nil {
		return err
	}
	in := source{c, once}
	var text []byte
	for {
		d, err := in.next(ctx)
		if err != nil || d == nil {
			return err
		}
		if d.Again {
			counters.Again.Add(1)
		}
		text, err = decoder.AppendLines(text[:0], &d.Message)
		if err != nil {
			counters.Rejected.Add(1)
			notice(fmt.Sprintf("%s left out: %v", d.Place, err))
			d.Reject()
			continue
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		d.Ack()
		counters.Messages.Add(1)
		counters.Records.Add(uint64(d.Records))
		counters.Bytes.Add(uint64(len(text)))
		if cap(text) > 4<<20 {
			text = nil // a rare long one
		}
	}
}

// A source takes messages from a consumer, to an end if asked to.
type source struct {
	Consumer
	once bool
}

// idle is how long a source waits before it asks whether there is more.
const idle = 500 * time.Millisecond

// next returns the next message; nil at the end.
func (s source) next(ctx context.Context) (*Delivery, error) {
	if !s.once {
		return s.Next(ctx)
	}
	for {
		wait, cancel := context.WithTimeout(ctx, idle)
		d, err := s.Next(wait)
		over := wait.Err() != nil
		cancel()
		if err == nil || ctx.Err() != nil || !over {
			return d, err
		}
		if lag, err := s.Lag(ctx); err == nil && lag == 0 {
			return nil, nil
		}
	}
}
