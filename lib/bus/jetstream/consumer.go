package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"merctools/lib/bus"
)

// A Consumer takes messages from a stream.
type Consumer struct {
	config     *Config
	conn       *nats.Conn
	partitions int
	consumers  []jetstream.Consumer
	messages   chan jetstream.Msg
	failed     chan error
	stop       context.CancelFunc
	ctx        context.Context
	readers    sync.WaitGroup

	mu   sync.Mutex
	held map[jetstream.Msg]struct{} // delivered and not acknowledged
}

// ahead is how many messages a consumer without order fetches before they are
// asked for.
const ahead = 8

// NewConsumer implements bus.Queue. With order, the next message of a partition
// comes when one is acknowledged.
func (c *Config) NewConsumer(ctx context.Context, group string, order bool, pending int) (bus.Consumer, error) {
	conn, js, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	group = cmp.Or(c.group, group)
	k := &Consumer{config: c, conn: conn, messages: make(chan jetstream.Msg), failed: make(chan error, 1), held: map[jetstream.Msg]struct{}{}}
	if err := k.open(ctx, js, group, order, pending); err != nil {
		conn.Close()
		return nil, err
	}
	k.ctx, k.stop = context.WithCancel(context.WithoutCancel(ctx))
	batch := ahead
	if order {
		batch = 1
	}
	for _, consumer := range k.consumers {
		it, err := consumer.Messages(jetstream.PullMaxMessages(batch), jetstream.PullExpiry(5*time.Second), jetstream.WithMessagesErrOnMissingHeartbeat(false))
		if err != nil {
			k.Close()
			return nil, fmt.Errorf("stream %s, group %s: %w", c.Stream, group, err)
		}
		context.AfterFunc(k.ctx, it.Drain) // what it has fetched goes back
		k.readers.Go(func() { k.read(it, group) })
	}
	k.readers.Go(k.keepAlive)
	return k, nil
}

func (k *Consumer) open(ctx context.Context, js jetstream.JetStream, group string, order bool, pending int) error {
	s, n, err := k.config.stream(ctx, js)
	if err != nil {
		return err
	}
	k.partitions = n
	config := jetstream.ConsumerConfig{Durable: group, AckPolicy: jetstream.AckExplicitPolicy, AckWait: k.config.ackWait, MaxAckPending: pending}
	if !order {
		return k.add(ctx, s, config)
	}
	config.MaxAckPending = 1
	for i := range n {
		config.Durable = group + "-" + strconv.Itoa(i)
		config.FilterSubject = k.config.Stream + "." + strconv.Itoa(i)
		if err := k.add(ctx, s, config); err != nil {
			return err
		}
	}
	return nil
}

// add adds a consumer, which it makes if there is none.
func (k *Consumer) add(ctx context.Context, s jetstream.Stream, config jetstream.ConsumerConfig) error {
	return k.config.outlast(ctx, func() error {
		consumer, err := s.CreateOrUpdateConsumer(ctx, config)
		if err != nil {
			return fmt.Errorf("stream %s, group %s: %w", k.config.Stream, config.Durable, err)
		}
		k.consumers = append(k.consumers, consumer)
		return nil
	})
}

// read hands on the messages of an iterator.
func (k *Consumer) read(it jetstream.MessagesContext, group string) {
	for {
		msg, err := it.Next()
		switch {
		case errors.Is(err, jetstream.ErrMsgIteratorClosed):
			return
		case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, nats.ErrConnectionClosed):
			select {
			case k.failed <- fmt.Errorf("stream %s, group %s: %w", k.config.Stream, group, err):
			default:
			}
			return
		case err != nil:
			k.config.Noticef("stream %s, group %s: %v", k.config.Stream, group, err)
			select {
			case <-k.ctx.Done():
				return
			case <-time.After(retryAfter):
			}
			continue
		}
		k.mu.Lock()
		k.held[msg] = struct{}{}
		k.mu.Unlock()
		select {
		case k.messages <- msg:
		case <-k.ctx.Done(): // Close gives it back
		}
	}
}

// keepAlive tells the server that messages are still being worked on.
func (k *Consumer) keepAlive() {
	t := time.NewTicker(k.config.ackWait / 3)
	defer t.Stop()
	for {
		select {
		case <-k.ctx.Done():
			return
		case <-t.C:
		}
		k.mu.Lock()
		for msg := range k.held {
			msg.InProgress()
		}
		k.mu.Unlock()
	}
}

// Next implements bus.Consumer.
func (k *Consumer) Next(ctx context.Context) (*bus.Delivery, error) {
	select {
	case msg := <-k.messages:
		return k.delivery(msg), nil
	case err := <-k.failed:
		return nil, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (k *Consumer) delivery(msg jetstream.Msg) *bus.Delivery {
	settle := func(how func() error) func() {
		return func() {
			k.mu.Lock()
			delete(k.held, msg)
			k.mu.Unlock()
			how() // if that fails, the message comes again
		}
	}
	d := bus.NewDelivery(settle(msg.Ack), settle(msg.Term))
	d.Body = msg.Data()
	for name, values := range msg.Headers() {
		if len(values) > 0 {
			d.SetHeader(name, values[0])
		}
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(msg.Subject(), k.config.Stream+".")); err == nil && n >= 0 && n < k.partitions {
		d.Partition = n
	}
	d.Place = "stream " + k.config.Stream
	if meta, err := msg.Metadata(); err == nil {
		d.Again = meta.NumDelivered > 1
		at := strconv.FormatUint(meta.Sequence.Stream, 10)
		d.Place += ", message " + at
		if d.ID == "" {
			d.ID = k.config.Stream + "-" + at
		}
	}
	return d
}

// Partitions implements bus.Consumer.
func (k *Consumer) Partitions() int { return k.partitions }

// Lag implements bus.Consumer.
func (k *Consumer) Lag(ctx context.Context) (uint64, error) {
	var lag uint64
	for _, consumer := range k.consumers {
		info, err := consumer.Info(ctx)
		if err != nil {
			return 0, err
		}
		lag += info.NumPending + uint64(info.NumAckPending)
	}
	return lag, nil
}

// Close implements bus.Consumer.
func (k *Consumer) Close() {
	k.stop()
	k.readers.Wait()
	k.mu.Lock()
	for msg := range k.held {
		msg.Nak() // another member gets it at once
	}
	k.mu.Unlock()
	k.conn.FlushTimeout(apiTimeout)
	k.conn.Close()
}
