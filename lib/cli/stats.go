package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"time"

	"merctools/lib/fingerprintdb"
	"merctools/lib/hoststats"
)

// StatsFlags are the flags about statistics.
type StatsFlags struct {
	Stats      string `group:"Statistics:" placeholder:"FILE" brief:"write counts of what hosts do to FILE.json.gz" help:"count what each host does and write the counts to FILE.json.gz; needs an analysis"`
	StatsTime  *uint  `wants:"stats" name:"stats-time" group:"Statistics:" placeholder:"T" help:"with --stats, write statistics every T seconds, to files named by number and time; by default every 300 seconds of a live capture, and otherwise at the end"`
	StatsLimit *uint  `name:"stats-limit" group:"Statistics:" placeholder:"N" help:"with --stats, count at most N different observations in each file (default: 250000, which take 200 MB; 0: any number)"`

	memory, collectors int // see Within
}

// liveStatsTime is in seconds.
const liveStatsTime = 300

// Check returns a UsageError where the flags make no sense. analysis says
// whether messages are analyzed at all.
func (f *StatsFlags) Check(analysis bool) error {
	switch {
	case f.Stats == "" && f.StatsLimit != nil:
		return Usagef("--stats-limit needs --stats")
	case f.Stats != "" && !analysis:
		return Usagef("--stats needs --analysis")
	}
	return nil
}

// File is the file that statistics go to at the end; empty if they are not
// counted.
func (f *StatsFlags) File() string {
	if f.Stats == "" {
		return ""
	}
	return f.Stats + hoststats.Extension
}

func (f *StatsFlags) every(live bool) time.Duration {
	switch {
	case f.StatsTime != nil:
		return time.Duration(*f.StatsTime) * time.Second
	case live:
		return liveStatsTime * time.Second
	}
	return 0
}

// Statistics are an Aggregator whose reports are written while a command
// runs, and at its end. A nil pointer is none.
type Statistics struct {
	*hoststats.Aggregator

	env     *Env
	files   *hoststats.Files
	verbose bool
	limit   int // that nobody asked for; 0 where somebody did
	writing *Periodic
}

// Begin begins statistics as the flags say, or returns nil where they ask for
// none. The caller must End or Discard them. model is what messages are classified with,
// or nil; live says whether packets are captured as they come.
func (f *StatsFlags) Begin(env *Env, model *fingerprintdb.Model, live, verbose bool) (*Statistics, error) {
	if f.Stats == "" {
		return nil, nil
	}
	header := hoststats.Header{Start: time.Now(), Version: Version, Commit: commit()}
	if model != nil {
		if err := model.Load(); err != nil {
			return nil, err
		}
		header.ResourceVersion = model.Version()
	}
	limit := uint(defaultStatsLimit)
	if f.StatsLimit != nil {
		limit = *f.StatsLimit
	} else {
		header.Limit = defaultStatsLimit
	}
	text := 0
	switch {
	case f.memory > 0:
		// What a report holds while it is written, and what is observed
		// meanwhile, are there at the same time.
		each := 2*(entryCost*f.collectors+admittedCost) + reportCost
		most := max(f.memory/2/each, 1)
		if limit == 0 || limit > uint(most) {
			limit, header.Limit = uint(most), most
		}
		text = f.memory / 4
	case f.StatsLimit == nil:
		text = defaultStatsText
	}
	source := hoststats.New(int(min(limit, maxStatsLimit)))
	source.LimitText(text)
	files, err := hoststats.NewFiles(f.Stats, source, header)
	if err != nil {
		return nil, err
	}
	s := &Statistics{Aggregator: source, env: env, files: files, verbose: verbose, limit: header.Limit}
	s.writing = Repeat(f.every(live), s.write)
	return s, nil
}

// Bounds of statistics that nobody bounds: different observations, and bytes of
// their texts.
const (
	defaultStatsLimit = 250_000
	defaultStatsText  = 128 << 20
)

// How many bytes an observation takes, about: in each collector, where all of
// them are counted, and in a report.
const (
	entryCost    = 192
	admittedCost = 160
	reportCost   = 400
)

// Within bounds the memory of statistics, in bytes, which so many collectors
// have; 0 leaves it as the other flags say.
func (f *StatsFlags) Within(memory, collectors int) { f.memory, f.collectors = memory, collectors }

// maxStatsLimit is more than there is memory for.
const maxStatsLimit = 1 << 31

// write writes a file: one of those that there are now and then, or the last.
func (s *Statistics) write(last bool) error {
	if last {
		return s.report(s.files.Close())
	}
	return s.report(s.files.Rotate())
}

// Discard writes nothing: the command can't begin.
func (s *Statistics) Discard() {
	if s != nil {
		s.writing.Stop()
	}
}

// End writes the last file and returns the first error of all.
func (s *Statistics) End() error {
	if s == nil {
		return nil
	}
	return s.writing.End()
}

// report tells of a file, or that it could not be written.
func (s *Statistics) report(r *hoststats.Report, err error) error {
	if r != nil && r.Dropped > 0 && s.limit > 0 {
		s.env.Noticef("statistics: %d observations are not counted: there are more than %d different ones, or too much text in them (see --stats-limit)", r.Dropped, s.limit)
	}
	if s.verbose {
		fmt.Fprintf(s.env.Stderr, "statistics: %d entries, %d observations dropped at the limit\n", r.Entries(), r.Dropped)
	}
	return err
}

// commit is the state of the source code that the program is made of.
func commit() string { return cmp.Or(buildSetting("vcs.revision"), "unknown") }

// buildSetting is what the program was built with; empty if that is unknown.
func buildSetting(key string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
	}
	return ""
}
