// Merc-bus carries records between machines: it publishes them to a message
// queue, takes them from there, has workers share the work, and writes them to
// stores.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"merctools"
	"merctools/lib/cli"
)

type command struct {
	cli.Common
}

// memory is what the garbage collector tries to stay below, in bytes. What is
// under way is bounded, and much less.
const memory = 80 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	cli.Main(&cli.Command{
		Name:        "merc-bus",
		Summary:     "Carry records to other machines and stores, through NATS JetStream or Kafka.",
		Examples:    examples,
		Runner:      &command{},
		Subcommands: []*cli.Command{newPut(), newGet(), newWork(), newSink()},
	}, merctools.License)
}

const examples = `  merc-fp < trace.pcap | merc-bus put nats://localhost/records
  merc-bus get nats://localhost/records | jq .
  merc-bus work nats://hub/records nats://hub/analyzed -- merc-analyze
  merc-bus sink nats://hub/analyzed clickhouse://hub/records
`

// Run says that a subcommand is missing.
func (c *command) Run(context.Context, *cli.Env) error {
	return cli.Usagef("which command? There are put, get, work and sink")
}
