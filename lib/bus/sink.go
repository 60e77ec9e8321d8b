package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"merctools/lib/record"
)

// A Store keeps rows. It is for one goroutine.
//
// Rows are records with members in front that say where they come from: _id is
// the ID of the message, _line the number of the line in it, from 0, and
// _sensor. So a row that is stored twice is recognized.
type Store interface {
	// Add takes the rows of a message: lines, each with its end. They may
	// change afterwards.
	Add(id string, rows []byte) error

	// Size is how many bytes were added since the last Commit.
	Size() int64

	// Commit returns when all that was added is stored. It tries as often as
	// it takes, until ctx is done. It returns the number of rows that can't be
	// stored, and of messages that were stored before.
	Commit(ctx context.Context) (rejected, duplicates int, err error)

	// Close ends. What was not committed is not stored.
	Close()
}

// A Sink takes messages to a Store in batches. Messages are acknowledged when
// they are stored.
type Sink struct {
	In       Consumer
	Store    Store
	Size     int64         // of a batch, in bytes
	Messages int           // in a batch at most
	Every    time.Duration // how long a message waits for others
	Once     bool          // end when there are no more messages
	Counters *Counters
	Notice   func(string)
}

// Run works until soft is done, or, with Once, until there are no more
// messages; then it stores what it has. It ends at once when hard is done. The
// error is that of the store or of the queue, or the cause of the end of soft.
func (s *Sink) Run(soft, hard context.Context) error {
	in, err := newSource(s.In, s.Once, s.Counters, s.Notice)
	if err != nil {
		return err
	}
	b := batch{Sink: s, in: in}
	var rows []byte
	for {
		d, err := b.next(soft)
		if err != nil {
			if soft.Err() == nil {
				return err
			}
			return errors.Join(b.commit(hard), context.Cause(soft))
		}
		if d == nil {
			if err := b.commit(hard); err != nil {
				return err
			}
			if b.over {
				return nil
			}
			continue
		}
		text, ok := in.lines(d)
		if !ok {
			continue
		}
		var n int
		rows, n, ok = appendRows(rows[:0], &d.Message, text)
		if !ok {
			in.reject(d, errRows)
			continue
		}
		if n < d.Records {
			s.Counters.Rejected.Add(uint64(d.Records - n))
			s.Notice(fmt.Sprintf("%s: %d lines left out that are no JSON objects", d.Place, d.Records-n))
		}
		b.bytes += len(text)
		b.bodies += int64(len(d.Body))
		b.rows += n
		b.add(d)
		if err := s.Store.Add(d.ID, rows); err != nil {
			return err
		}
		if max(s.Store.Size(), b.bodies) >= s.Size || len(b.held) >= s.Messages {
			if err := b.commit(hard); err != nil {
				return err
			}
		}
		if cap(rows) > 4<<20 {
			rows = nil // a rare long one
		}
	}
}

// A batch is messages that are not stored.
type batch struct {
	*Sink
	in     *source
	held   []*Delivery
	rows   int
	bytes  int
	bodies int64     // bytes of messages as they came: they are kept, with rows or without
	since  time.Time // when the first one came
	over   bool      // there are no more messages
}

func (b *batch) add(d *Delivery) {
	if len(b.held) == 0 {
		b.since = time.Now()
	}
	b.held = append(b.held, d)
	b.Counters.Waiting.Add(1)
}

// next returns the next message; nil when it is time to store those that are
// there, or there are no more.
func (b *batch) next(ctx context.Context) (*Delivery, error) {
	if len(b.held) == 0 {
		d, err := b.in.next(ctx)
		b.over = d == nil && err == nil
		return d, err
	}
	deadline := b.since.Add(b.Every)
	if soon := time.Now().Add(idle); b.Once && soon.Before(deadline) {
		deadline = soon
	}
	wait, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	d, err := b.In.Next(wait)
	if err != nil && ctx.Err() == nil && wait.Err() != nil {
		return nil, nil
	}
	return d, err
}

// commit stores the batch and acknowledges its messages.
func (b *batch) commit(ctx context.Context) error {
	if len(b.held) == 0 {
		return nil
	}
	rejected, duplicates, err := b.Store.Commit(ctx)
	if err != nil {
		return fmt.Errorf("%w: %d messages are not stored, and will be delivered again", err, len(b.held))
	}
	for _, d := range b.held {
		d.Ack()
	}
	n := b.Counters
	n.Waiting.Add(-int64(len(b.held)))
	n.Messages.Add(uint64(len(b.held)))
	n.Records.Add(uint64(b.rows - rejected))
	n.Bytes.Add(uint64(b.bytes))
	n.Rejected.Add(uint64(rejected))
	n.Duplicate.Add(uint64(duplicates))
	clear(b.held)
	b.held, b.rows, b.bytes, b.bodies = b.held[:0], 0, 0, 0
	return nil
}

var errRows = fmt.Errorf("its rows have more than %d bytes", maxText)

// appendRows appends the rows of lines, and returns how many lines are objects. ok is
// false where rows have more than maxText bytes: they are longer than lines, many
// times where these are short.
func appendRows(dst []byte, m *Message, text []byte) (rows []byte, n int, ok bool) {
	number := 0
	id := quoted(m.ID)
	sensor := quoted(m.Sensor)
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\n') + 1
		line := bytes.TrimLeft(text[:i], " \t\r")
		text = text[i:]
		number++
		if line[0] != '{' {
			continue
		}
		n++
		dst = append(dst, `{"_id":`...)
		dst = append(dst, id...)
		dst = append(dst, `,"_line":`...)
		dst = strconv.AppendInt(dst, int64(number-1), 10)
		dst = append(dst, `,"_sensor":`...)
		dst = append(dst, sensor...)
		if line = bytes.TrimLeft(line[1:], " \t\r\n"); len(line) > 0 && line[0] != '}' {
			dst = append(dst, ',')
		}
		dst = append(dst, line...)
		if len(dst) > maxText {
			return dst, n, false
		}
	}
	return dst, n, true
}

// quoted is text as a string in JSON.
func quoted(text string) []byte { return append(record.AppendText([]byte{'"'}, []byte(text)), '"') }
