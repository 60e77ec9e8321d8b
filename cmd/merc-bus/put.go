package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"merctools/lib/bus"
	"merctools/lib/cli"
)

type putCommand struct {
	cli.Common
	engineFlags
	Key      string        `group:"Output:" enum:"source,community_id,none" default:"source" placeholder:"KEY" brief:"records of the same KEY stay in order" help:"records with the same key stay in order: source (the default), community_id or none"`
	Lines    int           `group:"Output:" placeholder:"N" brief:"lines in a message at most" help:"put at most N lines into a message; with 1, the message has the key of its record"`
	Compress string        `group:"Output:" enum:"zstd,none" default:"zstd" placeholder:"METHOD" help:"how to compress messages: zstd (the default) or none"`
	Linger   time.Duration `group:"Output:" default:"500ms" placeholder:"TIME" brief:"how long a line waits for others" help:"how long a line waits for others that go into the same message (default: 500ms)"`
	Spool    string        `group:"Input:" placeholder:"DIR" brief:"publish files of a directory" help:"publish the files in a directory, and those that are added to it, instead of standard input; each is removed when it is stored, and must be complete when it gets its name"`
	Done     string        `needs:"spool" group:"Input:" placeholder:"DIR" brief:"with --spool: move files there" help:"with --spool, move files there instead of removing them"`
	Settle   time.Duration `needs:"spool" group:"Input:" default:"1s" placeholder:"TIME" help:"with --spool, how long a file must not have changed (default: 1s)"`
	Once     bool          `needs:"spool" group:"Running:" brief:"with --spool: end when all is stored" help:"with --spool, end when all files are stored"`
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
		ShortHelp: []string{"spool", "done", "once", "key", "lines", "linger", "sensor", "threads", "metrics", "wait"},
		Runner:    &putCommand{},
	}
}

const putDetails = `Lines are packed into messages, which the server stores before they count as
published. If the server falls behind or can't be reached, reading stops until
it can; nothing is dropped. After SIGINT and SIGTERM, what was read is still
published, within 20 seconds; the rest is an error that says how much it is.

With --spool, a file in the directory, .merc-bus.state, says how far each file is
stored, so that another run goes on there. What it sends again is recognized by
the server, and later by stores, since the messages have the same IDs.
`

const putExamples = `  merc-fp < trace.pcap | merc-bus put nats://localhost/records
  merc-bus put --spool /var/spool/mercury nats://localhost/records
`

// Live implements cli.Live: signals end it in an orderly way.
func (c *putCommand) Live() bool { return true }

// upstreamTime is how long after a signal to read on: what comes before this
// command in a pipe still writes what it has.
const upstreamTime = time.Second

// Run publishes standard input, or files.
func (c *putCommand) Run(ctx context.Context, env *cli.Env) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	soft, hard, stop := untilSignal(ctx)
	defer stop()
	counters := config.Counters
	to, err := c.queue(env, c.URL)
	if err != nil {
		return err
	}
	listener, err := c.listen()
	if err != nil {
		return err
	}
	c.confine(env, c.Verbose, to.Files(), cli.Needs{Trees: c.dirs()})
	p, err := to.NewPublisher(hard, counters)
	if err != nil {
		return err
	}
	defer p.Close()
	config.Publisher = p
	serve(listener, env, counters, nil)
	rejected := &rejected{name: "standard input"}
	if c.Spool != "" {
		rejected.name = filepath.Join(c.Spool, ".merc-bus.rejected")
		rejected.keep = true
	}
	config.Rejected = rejected.line
	w, err := bus.NewWriter(hard, config)
	if err != nil {
		return err
	}
	begun := time.Now()
	if c.Spool != "" {
		spool := bus.Spool{Dir: c.Spool, Done: c.Done, Sensor: c.Sensor, Settle: c.Settle, Once: c.Once, Writer: w, Counters: counters, Notice: env.Notice, Long: func(place string) {
			rejected.long.Add(1)
			env.Noticef("%s: a line of more than %d MiB left out", place, bus.MaxLine>>20)
		}}
		err = spool.Run(soft)
	} else {
		err = c.input(soft, hard, env, w, rejected)
	}
	if err != nil && counters.Waiting.Load() > 0 {
		err = fmt.Errorf("%w: %d messages read and not stored", err, counters.Waiting.Load())
	}
	err = errors.Join(err, rejected.err())
	if c.Verbose {
		report(env, counters, "published", time.Since(begun))
	}
	return err
}

