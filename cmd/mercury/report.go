package main

import (
	"errors"
	"slices"
	"strings"

	"merctools/lib/cli"
	"merctools/lib/cli/reports"
	"merctools/lib/engine"
	"merctools/lib/members"
	"merctools/lib/output"
	"merctools/lib/summary"
)

// enrich has records tell what a report is made of. A tap leaves out of the
// output what it would not have otherwise.
func (c *command) enrich(cfg *engine.Config) (err error) {
	cfg.Context = true
	cfg.Members, err = members.Parse(strings.Join(c.reported(), ","), c.CommunityIDSeed)
	return err
}

// reported are the names of the members that records get on demand before the
// tap.
func (c *command) reported() []string {
	names := c.AddedMembers()
	if c.Flags.Wanted() {
		for _, name := range cli.ReportMembers {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// beside begins what is written beside the output: statistics, and reports. live
// is nil for captures from files. end writes the last of it. Where something can't
// begin, nothing is written, and the output is given up.
func (c *command) beside(env *cli.Env, job *cli.Job, out *output.Output, live func() *summary.Summary) (end func() error, err error) {
	if c.Summarized() || c.Flags.Wanted() {
		job.Summary = &cli.CaptureSummary{Interface: c.Interface, Added: c.reported()}
	}
	if job.Stats, err = c.StatsFlags.Begin(env, job.Config.Model, live != nil, c.Verbose); err != nil {
		out.Discard()
		return nil, err
	}
	paper, err := c.Flags.Begin(reports.What{Model: job.Config.Model, Archive: &c.ArchiveFlags, Indicators: len(c.Indicators) > 0, Memory: c.paperMemory, Live: live})
	if err != nil {
		job.Stats.Discard()
		out.Discard()
		return nil, err
	}
	job.Tap = c.tap(paper)
	return func() error { return errors.Join(job.Stats.End(), paper.End()) }, nil
}

// tap returns what records go through for a report, or nil.
func (c *command) tap(w *reports.Writer) func(func([]byte) error) func([]byte) error {
	if w == nil {
		return nil
	}
	return func(next func([]byte) error) func([]byte) error {
		return w.Tap(next, c.AddedMembers(), c.Explain, c.Summarized()).Write
	}
}
