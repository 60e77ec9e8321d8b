package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"merctools/lib/bus"
	"merctools/lib/cli"
)

type putCommand struct {
	cli.Common
	engineFlags
	Key      string        `group:"Output:" enum:"source,community_id,none" default:"source" placeholder:"KEY" brief:"records of the same KEY stay in order" help:"records with the same key stay in order: source (the default), community_id or none"`
	Lines    int           `group:"Output:" placeholder:"N" brief:"lines in a message at most" help:"lines in a message at most; with 1, a message has a record, and its key"`
	Compress string        `group:"Output:" enum:"zstd,none" default:"zstd" placeholder:"METHOD" help:"how to compress messages: zstd (the default) or none"`
	Linger   time.Duration `group:"Output:" default:"500ms" placeholder:"TIME" brief:"how long a line waits for others" help:"how long a line waits for others that go into the same message (default: 500ms)"`
	Sensor   string        `group:"Output:" placeholder:"NAME" brief:"name of this sensor (default: the host's)" help:"name of this sensor, which messages carry (default: the host's)"`
	Threads  string        `short:"t" group:"Running:" default:"1" placeholder:"N" brief:"number of threads that compress (default: 1)" help:"number of threads that compress, or cpu for one per processor (default: 1)"`
	URL      string        `arg:"" name:"url" help:"where to publish"`
}

func newPut() *cli.Command {
	return &cli.Command{
		Name:      "put",
		Summary:   "Publish lines.",
		Brief:     "publish lines",
		Details:   putDetails + urlHelp,
		Examples:  putExamples,
		ShortHelp: []string{"key", "lines", "linger", "sensor", "threads", "wait"},
		Runner:    &putCommand{},
	}
}

const putDetails = `Lines are packed into messages, which the server stores before they count as
published. If the server falls behind or can't be reached, reading stops until
it can; nothing is dropped. At SIGINT and SIGTERM, what was read is published,
for which there are 20 seconds; what was not is an error with its count.
`

const putExamples = `  merc-fp < trace.pcap | merc-bus put nats://localhost/records
`

// Live implements cli.Live: signals end it in an orderly way.
func (c *putCommand) Live() bool { return true }

// upstreamTime is how long after a signal to read on: what comes before this
// command in a pipe still writes what it has.
const upstreamTime = time.Second

// Run publishes standard input.
func (c *putCommand) Run(ctx context.Context, env *cli.Env) error {
	key, err := bus.ParseKey(c.Key)
	if err != nil {
		return cli.Usagef("--key: %v", err)
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	if c.Lines < 0 {
		return cli.Usagef("--lines: %d is less than 0", c.Lines)
	}
	if c.Sensor == "" {
		if c.Sensor, err = os.Hostname(); err != nil {
			return fmt.Errorf("--sensor is not given: %w", err)
		}
	}
	soft, hard, stop := untilSignal(ctx)
	defer stop()
	var counters bus.Counters
	p, err := c.publisher(hard, env, c.URL, &counters)
	if err != nil {
		return err
	}
	defer p.Close()
	var rejected atomic.Uint64
	w, err := bus.NewWriter(hard, bus.Config{
		Publisher: p, Sensor: c.Sensor, Key: key, Compress: c.Compress == "zstd", Lines: c.Lines, Threads: threads, Counters: &counters,
		Rejected: func([]byte) { rejected.Add(1) },
	})
	if err != nil {
		return err
	}
	begun := time.Now()
	upstream, cancel := context.WithCancelCause(hard)
	context.AfterFunc(soft, func() { time.AfterFunc(upstreamTime, func() { cancel(errSignal) }) })
	in := bus.NewLineReader(env.Stdin, 0)
	in.Long = func(int64) { rejected.Add(1) }
	err = bus.Copy(upstream, w, in, run(), c.Linger)
	if errors.Is(err, errSignal) {
		err = nil
	} else if err != nil {
		err = fmt.Errorf("standard input: %w", err)
	}
	if e := w.Close(); e != nil {
		err = errors.Join(err, fmt.Errorf("%w: %d messages read and not stored", e, counters.Waiting.Load()))
	}
	if n := rejected.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("standard input: %d lines left out that are too long for a message", n))
	}
	if c.Verbose {
		report(env, &counters, "published", time.Since(begun))
	}
	return err
}

// run is a name that no other run has.
func run() string {
	var b [9]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// report writes what was done.
func report(env *cli.Env, n *bus.Counters, done string, took time.Duration) {
	env.Notice(fmt.Sprintf("%d records in %d messages %s (%.0f records/s), %d messages sent again, %d were there already",
		n.Records.Load(), n.Messages.Load(), done, float64(n.Records.Load())/took.Seconds(), n.Retries.Load(), n.Duplicate.Load()))
}
