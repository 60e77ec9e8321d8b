// Merc-analyze adds an analysis to records: the process that a message
// probably comes from, whether it is malware, and attributes of the flow.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"merctools"
	"merctools/lib/cli"
	"merctools/lib/cli/reports"
	"merctools/lib/output"
)

type command struct {
	cli.Common
	cli.SandboxFlags
	cli.ModelFlags
	cli.IndicatorFlags
	cli.StatsFlags
	reports.Flags
	Info        bool     `name:"resources-info" group:"Information:" brief:"print what the resource archive holds" help:"print what the resource archive holds and exit"`
	Explain     bool     `group:"Analysis:" brief:"add what each answer rests on" help:"explain each analysis: observations by kind, candidates with their scores, and the distance to the nearest known fingerprint"`
	MinimizeRAM bool     `name:"minimize-ram" group:"Running:" help:"use less memory by loading only part of the archive"`
	Strict      bool     `group:"Running:" help:"fail at the first line that is not a record"`
	Threads     string   `short:"t" group:"Running:" default:"cpu" placeholder:"N" brief:"number of threads (default: one per processor)" help:"number of worker threads, or cpu for one per processor (the default)"`
	Files       []string `arg:"" optional:"" name:"file" help:"records to read, one per line (default: standard input)"`
}

func main() {
	cli.Main(&cli.Command{
		Name:        "merc-analyze",
		Summary:     "Add the probable process and attributes of the flow to each record.",
		Examples:    examples,
		ShortHelp:   []string{"resources", "geo-db", "indicators", "stats", "report", "cbom", "strict", "resources-info"},
		Runner:      &command{},
		Subcommands: []*cli.Command{newLabel(), newBuild(), newLookup(), newCert()},
	}, merctools.License)
}

const examples = `  merc-fp --deep < trace.pcap | merc-analyze
  merc-fp --deep < trace.pcap | merc-analyze --resources=lab.tgz | jq .analysis
`

// Run analyzes records.
func (c *command) Run(ctx context.Context, env *cli.Env) (err error) {
	if c.Info {
		return c.info(env)
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	if err := c.StatsFlags.Check(true); err != nil {
		return err
	}
	if err := c.Flags.Check(); err != nil {
		return err
	}
	names := cli.Names(c.Files)
	inputs := slices.Concat(c.ModelFlags.Files(), c.Indicators, names)
	if _, err := env.Inputs(inputs, append(c.Flags.Outputs(), output.Stdout, c.StatsFlags.File())); err != nil {
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
	known, stop, err := c.IndicatorFlags.Load(env, c.Verbose)
	if err != nil {
		return err
	}
	defer stop()
	statistics, err := c.StatsFlags.Begin(env, model, false, c.Verbose)
	if err != nil {
		return err
	}
	paper, err := c.Flags.Begin(reports.What{Model: model, Archive: &c.ArchiveFlags, Indicators: known != nil})
	if err != nil {
		statistics.Discard()
		return err
	}
	f := newFilter(model, places, statistics, threads, env.Stdout)
	ended := func() error { return nil }
	if paper != nil {
		tap := paper.Tap(f.lines.Write, cli.ReportMembers, c.Explain, true)
		f.lines.Write = tap.Write
		ended = tap.Close
		for _, a := range f.annotators {
			a.KeepContext()
		}
	}
	f.strict = c.Strict
	if known != nil {
		for _, a := range f.annotators {
			a.Indicators(known)
		}
	}
	for _, a := range f.annotators {
		a.Explain(c.Explain || paper != nil)
	}
	env.OnInterrupt(func() { statistics.End(); paper.End() })
	c.Confine(env, c.Verbose, cli.Needs{Read: slices.Concat(env.OpenFiles(names), c.IndicatorFlags.Dirs()), Write: append(c.Flags.Outputs(), c.StatsFlags.File())})
	for _, name := range names {
		if err = f.file(ctx, env, name); err != nil {
			break
		}
	}
	err = errors.Join(err, ended(), statistics.End(), paper.End())
	f.report(env, c.Verbose)
	return errors.Join(err, c.Damage())
}

// report says what could not be done, once for the whole run.
func (f *filter) report(env *cli.Env, verbose bool) {
	n := f.counts()
	if n.Foreign > 0 && !f.strict {
		env.Noticef("%d lines that are not records passed through", n.Foreign)
	}
	reportLong(env, f.long, "passed through")
	if n.OtherFormat > 0 {
		tls, quic := f.model.Formats()
		env.Noticef("%d fingerprints are in a format that the archive does not have: use merc-fp --format=%s", n.OtherFormat, formatList(tls, quic))
	}
	if verbose {
		env.Noticef("lines: %d, analyzed: %d", n.Lines, n.Analyzed)
	}
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
