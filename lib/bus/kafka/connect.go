// Package kafka is Apache Kafka, or what speaks its protocol, as a queue: a
// topic with its partitions.
package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"merctools/lib/bus"
)

// A Config says how to reach a topic, and how to make it where there is none.
type Config struct {
	bus.Client
	Topic string

	brokers     []string
	options     []kgo.Opt
	partitions  int32
	replicas    int16
	compression kgo.CompressionCodec
	group       string
	session     time.Duration
}

// Files implements bus.Queue: certificates are read once.
func (c *Config) Files() []string { return nil }

// Parse takes the configuration from a URL.
func Parse(u *bus.URL) (*Config, error) {
	c := &Config{Topic: u.Stream(), brokers: u.Hosts}
	if len(c.brokers) == 0 {
		c.brokers = []string{"localhost"}
	}
	for i, b := range c.brokers {
		c.brokers[i] = bus.HostPort(b, "9092")
	}
	secure, err := u.TLS()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	if secure != nil {
		c.options = append(c.options, kgo.DialTLSConfig(secure))
	}
	user, password := cmp.Or(u.User, os.Getenv("KAFKA_SASL_USERNAME")), cmp.Or(u.Password, os.Getenv("KAFKA_SASL_PASSWORD"))
	var mechanism sasl.Mechanism
	switch name := u.Text("sasl", cmp.Or(os.Getenv("KAFKA_SASL_MECHANISM"), "plain")); name {
	case "plain", "PLAIN":
		mechanism = plain.Auth{User: user, Pass: password}.AsMechanism()
	case "scram-sha-256", "SCRAM-SHA-256":
		mechanism = scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	case "scram-sha-512", "SCRAM-SHA-512":
		mechanism = scram.Auth{User: user, Pass: password}.AsSha512Mechanism()
	default:
		return nil, fmt.Errorf("%s: sasl is plain, scram-sha-256 or scram-sha-512, not %s", u, name)
	}
	if user != "" {
		c.options = append(c.options, kgo.SASL(mechanism))
	}
	switch name := u.Text("compression", "none"); name {
	case "none":
		c.compression = kgo.NoCompression()
	case "zstd":
		c.compression = kgo.ZstdCompression()
	default:
		return nil, fmt.Errorf("%s: compression is none or zstd, not %s", u, name)
	}
	c.partitions = int32(u.Int("partitions", 1, 16))
	c.replicas = int16(u.Int("replicas", 1, -1))
	c.group = u.Text("group", "")
	c.session = u.Duration("ack-wait", 10*time.Second)
	return c, u.Check()
}

// apiTimeout is how long a broker may take to answer a request.
const apiTimeout = 10 * time.Second

// connect makes a client, and the topic if there is none. It returns how many
// partitions that has. The client works until ctx is done, if more does not say
// otherwise.
func (c *Config) connect(ctx context.Context, more ...kgo.Opt) (*kgo.Client, int, error) {
	options := append([]kgo.Opt{
		kgo.SeedBrokers(c.brokers...),
		kgo.ClientID(c.Command),
		kgo.WithContext(ctx),
		kgo.WithLogger(&logger{client: &c.Client}),
		kgo.DialTimeout(5 * time.Second),
		kgo.MetadataMinAge(500 * time.Millisecond),
	}, c.options...)
	client, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		return nil, 0, fmt.Errorf("kafka: %w", err)
	}
	var n int
	err = c.Retry(ctx, c.Waits, func() (err error) {
		n, err = c.topic(ctx, client)
		return err
	})
	if err != nil {
		client.Close()
		return nil, 0, err
	}
	return client, n, nil
}

// topic returns how many partitions the topic has. It makes it if there is none.
func (c *Config) topic(ctx context.Context, client *kgo.Client) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	admin := kadm.NewClient(client)
	for try := 0; ; try++ {
		topics, err := admin.ListTopics(ctx, c.Topic)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", c.brokers[0], err)
		}
		t := topics[c.Topic]
		switch {
		case t.Err == nil && len(t.Partitions) > 0:
			return len(t.Partitions), nil
		case t.Err != nil && !errors.Is(t.Err, kerr.UnknownTopicOrPartition) || try > 20:
			return 0, fmt.Errorf("topic %s: %w", c.Topic, cmp.Or(t.Err, error(kerr.UnknownTopicOrPartition)))
		case try == 0:
			_, err := admin.CreateTopic(ctx, c.partitions, c.replicas, nil, c.Topic)
			if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
				return 0, fmt.Errorf("topic %s: %w", c.Topic, err)
			}
		default: // brokers have not all heard of it
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
}

// A logger passes warnings on, now and then.
type logger struct {
	client *bus.Client
	last   atomic.Int64
}

// noticeEvery is how often to pass on a warning.
const noticeEvery = 10 * time.Second

// Level implements kgo.Logger.
func (l *logger) Level() kgo.LogLevel { return kgo.LogLevelWarn }

// Log implements kgo.Logger.
func (l *logger) Log(_ kgo.LogLevel, text string, values ...any) {
	now := time.Now().UnixNano()
	last := l.last.Load()
	if now-last < int64(noticeEvery) || !l.last.CompareAndSwap(last, now) {
		return
	}
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] == "err" {
			text += fmt.Sprintf(": %v", values[i+1])
		}
	}
	l.client.Noticef("kafka: %s", text)
}
