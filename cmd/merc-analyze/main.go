// Merc-analyze adds an analysis to records: the process that a message
// probably comes from, whether it is malware, and attributes of the flow.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"merctools"
	"merctools/lib/cli"
)

type command struct {
	cli.Common
	cli.ModelFlags
	cli.StatsFlags
	Info        bool     `name:"resources-info" help:"write what there is in the resource archive, and exit"`
	MinimizeRAM bool     `name:"minimize-ram" help:"leave out of the archive what takes most memory"`
	Strict      bool     `help:"fail at the first line that is no record"`
	Threads     string   `short:"t" default:"cpu" placeholder:"N|cpu" help:"number of workers; cpu for one per processor"`
	Files       []string `arg:"" optional:"" name:"file" help:"records to read, a line each; standard input if there are none"`
}

func main() {
	cli.Main(&cli.Command{
		Name:        "merc-analyze",
		Summary:     "Add to each record the process that it probably comes from, and attributes of its flow.",
		Details:     examples,
		Runner:      &command{},
		Subcommands: []*cli.Command{label, buildArchive, lookup},
	}, merctools.License)
}

const examples = `
Other things to do, each with a --help of its own:
  merc-analyze label     add to records of this host the processes behind their sockets
  merc-analyze build     make a resource archive of labelled records
  merc-analyze lookup    show what a resource archive knows of a fingerprint

Examples:
  merc-fp < trace.pcap | merc-analyze
  merc-fp --metadata < trace.pcap | merc-analyze --resources=resources.tgz | jq .analysis
`

// Run analyzes records.
func (c *command) Run(ctx context.Context, env *cli.Env) (err error) {
	if c.Info {
		return resourcesInfo(env.Stdout, &c.ArchiveFlags)
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	if err := c.StatsFlags.Check(true); err != nil {
		return err
	}
	model, err := c.Model(env, c.MinimizeRAM, c.Verbose)
	if err != nil {
		return err
	}
	places, err := c.Places()
	if err != nil {
		return err
	}
	statistics, err := c.StatsFlags.Begin(env, model, false, c.Verbose)
	if err != nil {
		return err
	}
	f := newFilter(model, places, statistics, threads)
	f.strict = c.Strict
	names := c.Files
	if len(names) == 0 {
		names = []string{"-"}
	}
	env.OnInterrupt(func() { statistics.End() })
	out := bufio.NewWriterSize(env.Stdout, outputBuffer)
	for _, name := range names {
		if err = f.file(ctx, env, name, out); err != nil {
			break
		}
	}
	return errors.Join(err, out.Flush(), statistics.End(), f.report(env.Stderr, c.Verbose), c.Damage())
}

// outputBuffer is less than what a batch of lines has, so that most of it is
// written from where it is.
const outputBuffer = 64 << 10

// report says on w what could not be done, once for the whole run.
func (f *filter) report(w io.Writer, verbose bool) error {
	n := &f.counts
	if n.foreign > 0 {
		fmt.Fprintf(w, "merc-analyze: %d lines passed through that are no records\n", n.foreign)
	}
	if n.otherFormat > 0 {
		tls, quic := f.model.Formats()
		fmt.Fprintf(w, "merc-analyze: %d fingerprints are in a format that the archive does not have: use merc-fp --format=%s\n",
			n.otherFormat, formatList(tls, quic))
	}
	if verbose {
		fmt.Fprintf(w, "merc-analyze: lines: %d, analyzed: %d\n", n.lines, n.analyzed)
	}
	return nil
}

func formatList(tls, quic int) string {
	s := "tls"
	if tls > 0 {
		s += fmt.Sprintf("/%d", tls)
	}
	s += ",quic"
	if quic > 0 {
		s += fmt.Sprintf("/%d", quic)
	}
	return s
}
