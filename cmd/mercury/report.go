package main

import (
	"slices"
	"strings"

	"merctools/lib/cli"
	"merctools/lib/cli/reports"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/members"
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

// about says what a report is about; live is nil for captures from files.
func (c *command) about(model *fingerprintdb.Model, live func() *summary.Summary) reports.What {
	return reports.What{Model: model, Archive: &c.ArchiveFlags, Indicators: len(c.Indicators) > 0, Memory: c.paperMemory, Live: live}
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
