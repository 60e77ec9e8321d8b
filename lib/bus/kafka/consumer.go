package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"merctools/lib/bus"
)

const (
	// commitEvery is how often offsets are committed.
	commitEvery = time.Second

	// Bounds of what is fetched, in bytes.
	fetchBytes          = 16 << 20
	fetchPartitionBytes = 1 << 20
)

// A Consumer takes messages from the partitions of a topic that its group has
// assigned to it. Kafka does not tell whether it delivers a message again.
type Consumer struct {
	config     *Config
	client     *kgo.Client
	partitions int
	group      string
	fetched    []*kgo.Record
	room       chan struct{} // for each message that is not acknowledged

	mu     sync.Mutex
	window map[int32]*window
}

// A window is the messages of a partition that are not acknowledged, or behind
// one that is not: offsets can only be committed in order.
type window struct{ messages []*held }

type held struct {
	record *kgo.Record
	acked  bool
}

// NewConsumer implements bus.Queue. Messages of a partition are always in order.
func (c *Config) NewConsumer(ctx context.Context, group string, _ bool, pending int) (bus.Consumer, error) {
	k := &Consumer{config: c, group: cmp.Or(c.group, group), room: make(chan struct{}, pending), window: map[int32]*window{}}
	lost := func(_ context.Context, client *kgo.Client, partitions map[string][]int32) {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, p := range partitions[c.Topic] {
			if w := k.window[p]; w != nil {
				for range w.messages {
					<-k.room // others get them
				}
			}
			delete(k.window, p)
		}
	}
	var err error
	k.client, k.partitions, err = c.connect(ctx,
		kgo.WithContext(context.WithoutCancel(ctx)), // Close still commits
		kgo.ConsumerGroup(k.group),
		kgo.ConsumeTopics(c.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(c.session),
		kgo.HeartbeatInterval(c.session/4),
		kgo.AutoCommitMarks(),
		kgo.AutoCommitInterval(commitEvery),
		kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(fetchPartitionBytes),
		kgo.MaxConcurrentFetches(1),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
			if err := client.CommitMarkedOffsets(ctx); err != nil && ctx.Err() == nil {
				c.Noticef("topic %s, group %s: %v", c.Topic, k.group, err)
			}
			lost(ctx, client, partitions)
		}),
		kgo.OnPartitionsLost(lost),
	)
	if err != nil {
		return nil, err
	}
	return k, nil
}

// Next implements bus.Consumer.
func (k *Consumer) Next(ctx context.Context) (*bus.Delivery, error) {
	for len(k.fetched) == 0 {
		fetches := k.client.PollRecords(ctx, 64)
		if ctx.Err() != nil {
			k.fetched = fetches.Records()
			return nil, context.Cause(ctx)
		}
		if fetches.IsClientClosed() {
			return nil, errors.New("the connection is closed")
		}
		fetches.EachError(func(_ string, p int32, err error) {
			k.config.Noticef("topic %s, partition %d: %v", k.config.Topic, p, err)
		})
		k.fetched = fetches.Records()
	}
	select {
	case k.room <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	r := k.fetched[0]
	k.fetched = k.fetched[1:]
	return k.delivery(r), nil
}

func (k *Consumer) delivery(r *kgo.Record) *bus.Delivery {
	h := &held{record: r}
	k.mu.Lock()
	w := k.window[r.Partition]
	if w == nil {
		w = &window{}
		k.window[r.Partition] = w
	}
	w.messages = append(w.messages, h)
	k.mu.Unlock()
	ack := func() { k.ack(w, h) }
	d := bus.NewDelivery(ack, ack)
	for _, header := range r.Headers {
		d.SetHeader(header.Key, string(header.Value))
	}
	d.Body, d.Partition, d.Key = r.Value, int(r.Partition), string(r.Key)
	d.Place = fmt.Sprintf("topic %s, partition %d, offset %d", k.config.Topic, r.Partition, r.Offset)
	if d.ID == "" {
		d.ID = fmt.Sprintf("%s-%d-%d", k.config.Topic, r.Partition, r.Offset)
	}
	return d
}

// ack marks all messages of a partition up to the first that is not
// acknowledged.
func (k *Consumer) ack(w *window, h *held) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h.acked = true
	if k.window[h.record.Partition] != w {
		return // the partition is another member's
	}
	n := 0
	for n < len(w.messages) && w.messages[n].acked {
		n++
		<-k.room
	}
	if n > 0 {
		k.client.MarkCommitRecords(w.messages[n-1].record)
		w.messages = w.messages[n:]
	}
}

// Partitions implements bus.Consumer.
func (k *Consumer) Partitions() int { return k.partitions }

// Lag implements bus.Consumer.
func (k *Consumer) Lag(ctx context.Context) (uint64, error) {
	admin := kadm.NewClient(k.client)
	ends, err := admin.ListEndOffsets(ctx, k.config.Topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return 0, err
	}
	starts, err := admin.ListStartOffsets(ctx, k.config.Topic)
	if err != nil {
		return 0, err
	}
	committed, err := admin.FetchOffsets(ctx, k.group)
	if err != nil {
		return 0, err
	}
	var lag uint64
	ends.Each(func(end kadm.ListedOffset) {
		at := int64(0)
		if start, ok := starts.Lookup(end.Topic, end.Partition); ok {
			at = start.Offset
		}
		if c, ok := committed.Lookup(end.Topic, end.Partition); ok {
			at = max(at, c.At)
		}
		lag += uint64(max(end.Offset-at, 0))
	})
	return lag, nil
}

// Close implements bus.Consumer.
func (k *Consumer) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), apiTimeout)
	defer cancel()
	if err := k.client.CommitMarkedOffsets(ctx); err != nil {
		k.config.Noticef("topic %s, group %s: %v", k.config.Topic, k.group, err)
	}
	k.client.Close()
}
