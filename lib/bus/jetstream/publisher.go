package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"merctools/lib/bus"
)

const (
	// publishTimeout is how long a server may take to store a message.
	publishTimeout = 5 * time.Second

	// laneDepth bounds the messages of a partition that are not stored, and
	// underWayBytes the bytes of those of all partitions.
	laneDepth     = 16
	underWayBytes = 16 << 20

	// headerSpace is what a server counts as a message beside its body.
	headerSpace = 4 << 10

	// noticeEvery is how often to say that messages can't be stored.
	noticeEvery = 10 * time.Second
)

// A Publisher publishes to a stream. Of each partition one message is sent at a
// time: when the leader of a cluster changes, messages get lost of which later
// ones are stored, and the order would be another one if they were sent again.
type Publisher struct {
	config     *Config
	counters   *bus.Counters
	conn       *nats.Conn
	js         jetstream.JetStream
	partitions int
	subjects   []string

	lanes   []chan *sending // for each partition
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	bytes   atomic.Int64 // of messages that are not stored
	room    chan struct{}
	noticed atomic.Int64 // when it was said that messages can't be stored; Unix time in nanoseconds
}

// A sending is a message under way.
type sending struct {
	m      *nats.Msg
	future jetstream.PubAckFuture
	err    error // of the last try
	done   func(error)
}

// NewPublisher implements bus.Queue.
func (c *Config) NewPublisher(ctx context.Context, counters *bus.Counters) (bus.Publisher, error) {
	conn, js, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	p := &Publisher{config: c, counters: counters, conn: conn, js: js, room: make(chan struct{}, 1)}
	if _, p.partitions, err = c.stream(ctx, js); err != nil {
		conn.Close()
		return nil, err
	}
	p.ctx, p.stop = context.WithCancel(ctx)
	for i := range p.partitions {
		p.subjects = append(p.subjects, c.Stream+"."+strconv.Itoa(i))
		lane := make(chan *sending)
		p.lanes = append(p.lanes, lane)
		p.running.Go(func() { p.run(lane) })
	}
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
		case <-p.ctx.Done():
			return context.Cause(p.ctx)
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
	case p.lanes[m.Partition] <- s:
		return nil
	case <-ctx.Done():
		p.bytes.Add(-size)
		return context.Cause(ctx)
	case <-p.ctx.Done():
		p.bytes.Add(-size)
		return context.Cause(p.ctx)
	}
}

// run sends the messages of a partition, one after the other, each as often as it
// takes.
func (p *Publisher) run(lane <-chan *sending) {
	var queue []*sending // the first one is sent
	wait := retryAfter
	next := func() {
		queue[0] = nil
		if queue = queue[1:]; len(queue) > 0 {
			p.send(queue[0])
		}
		wait = retryAfter
	}
	for {
		in := lane
		if len(queue) >= laneDepth {
			in = nil
		}
		var ok <-chan *jetstream.PubAck
		var failed <-chan error
		var again <-chan time.Time
		if len(queue) > 0 {
			if s := queue[0]; s.err == nil {
				ok, failed = s.future.Ok(), s.future.Err()
			} else {
				again = time.After(wait)
			}
		}
		select {
		case s := <-in:
			if queue = append(queue, s); len(queue) == 1 {
				p.send(s)
			}
		case ack := <-ok:
			if ack.Duplicate {
				p.counters.Duplicate.Add(1)
			}
			queue[0].done(nil)
			next()
		case err := <-failed:
			queue[0].err = err
		case <-again:
			if !p.conn.IsConnected() && !p.conn.IsClosed() {
				continue
			}
			wait = min(2*wait, retryAtMost)
			p.counters.Retries.Add(1)
			p.send(queue[0])
		case <-p.ctx.Done():
			for _, s := range queue {
				s.done(context.Cause(p.ctx))
			}
			return
		}
		if len(queue) > 0 && queue[0].err != nil {
			if err := queue[0].err; permanent(err) {
				queue[0].done(fmt.Errorf("stream %s: %w", p.config.Stream, err))
				next()
			} else {
				p.notice(err)
			}
		}
	}
}

// send sends a message, and sets its future or its error.
func (p *Publisher) send(s *sending) {
	s.future, s.err = p.js.PublishMsgAsync(s.m, jetstream.WithRetryAttempts(0), jetstream.WithStallWait(publishTimeout))
}

// notice says now and then that messages can't be stored.
func (p *Publisher) notice(err error) {
	now := time.Now().UnixNano()
	if last := p.noticed.Load(); now-last > int64(noticeEvery) && p.noticed.CompareAndSwap(last, now) {
		p.config.Noticef("stream %s: %v: sending again", p.config.Stream, err)
	}
}

// How long to wait before a message is sent again: at first, and at most.
const (
	retryAfter  = 250 * time.Millisecond
	retryAtMost = 4 * time.Second
)

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
	p.running.Wait()
	p.conn.Close()
}
