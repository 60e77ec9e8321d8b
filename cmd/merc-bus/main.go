// Merc-bus carries records between machines: it publishes them to a message
// queue, takes them from there, has workers share the work, and writes them to
// stores.
package main

import (
	"context"

	"merctools"
	"merctools/lib/cli"
)

type command struct {
	cli.Common
}

func main() {
	cli.Main(&cli.Command{
		Name:        "merc-bus",
		Summary:     "Carry records to other machines, through NATS JetStream.",
		Examples:    examples,
		Runner:      &command{},
		Subcommands: []*cli.Command{newPut(), newGet(), newWork()},
	}, merctools.License)
}

const examples = `  merc-fp < trace.pcap | merc-bus put nats://localhost/records
  merc-bus get nats://localhost/records | jq .
  merc-bus work nats://hub/records nats://hub/analyzed -- merc-analyze
`

// Run says that a subcommand is missing.
func (c *command) Run(context.Context, *cli.Env) error {
	return cli.Usagef("which command? There are put, get and work")
}
