package main

import (
	"context"
	"slices"
	"time"

	"merctools/lib/bus"
	"merctools/lib/cli"
)

type workCommand struct {
	cli.Common
	engineFlags
	Name     string   `group:"Output:" default:"w" placeholder:"NAME" brief:"what to append to the IDs of messages (default: w)" help:"what to append to the IDs of messages (default: w): the same for all workers of a group, another for each group that publishes to the same stream"`
	Compress string   `group:"Output:" enum:"zstd,none" default:"zstd" placeholder:"METHOD" help:"how to compress messages: zstd (the default) or none"`
	Once     bool     `group:"Running:" help:"end when there are no more messages"`
	From     string   `arg:"" help:"URL to take messages from"`
	To       string   `arg:"" help:"URL to publish to"`
	Filter   []string `arg:"" help:"command that writes a line for each line, and its arguments"`
}

func newWork() *cli.Command {
	return &cli.Command{
		Name:      "work",
		Summary:   "Run lines through a filter, and publish what comes back.",
		Brief:     "run lines through a filter, such as merc-analyze",
		Details:   workDetails + urlHelp,
		Examples:  workExamples,
		ShortHelp: []string{"name", "once", "metrics", "wait"},
		Runner:    &workCommand{},
	}
}

const workDetails = `Any number of workers on any number of machines share the messages, as members of
a group (group=NAME in the URL; default: work). Messages of a partition are
processed in their order, one after the other, so there is work for as many
workers as there are partitions.

The filter must write a line for each line that it reads, in the same order, and
without waiting for further ones. A message is acknowledged when its result is
stored. If a worker dies, others get its messages; what it had published already
is recognized by its ID.

After SIGTERM and SIGINT, the filter finishes what it has, within 20 seconds.
`

const workExamples = `  merc-bus work nats://hub/records nats://hub/analyzed -- merc-analyze
`

// workPending is how many messages may be in the filter and on their way out.
const workPending = 64

// Live implements cli.Live: signals end it in an orderly way.
func (c *workCommand) Live() bool { return true }

// Run works.
func (c *workCommand) Run(ctx context.Context, env *cli.Env) error {
	soft, hard, stop := untilSignal(ctx)
	defer stop()
	var counters bus.Counters
	to, err := c.queue(env, c.To)
	if err != nil {
		return err
	}
	from, err := c.queue(env, c.From)
	if err != nil {
		return err
	}
	if same(c.From, c.To) {
		return cli.Usagef("both URLs name the same stream: what is published there would come back")
	}
	listener, err := c.listen()
	if err != nil {
		return err
	}
	c.confine(env, c.Verbose, nil, cli.Needs{Run: true})
	out, err := to.NewPublisher(hard, &counters)
	if err != nil {
		return err
	}
	defer out.Close()
	in, err := from.NewConsumer(soft, "work", true, workPending)
	if err != nil {
		return err
	}
	serve(listener, env, &counters, in.Lag)
	begun := time.Now()
	w := bus.Worker{In: in, Out: out, Filter: c.Filter, Stderr: env.Stderr, Name: c.Name, Compress: c.Compress == "zstd", Once: c.Once, Counters: &counters, Notice: env.Notice}
	err = w.Run(soft, hard)
	in.Close()
	if c.Verbose {
		report(env, &counters, "published", time.Since(begun))
	}
	return ended(err, &counters)
}

// same reports whether two URLs name the same stream, or topic, in the same way.
func same(a, b string) bool {
	from, err := bus.ParseURL(a)
	if err != nil {
		return false
	}
	to, err := bus.ParseURL(b)
	return err == nil && from.Scheme == to.Scheme && slices.Equal(from.Hosts, to.Hosts) &&
		from.Stream() == to.Stream()
}
