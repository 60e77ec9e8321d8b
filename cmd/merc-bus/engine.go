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
	"merctools/lib/cli"
)

// engineFlags are what all commands that talk to a queue have.
type engineFlags struct {
	metricsFlags
	Wait bool `group:"Running:" brief:"wait for a server that can't be reached yet" help:"wait for a server that can't be reached yet"`
}

const urlHelp = `
A URL is nats://HOST:PORT,HOST:PORT/STREAM?OPTIONS. The stream (default: records)
is made if there is none. Options, joined with &:
  partitions=N replicas=N     of a stream that is made: 16 and 1 by default;
  max-age=T max-bytes=N       how long and how much it keeps (default: all);
  storage=memory              where (default: file);
  duplicates=T                how long it recognizes messages that are sent again
                              (default: 10m)
  group=NAME ack-wait=T       of a consumer: its group; after how long without a
                              sign of life another member gets its messages (10s)
  tls=true ca=FILE cert=FILE key=FILE creds=FILE nkey=FILE
                              also as NATS_CA, NATS_CERT, NATS_KEY, NATS_CREDS,
                              NATS_NKEY; and NATS_USER with NATS_PASSWORD, or
                              NATS_TOKEN, in the environment
`

// publisher connects to a queue.
func (f *engineFlags) publisher(ctx context.Context, env *cli.Env, text string, counters *bus.Counters) (bus.Publisher, error) {
	c, err := f.jetstream(env, text)
	if err != nil {
		return nil, err
	}
	return c.NewPublisher(ctx, counters)
}

// consumer connects to a queue as a member of a group.
func (f *engineFlags) consumer(ctx context.Context, env *cli.Env, text, group string, order bool, pending int) (bus.Consumer, error) {
	c, err := f.jetstream(env, text)
	if err != nil {
		return nil, err
	}
	return c.NewConsumer(ctx, group, order, pending)
}

func (f *engineFlags) jetstream(env *cli.Env, text string) (*jetstream.Config, error) {
	u, err := bus.ParseURL(text)
	if err != nil {
		return nil, cli.Usagef("%v", err)
	}
	if u.Scheme != "nats" {
		return nil, cli.Usagef("%s: unknown scheme: there is nats://", u)
	}
	c, err := jetstream.Parse(u)
	if err != nil {
		return nil, cli.Usagef("%v", err)
	}
	c.Notice, c.Wait, c.Command = env.Notice, f.Wait, env.Name
	return c, nil
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
