package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"merctools/lib/bus"
	"merctools/lib/bus/jetstream"
	"merctools/lib/bus/kafka"
	"merctools/lib/cli"
)

// engineFlags are what all commands that talk to a queue have.
type engineFlags struct {
	metricsFlags
	Wait bool `group:"Running:" brief:"wait for a server that can't be reached yet" help:"wait for a server that can't be reached yet"`
}

const urlHelp = `
A URL is nats://HOST:PORT,HOST:PORT/STREAM?OPTIONS for NATS JetStream, or
kafka://HOST:PORT,HOST:PORT/TOPIC?OPTIONS for Kafka. The stream or topic (default:
records) is made if there is none. Options, joined with &:
  group=NAME                  of a consumer: its group
  ack-wait=T                  after how long without a sign of life another member
                              of the group gets a consumer's messages (10s)
  partitions=N replicas=N     of a stream or topic that is made: 16, and 1 or what
                              the broker makes
  tls=true ca=FILE cert=FILE key=FILE
                              TLS: authorities, certificate and key in PEM
nats:// also has
  max-age=T max-bytes=N       how long and how much a new stream keeps (all)
  storage=memory              where (file)
  duplicates=T                how long it recognizes messages that are sent again
                              (10m)
  creds=FILE nkey=FILE        who this is; also USER:PASSWORD@ before the host, and
                              in the environment NATS_USER, NATS_PASSWORD,
                              NATS_TOKEN, NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT,
                              NATS_KEY
kafka:// also has
  sasl=METHOD                 plain, scram-sha-256 or scram-sha-512, for
                              USER:PASSWORD@ before the host or in the environment:
                              KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD,
                              KAFKA_SASL_MECHANISM
  compression=zstd            of batches, useful with --compress=none (none)
`

// publisher connects to a queue.
func (f *engineFlags) publisher(ctx context.Context, env *cli.Env, text string, counters *bus.Counters) (bus.Publisher, error) {
	n, k, err := f.queue(env, text)
	switch {
	case err != nil:
		return nil, err
	case n != nil:
		return n.NewPublisher(ctx, counters)
	}
	return k.NewPublisher(ctx, counters)
}

// consumer connects to a queue as a member of a group. With order, messages of
// a partition come in their order, however many members there are. Pending
// messages at most may wait to be acknowledged.
func (f *engineFlags) consumer(ctx context.Context, env *cli.Env, text, group string, order bool, pending int) (bus.Consumer, error) {
	n, k, err := f.queue(env, text)
	switch {
	case err != nil:
		return nil, err
	case n != nil:
		return n.NewConsumer(ctx, group, order, pending)
	}
	return k.NewConsumer(ctx, group, pending) // always in order
}

// queue is the configuration of a queue: of one of both.
func (f *engineFlags) queue(env *cli.Env, text string) (*jetstream.Config, *kafka.Config, error) {
	u, err := bus.ParseURL(text)
	if err != nil {
		return nil, nil, cli.Usagef("%v", err)
	}
	switch u.Scheme {
	case "nats":
		c, err := jetstream.Parse(u)
		if err != nil {
			return nil, nil, cli.Usagef("%v", err)
		}
		c.Notice, c.Wait, c.Command = env.Notice, f.Wait, env.Name
		return c, nil, nil
	case "kafka":
		c, err := kafka.Parse(u)
		if err != nil {
			return nil, nil, cli.Usagef("%v", err)
		}
		c.Notice, c.Wait, c.Command = env.Notice, f.Wait, "merc-bus"
		return nil, c, nil
	}
	return nil, nil, cli.Usagef("%s: unknown scheme: there are nats:// and kafka://", u)
}

// errSignal is the cause of the end of a context that a signal ends.
var errSignal = errors.New("ended by a signal")

// drainTime is how long after a signal, or the end of the input, messages may
// take to be stored.
const drainTime = 20 * time.Second

// untilSignal returns a context that is done at SIGINT and SIGTERM, and another
// one that is done drainTime later, or at a second signal.
func untilSignal(ctx context.Context) (soft, hard context.Context, stop func()) {
	hard, cancelHard := context.WithCancelCause(ctx)
	soft, cancelSoft := context.WithCancelCause(hard)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancelSoft(errSignal)
		case <-hard.Done():
			return
		}
		begun := time.Now()
		end := time.After(drainTime)
		for {
			select {
			case <-signals:
				if time.Since(begun) > time.Second { // otherwise it is the same one, to a group
					cancelHard(errors.New("interrupted again"))
					return
				}
			case <-end:
				cancelHard(fmt.Errorf("not stored within %v", drainTime))
				return
			case <-hard.Done():
				return
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		cancelHard(nil)
	}
}

// ended is the error of a command that takes messages and ended with err: a
// signal is none, but what could not be used is.
func ended(err error, counters *bus.Counters) error {
	if errors.Is(err, errSignal) {
		err = nil
	}
	if n := counters.Rejected.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d messages or records left out", n))
	}
	return err
}
