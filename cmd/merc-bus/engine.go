package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	_ "golang.org/x/crypto/x509roots/fallback" // authorities where the system has none, as in a container image

	"merctools/lib/bus"
	"merctools/lib/bus/jetstream"
	"merctools/lib/bus/kafka"
	"merctools/lib/cli"
)

// engineFlags are what all commands that talk to a queue have.
type engineFlags struct {
	metricsFlags
	cli.SandboxFlags
	Wait bool `group:"Running:" brief:"wait for a server that can't be reached yet" help:"wait for a server that can't be reached yet"`
}

const urlHelp = `
A URL is nats://HOST:PORT,HOST:PORT/STREAM?OPTIONS for NATS JetStream, or
kafka://HOST:PORT,HOST:PORT/TOPIC?OPTIONS for Kafka. The stream or topic (default:
records) is made if there is none. Options, joined with &:
  group=NAME                  the group that a consumer belongs to
  ack-wait=T                  after how long without a sign of life another member
                              of the group gets a consumer's messages (10s)
  partitions=N                how many partitions a new stream or topic has (16)
  replicas=N                  how many copies (1, or what the broker makes)
  tls=true                    connect with TLS, as the three that follow do
  ca=FILE                     certificates of authorities in PEM (those of the
                              system, or else Mozilla's)
  cert=FILE key=FILE          the client's certificate and its key, in PEM
nats:// also has
  max-age=T max-bytes=N       how long, and how much, a new stream keeps (all)
  storage=memory              where it keeps that (file)
  duplicates=T                how long it recognizes messages that are sent again
                              (10m)
  creds=FILE nkey=FILE        credentials; also USER:PASSWORD@ before the host, and
                              in the environment NATS_USER, NATS_PASSWORD,
                              NATS_TOKEN, NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT,
                              NATS_KEY
kafka:// also has
  sasl=METHOD                 how to log in: plain (the default), scram-sha-256 or
                              scram-sha-512, with USER:PASSWORD@ before the host, or
                              in the environment KAFKA_SASL_USERNAME,
                              KAFKA_SASL_PASSWORD, KAFKA_SASL_MECHANISM
  compression=zstd            compress batches, useful with --compress=none (none)
`

// queue takes the configuration from a URL.
func (f *engineFlags) queue(env *cli.Env, text string) (bus.Queue, error) {
	u, err := bus.ParseURL(text)
	if err != nil {
		return nil, cli.Usagef("%v", err)
	}
	client := bus.Client{Command: env.Name, Notice: env.Notice, Wait: f.Wait}
	switch u.Scheme {
	case "nats":
		c, err := jetstream.Parse(u)
		if err != nil {
			return nil, cli.Usagef("%v", err)
		}
		c.Client = client
		return c, nil
	case "kafka":
		c, err := kafka.Parse(u)
		if err != nil {
			return nil, cli.Usagef("%v", err)
		}
		client.Command = "merc-bus"
		c.Client = client
		return c, nil
	}
	return nil, cli.Usagef("%s: unknown scheme: there are nats:// and kafka://", u)
}

// confine takes from the process what it does not need to talk to the queue, which
// reads files anew, and what else it needs. Servers can't be trusted more than
// records can.
func (f *engineFlags) confine(env *cli.Env, verbose bool, files []string, n cli.Needs) {
	if f.Confines(env) {
		// The system's authorities are read at the first connection with TLS
		// otherwise. Whether there are any is found out then.
		_, _ = x509.SystemCertPool()
		// C libraries would look names up with files and sockets of their own.
		net.DefaultResolver.PreferGo = true
	}
	n.Connect, n.Serve = true, f.Metrics != ""
	for _, name := range files {
		// A new certificate takes the place of the old one, or a link to it is
		// changed.
		n.Read = append(n.Read, filepath.Dir(name))
		if target, err := filepath.EvalSymlinks(name); err == nil {
			n.Read = append(n.Read, filepath.Dir(target))
		}
	}
	f.Confine(env, verbose, n)
}

// errSignal is the cause of the end of a context that a signal ends.
var errSignal = errors.New("ended by a signal")

// drainTime is how long after a signal, or the end of the input, messages may
// take to be stored.
const drainTime = 20 * time.Second

// untilSignal returns a context that is done at SIGINT and SIGTERM, unless they
// were ignored from the start, and another one that is done drainTime later, or at
// a second signal.
func untilSignal(ctx context.Context) (soft, hard context.Context, stop func()) {
	hard, cancelHard := context.WithCancelCause(ctx)
	soft, cancelSoft := context.WithCancelCause(hard)
	signals := make(chan os.Signal, 2)
	cli.NotifyEnd(signals)
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