// config checks the flags.
func (c *putCommand) config() (bus.Config, error) {
	key, err := bus.ParseKey(c.Key)
	if err != nil {
		return bus.Config{}, cli.Usagef("--key: %v", err)
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return bus.Config{}, err
	}
	if c.Lines < 0 {
		return bus.Config{}, cli.Usagef("--lines: %d is less than 0", c.Lines)
	}
	var spool os.FileInfo
	for _, dir := range c.dirs() {
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			return bus.Config{}, err
		case !info.IsDir():
			return bus.Config{}, fmt.Errorf("%s: this is no directory", dir)
		case spool != nil && os.SameFile(spool, info):
			return bus.Config{}, cli.Usagef("--done: %s is the spool: its files would be published again and again", dir)
		}
		spool = info
	}
	if c.Sensor == "" {
		if c.Sensor, err = os.Hostname(); err != nil {
			return bus.Config{}, fmt.Errorf("--sensor is not given: %w", err)
		}
	}
	return bus.Config{Sensor: c.Sensor, Key: key, Compress: c.Compress == "zstd", Lines: c.Lines, Threads: threads, Counters: new(bus.Counters)}, nil
}

// dirs are the directories that it works in.
func (c *putCommand) dirs() (dirs []string) {
	for _, dir := range []string{c.Spool, c.Done} {
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// input publishes standard input.
func (c *putCommand) input(soft, hard context.Context, env *cli.Env, w *bus.Writer, rejected *rejected) error {
	upstream, cancel := context.WithCancelCause(hard)
	defer cancel(nil)
	context.AfterFunc(soft, func() { time.AfterFunc(upstreamTime, func() { cancel(errSignal) }) })
	in := bus.NewLineReader(env.Stdin, 0)
	in.Long = func(int64) { rejected.long.Add(1) }
	err := bus.Copy(upstream, w, in, run(), c.Linger)
	if errors.Is(err, errSignal) {
		err = nil
	} else if err != nil {
		err = fmt.Errorf("standard input: %w", err)
	}
	if e := w.Close(); e != nil {
		err = e // the reason of the other
	}
	return err
}

// rejected is what can't be published.
type rejected struct {
	name string // of the input, or of a file for the lines
	keep bool   // there is a file
	long atomic.Uint64

	mu     sync.Mutex
	lines  int
	failed error
}

// line takes a line that is too long for a message.
func (r *rejected) line(text []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines++
	if !r.keep {
		return
	}
	f, err := bus.OpenRegular(r.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil && r.failed == nil {
		r.failed = err
	}
}

// err says what was left out.
func (r *rejected) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	switch {
	case r.lines > 0 && r.keep:
		err = fmt.Errorf("%s: has %d lines that are too long for a message", r.name, r.lines)
	case r.lines > 0:
		err = fmt.Errorf("%s: %d lines left out that are too long for a message", r.name, r.lines)
	}
	if n := r.long.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d lines of more than %d MiB left out", n, bus.MaxLine>>20))
	}
	return errors.Join(err, r.failed)
}

// run is a name that no other run has.
func run() string {
	var b [9]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// report writes what was done.
func report(env *cli.Env, n *bus.Counters, done string, took time.Duration) {
	env.Noticef("%d records in %d messages %s (%.0f records/s), %d messages sent again, %d were there already",
		n.Records.Load(), n.Messages.Load(), done, float64(n.Records.Load())/took.Seconds(), n.Retries.Load(), n.Duplicate.Load())
}
