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
	in, err := newSource(c, once, counters, notice)
	if err != nil {
		return err
	}
	for {
		d, err := in.next(ctx)
		if err != nil || d == nil {
			return err
		}
		text, ok := in.lines(d)
		if !ok {
			continue
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		d.Ack()
		counters.Messages.Add(1)
		counters.Records.Add(uint64(d.Records))
		counters.Bytes.Add(uint64(len(text)))
	}
}

// A source takes messages from a consumer, to an end if asked to, and reads them.
type source struct {
	Consumer
	once     bool
	counters *Counters
	notice   func(string)
	decoder  *Decoder
	text     []byte
}

func newSource(c Consumer, once bool, counters *Counters, notice func(string)) (*source, error) {
	decoder, err := NewDecoder()
	return &source{Consumer: c, once: once, counters: counters, notice: notice, decoder: decoder}, err
}

// lines returns the lines of a message, which are valid until the next call. It
// rejects a message that can't be read: ok is false then.
func (s *source) lines(d *Delivery) (text []byte, ok bool) {
	if d.Again {
		s.counters.Again.Add(1)
	}
	if cap(s.text) > 4<<20 {
		s.text = nil // a rare long one
	}
	var err error
	if s.text, err = s.decoder.AppendLines(s.text[:0], &d.Message); err != nil {
		s.reject(d, err)
		return nil, false
	}
	return s.text, true
}

// reject rejects a message, for a reason.
func (s *source) reject(d *Delivery, reason error) {
	s.counters.Rejected.Add(1)
	s.notice(fmt.Sprintf("%s left out: %v", d.Place, reason))
	d.Reject()
}

// idle is how long a source waits before it asks whether there is more.
const idle = 500 * time.Millisecond

// next returns the next message; nil at the end.
func (s *source) next(ctx context.Context) (*Delivery, error) {
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
