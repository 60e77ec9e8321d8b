package main

import (
	"context"
	"errors"
	"syscall"
	"time"

	"merctools/lib/bus"
	"merctools/lib/cli"
)

type getCommand struct {
	cli.Common
	engineFlags
	Once bool   `group:"Running:" help:"end when there are no more messages"`
	URL  string `arg:"" name:"url" help:"where to take messages from"`
}

func newGet() *cli.Command {
	return &cli.Command{
		Name:      "get",
		Summary:   "Write lines that were published.",
		Brief:     "write lines that were published",
		Details:   getDetails + urlHelp,
		Examples:  getExamples,
		ShortHelp: []string{"once", "metrics", "wait"},
		Runner:    &getCommand{},
	}
}

const getDetails = `The server remembers how far a group (group=NAME in the URL; default: get) has
come: another run goes on there. A message counts when its lines are written;
after a crash the last ones come again.
`

const getExamples = `  merc-bus get nats://localhost/records | jq .
  merc-bus get --once 'nats://localhost/records?group=backup' > records.jsonl
`

// getAhead is how many messages may wait to be acknowledged.
const getAhead = 64

// Live implements cli.Live: signals end it in an orderly way.
func (c *getCommand) Live() bool { return true }

// Run writes messages to standard output.
func (c *getCommand) Run(ctx context.Context, env *cli.Env) error {
	soft, _, stop := untilSignal(ctx)
	defer stop()
	var counters bus.Counters
	from, err := c.queue(env, c.URL)
	if err != nil {
		return err
	}
	listener, err := c.listen()
	if err != nil {
		return err
	}
	c.confine(env, c.Verbose, from.Files(), cli.Needs{})
	in, err := from.NewConsumer(soft, "get", false, getAhead)
	if err != nil {
		return err
	}
	serve(listener, env, &counters, in.Lag)
	begun := time.Now()
	err = bus.Get(soft, in, env.Stdout, c.Once, &counters, env.Notice)
	in.Close()
	if errors.Is(err, syscall.EPIPE) {
		return err // a quiet end
	}
	if c.Verbose {
		report(env, &counters, "written", time.Since(begun))
	}
	return ended(err, &counters)
}
