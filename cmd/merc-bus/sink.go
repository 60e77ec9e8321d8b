package main

import (
	"context"
	"os"
	"time"

	"merctools/lib/bus"
	"merctools/lib/bus/clickhouse"
	"merctools/lib/bus/hourly"
	"merctools/lib/cli"
)

type sinkCommand struct {
	cli.Common
	engineFlags
	Batch uint          `group:"Output:" placeholder:"MB" brief:"size of a batch (default: 16 MB; files: 256 MB)" help:"size of a batch of records, in MB (default: 16; of files: 256)"`
	Every time.Duration `group:"Output:" placeholder:"TIME" brief:"how long records wait (default: 5s; files: 5m)" help:"how long records wait for others of their batch (default: 5s; files: 5m)"`
	Once  bool          `group:"Running:" help:"end when there are no more messages"`
	From  string        `arg:"" help:"URL to take messages from"`
	To    string        `arg:"" help:"URL of the store"`
}

func newSink() *cli.Command {
	return &cli.Command{
		Name:      "sink",
		Summary:   "Write records to a store, in batches.",
		Brief:     "write records to a store: ClickHouse, Parquet",
		Details:   sinkDetails + urlHelp,
		Examples:  sinkExamples,
		ShortHelp: []string{"batch", "every", "once", "metrics", "wait"},
		Runner:    &sinkCommand{},
	}
}

const sinkDetails = `Stores:

clickhouse://HOST:PORT/TABLE?OPTIONS is a table of ClickHouse, through its HTTP
interface (ports 8123 and, with TLS, 8443). The table (default: records) is made
if there is none: that of merc-fp --schema=clickhouse, with columns _id, _line and
_sensor, which say where a row comes from, as a ReplacingMergeTree. It drops rows
that were delivered twice when it merges parts, and SELECT … FINAL does at once.
With a ClickHouse before 24.1 the table has the record as text. Options:
  database=NAME               the database of the table (default)
  layout=text|columns         which table to make (by the version of ClickHouse)
  tls=true ca=FILE cert=FILE key=FILE
                              as for the URL of a queue, below
USER:PASSWORD@ stands before the host, or CLICKHOUSE_USER and
CLICKHOUSE_PASSWORD in the environment.

file:///DIR?OPTIONS is a directory of Parquet files, DIR/date=…/hour=…/*.parquet
in UTC. Messages that are delivered again are left out, for one process with a
directory and name at a time. A batch makes a file for each hour. Where it has
records of more than 100 hours, those with less than 16 KiB share a file in
date=1970-01-01/hour=00, where records without a time are. Options:
  fields=LIST                 columns, such as src_ip,tls.client.server_name (all
                              members of records; objects as JSON)
  name=NAME                   what the names of files begin with (records)

A message is acknowledged when it is stored. After SIGTERM and SIGINT, what was
read is still stored, within 20 seconds; the rest is delivered again.
`

const sinkExamples = `  merc-bus sink nats://hub/analyzed clickhouse://hub/records
  merc-bus sink 'kafka://hub/records?group=files' file:///var/lib/records
`

// sinkPending is how many messages a batch has at most.
const sinkPending = 8192

// Live implements cli.Live: signals end it in an orderly way.
func (c *sinkCommand) Live() bool { return true }

// Run stores messages.
func (c *sinkCommand) Run(ctx context.Context, env *cli.Env) error {
	soft, hard, stop := untilSignal(ctx)
	defer stop()
	var counters bus.Counters
	from, err := c.queue(env, c.From)
	if err != nil {
		return err
	}
	open, needs, err := c.store(env)
	if err != nil {
		return err
	}
	listener, err := c.listen()
	if err != nil {
		return err
	}
	c.confine(env, c.Verbose, from.Files(), needs)
	store, err := open(soft, &counters)
	if err != nil {
		return err
	}
	defer store.Close()
	in, err := from.NewConsumer(soft, "sink", false, sinkPending)
	if err != nil {
		return err
	}
	serve(listener, env, &counters, in.Lag)
	begun := time.Now()
	s := bus.Sink{In: in, Store: store, Size: int64(c.Batch) << 20, Messages: sinkPending, Every: c.Every, Once: c.Once, Counters: &counters, Notice: env.Notice}
	err = s.Run(soft, hard)
	in.Close()
	if c.Verbose {
		report(env, &counters, "stored", time.Since(begun))
	}
	return ended(err, &counters)
}

// store returns what opens the store, and what that needs. It sets what depends on
// its kind.
func (c *sinkCommand) store(env *cli.Env) (open func(context.Context, *bus.Counters) (bus.Store, error), needs cli.Needs, err error) {
	u, err := bus.ParseURL(c.To)
	if err != nil {
		return nil, needs, cli.Usagef("%v", err)
	}
	set := func(megabytes uint, every time.Duration) {
		if c.Batch == 0 {
			c.Batch = megabytes
		}
		if c.Every == 0 {
			c.Every = every
		}
	}
	switch u.Scheme {
	case "clickhouse":
		config, err := clickhouse.Parse(u)
		if err != nil {
			return nil, needs, cli.Usagef("%v", err)
		}
		config.Client = bus.Client{Notice: env.Notice, Wait: c.Wait}
		set(16, 5*time.Second)
		return func(ctx context.Context, n *bus.Counters) (bus.Store, error) { return config.Open(ctx, n) }, needs, nil
	case "file":
		config, err := hourly.Parse(u)
		if err != nil {
			return nil, needs, cli.Usagef("%v", err)
		}
		set(256, 5*time.Minute)
		// It must be there for others to be made in it.
		if err := os.MkdirAll(config.Dir(), 0o777); err != nil {
			return nil, needs, err
		}
		needs.Trees = []string{config.Dir()}
		return func(_ context.Context, n *bus.Counters) (bus.Store, error) { return config.Open(n, env.Notice) }, needs, nil
	}
	return nil, needs, cli.Usagef("%s: unknown scheme: there are clickhouse:// and file://", u)
}
