package kafka

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"merctools/lib/bus"
)

const (
	// underWay bounds the messages that are sent and not stored, and their
	// bytes.
	underWay      = 4096
	underWayBytes = 16 << 20

	// batchBytes is how much brokers take at once, as they are configured
	// usually, and headerSpace what a batch and a message have beside bodies.
	batchBytes  = 1_000_012
	headerSpace = 4 << 10
)

// A Publisher publishes to a topic. It is an idempotent producer: what it sends
// again, because it did not hear of the first time, is there once. That holds
// for one process.
type Publisher struct {
	topic      string
	client     *kgo.Client
	partitions int
}

// NewPublisher implements bus.Queue.
func (c *Config) NewPublisher(ctx context.Context, counters *bus.Counters) (bus.Publisher, error) {
	client, n, err := c.connect(ctx,
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(c.compression),
		kgo.ProducerBatchMaxBytes(batchBytes),
		kgo.MaxBufferedRecords(underWay),
		kgo.MaxBufferedBytes(underWayBytes),
		kgo.ProducerLinger(0),
		kgo.WithHooks(retries{counters}),
	)
	if err != nil {
		return nil, err
	}
	return &Publisher{c.Topic, client, n}, nil
}

// retries counts failed requests to store messages, which are sent again.
type retries struct{ *bus.Counters }

// OnBrokerE2E implements kgo.HookBrokerE2E.
func (r retries) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	if key == kmsg.Produce.Int16() && e.Err() != nil {
		r.Retries.Add(1)
	}
}

// Partitions implements bus.Publisher.
func (p *Publisher) Partitions() int { return p.partitions }

// MaxMessage implements bus.Publisher.
func (p *Publisher) MaxMessage() int { return batchBytes - headerSpace }

// Publish implements bus.Publisher.
func (p *Publisher) Publish(ctx context.Context, m *bus.Message, done func(error)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r := &kgo.Record{Topic: p.topic, Partition: int32(m.Partition), Value: m.Body}
	if m.Key != "" {
		r.Key = []byte(m.Key)
	}
	m.Headers(func(name, value string) {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	})
	p.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("topic %s: %w", p.topic, err)
		}
		done(err)
	})
	return nil
}

// Close implements bus.Publisher.
func (p *Publisher) Close() { p.client.Close() }
