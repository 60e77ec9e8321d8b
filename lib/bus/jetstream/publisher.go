package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"merctools/lib/bus"
)

const (
	// publishTimeout is how long a server may take to store a message.
	publishTimeout = 10 * time.Second

	// underWay bounds the messages that are sent and not stored, and their
	// bytes.
	underWay      = 256
	underWayBytes = 16 << 20

	// headerSpace is what a server counts as a message beside its body.
	headerSpace = 4 << 10

	// noticeEvery is how often to say that messages can't be stored.
	noticeEvery = 10 * time.Second
)

// A Publisher publishes to a stream.
type Publisher struct {
	config     *Config
	counters   *bus.Counters
	conn       *nats.Conn
	js         jetstream.JetStream
	partitions int
	subjects   []string

	messages chan *sending
	ended    chan struct{}
	stop     context.CancelFunc
	bytes    atomic.Int64 // of messages that are not stored
	room     chan struct{}
}

// A sending is a message under way.
type sending struct {
	m      *nats.Msg
	future jetstream.PubAckFuture
	err    error // of the last try
	done   func(error)
}

// NewPublisher connects to the stream, which it makes if there is none.
func (c *Config) NewPublisher(ctx context.Context, counters *bus.Counters) (*Publisher, error) {
	conn, js, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	p := &Publisher{config: c, counters: counters, conn: conn, js: js, messages: make(chan *sending), ended: make(chan struct{}), room: make(chan struct{}, 1)}
	if _, p.partitions, err = c.stream(ctx, js); err != nil {
		conn.Close()
		return nil, err
	}
	for i := range p.partitions {
		p.subjects = append(p.subjects, c.Stream+"."+strconv.Itoa(i))
	}
	ctx, p.stop = context.WithCancel(ctx)
	go p.run(ctx)
	return p, nil
}

// Partitions implements bus.Publisher.
func (p *Publisher) Partitions() int { return p.partitions }

// MaxMessage implements bus.Publisher.
func (p *Publisher) MaxMessage() int {
	if n := int(p.conn.MaxPayload()) - headerSpace; n > 0 {
		return n
	}
	return 1<<20 - headerSpace
}

// Publish implements bus.Publisher.
func (p *Publisher) Publish(ctx context.Context, m *bus.Message, done func(error)) error {
	msg := &nats.Msg{Subject: p.subjects[m.Partition], Header: nats.Header{}, Data: m.Body}
	m.Headers(func(name, value string) { msg.Header[name] = []string{value} })
	size := int64(len(m.Body))
	for p.bytes.Load() > 0 && p.bytes.Load()+size > underWayBytes {
		select {
		case <-p.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.ended:
			return errClosed
		}
	}
	p.bytes.Add(size)
	s := &sending{m: msg, done: func(err error) {
		done(err)
		p.bytes.Add(-size)
		select {
		case p.room <- struct{}{}:
		default:
		}
	}}
	select {
	case p.messages <- s:
		return nil
	case <-ctx.Done():
		p.bytes.Add(-size)
		return context.Cause(ctx)
	case <-p.ended:
		p.bytes.Add(-size)
		return errClosed
	}
}

var errClosed = errors.New("the connection is closed")

// run sends messages and waits for the server to store them. If it has not
// stored one, it gets that one and all later ones that it hasn't stored either
// once more, in their order, before any new one.
func (p *Publisher) run(ctx context.Context) {
	defer close(p.ended)
	var queue []*sending // in the order of sending
	noticed := time.Time{}
	for {
		messages := p.messages
		if len(queue) >= underWay {
			messages = nil
		}
		var ok <-chan *jetstream.PubAck
		var failed <-chan error
		if len(queue) > 0 {
			s := queue[0]
			if s.err != nil {
				if queue = p.resend(ctx, queue, &noticed); ctx.Err() != nil {
					giveUp(ctx, queue)
					return
				}
				continue
			}
			ok, failed = s.future.Ok(), s.future.Err()
		}
		select {
		case s := <-messages:
			p.send(s)
			queue = append(queue, s)
		case ack := <-ok:
			p.stored(queue[0], ack)
			queue[0] = nil
			queue = queue[1:]
		case err := <-failed:
			queue[0].err = err
		case <-ctx.Done():
			giveUp(ctx, queue)
			return
		}
	}
}

// giveUp tells that messages are not stored.
func giveUp(ctx context.Context, queue []*sending) {
	for _, s := range queue {
		s.done(context.Cause(ctx))
	}
}

// send sends a message, and sets its future or its error.
func (p *Publisher) send(s *sending) {
	s.future, s.err = p.js.PublishMsgAsync(s.m, jetstream.WithRetryAttempts(0), jetstream.WithStallWait(publishTimeout))
}

func (p *Publisher) stored(s *sending, ack *jetstream.PubAck) {
	if ack.Duplicate {
		p.counters.Duplicate.Add(1)
	}
	s.done(nil)
}

// resend waits until the fate of all messages is known, and sends again those
// that were not stored: the first one until it is, then the others.
func (p *Publisher) resend(ctx context.Context, queue []*sending, noticed *time.Time) []*sending {
	reason := queue[0].err
	again := queue[:0]
	for _, s := range queue {
		if p.settle(ctx, s) {
			again = append(again, s)
		}
	}
	clear(queue[len(again):])
	if len(again) > 0 && ctx.Err() == nil && time.Since(*noticed) > noticeEvery {
		*noticed = time.Now()
		p.config.notice("stream %s: %v: sending %d messages again", p.config.Stream, reason, len(again))
	}
	for wait := retryAfter; len(again) > 0; wait = min(2*wait, retryAtMost) {
		p.await(ctx, wait)
		if ctx.Err() != nil {
			return again
		}
		p.counters.Retries.Add(1)
		p.send(again[0])
		if !p.settle(ctx, again[0]) {
			again = again[1:]
			break
		}
	}
	p.counters.Retries.Add(uint64(len(again)))
	for _, s := range again {
		p.send(s)
	}
	return again
}

// settle waits until the fate of a message is known, and reports whether it must
// be sent again.
func (p *Publisher) settle(ctx context.Context, s *sending) (again bool) {
	if s.err == nil {
		select {
		case ack := <-s.future.Ok():
			p.stored(s, ack)
			return false
		case s.err = <-s.future.Err():
		case <-ctx.Done():
			s.err = context.Cause(ctx)
		}
	}
	if permanent(s.err) {
		s.done(fmt.Errorf("stream %s: %w", p.config.Stream, s.err))
		return false
	}
	return true
}

// How long to wait before messages are sent again: at first, and at most.
const (
	retryAfter  = 250 * time.Millisecond
	retryAtMost = 4 * time.Second
)

// await waits for a time, and until there is a connection.
func (p *Publisher) await(ctx context.Context, wait time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if p.conn.IsConnected() || p.conn.IsClosed() {
			return
		}
		wait = retryAfter
	}
}

// permanent reports whether sending again is of no use.
func permanent(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode == maxSizeExceeded
	}
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed)
}

// maxSizeExceeded is the code of the error for messages that are longer than a
// stream takes (JSStreamMessageExceedsMaximumErr).
const maxSizeExceeded = 10054

// Close implements bus.Publisher.
func (p *Publisher) Close() {
	p.stop()
	<-p.ended
	p.conn.Close()
}
