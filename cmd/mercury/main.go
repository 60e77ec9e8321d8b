// Mercury reads packets from captures and writes records, or the packets that
// have them, in one process.
package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"merctools"
	"merctools/lib/cli"
	"merctools/lib/cli/reports"
	"merctools/lib/engine"
	"merctools/lib/output"
)

type command struct {
	cli.Common
	cli.SandboxFlags
	cli.Records
	cli.MemoryFlags
	captureFlags
	cli.ModelFlags
	cli.IndicatorFlags
	cli.StatsFlags
	reports.Flags
	Read        []string `short:"r" group:"Input:" sep:"none" placeholder:"FILE" brief:"read packets from a capture file" help:"read packets from a capture (pcap, pcapng or snoop, also compressed; default: standard input), or from all captures in a directory or that a pattern matches, in order of name; may be given several times"`
	Follow      bool     `group:"Input:" brief:"read on as the capture grows" help:"with --read, keep reading as the capture file grows, until a signal"`
	Fingerprint string   `short:"f" group:"Output:" placeholder:"FILE" brief:"write records to a file" help:"write records to a file (default: standard output)"`
	Write       string   `short:"w" group:"Output:" placeholder:"FILE" brief:"write packets, with -s those with a record" help:"write packets to a file, with --select only those that have a record"`
	Overwrite   bool     `short:"o" group:"Output:" help:"with --capture, replace existing files; without --capture they are always replaced"`
	Analysis    bool     `short:"a" group:"Analysis:" brief:"classify fingerprints and destinations" help:"classify fingerprints and destinations"`
	Explain     bool     `group:"Analysis:" brief:"add what each answer rests on" help:"with --analysis, explain each analysis: observations by kind, candidates with their scores, and the distance to the nearest known fingerprint"`
	Directory   string   `wants:"fingerprint write stats quarantine report cbom" short:"d" group:"Output:" placeholder:"DIR" help:"write files in a directory"`
	Threads     string   `short:"t" group:"Running:" default:"cpu" placeholder:"N" brief:"number of threads (default: one per processor)" help:"number of worker threads, or cpu for one per processor (the default)"`
	paperMemory int      // bytes of a report
	Loop        int      `short:"p" group:"Input:" default:"1" placeholder:"N" help:"read the captures N times"`
}

func main() {
	cli.Main(&cli.Command{
		Name:       "mercury",
		Summary:    "Write fingerprints and metadata of packets, and analyze them.",
		Details:    cli.SelectHelp(),
		Examples:   examples,
		ShortHelp:  []string{"read", "capture", "fingerprint", "write", "limit", "analysis", "report", "cbom", "select", "metadata", "deep"},
		Runner:     &command{},
		ConfigFile: true,
	}, merctools.License)
}

const examples = `  mercury -r trace.pcap                      # records to standard output
  mercury -r trace.pcapng -f trace.json      # records to a file
  mercury -r trace.pcap -w tls.pcap -stls    # packets of TLS handshakes
  mercury -c eth0 -f records.json -l 100000  # files of 100000 records
  mercury --config /etc/mercury/mercury.cfg
`

// Live reports whether packets come from an interface.
func (c *command) Live() bool { return c.Interface != "" }

// Run writes the records, or the packets, of an interface or of captures.
func (c *command) Run(ctx context.Context, env *cli.Env) (err error) {
	cfg, err := c.Records.Config()
	if err != nil {
		return err
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	if err := errors.Join(c.StatsFlags.Check(c.Analysis), c.Flags.Check()); err != nil {
		return err
	}
	switch {
	case c.Analysis:
		cfg.Explain = c.Explain || c.Flags.Wanted()
		err = c.OpenArchive()
	case c.ASNDB != "":
		err = cli.Usagef("--asn-db needs --analysis")
	case c.Explain:
		err = cli.Usagef("--explain needs --analysis")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Damage()) }()
	known, stop, err := c.IndicatorFlags.Load(env, c.Verbose)
	if err != nil {
		return err
	}
	defer stop()
	cfg.Indicators = known
	if c.Fingerprint != "" && c.Write != "" {
		return cli.Usagef("--fingerprint and --write can't be combined")
	}
	if c.Flags.Wanted() {
		if c.Write != "" {
			return cli.Usagef("--report and --cbom are made of records, not of the packets that --write asks for")
		}
		if err := c.enrich(&cfg); err != nil {
			return err
		}
	}
	budget, err := c.Divide(&cfg, threads, c.Analysis, c.Stats != "", c.Flags.Wanted())
	if err != nil {
		return err
	}
	cfg.Memory = budget.Worker
	c.paperMemory = budget.Report
	c.StatsFlags.Within(budget.Statistics, threads)
	if c.Loop < 1 {
		return cli.Usagef("--loop: %d is less than 1", c.Loop)
	}
	if c.ConfigFile != "" && c.Interface == "" && len(c.Read) == 0 {
		return cli.Usagef("neither the configuration file nor the command line names an interface or a capture")
	}
	if err := c.intoDirectory(); err != nil {
		return err
	}
	if c.Interface != "" {
		if len(c.Read) > 0 || c.Follow {
			return cli.Usagef("--read and --follow can't be combined with --capture")
		}
		return c.capture(env, &cli.Job{Env: env, Config: cfg, Threads: threads, Verbose: c.Verbose, Quarantine: c.Quarantine, History: budget.History})
	}
	return c.replay(ctx, env, cfg, threads, budget.History)
}

// replay processes captures, or standard input. history is how many bytes what
// was seen before may take.
func (c *command) replay(ctx context.Context, env *cli.Env, cfg engine.Config, threads, history int) (err error) {
	if err := c.resources(env, &cfg); err != nil {
		return err
	}
	c.KeepFiles, c.KeepSize = 0, 0 // a replay removes nothing
	names, err := cli.Expand(c.Read)
	if err != nil {
		return err
	}
	if c.Loop > 1 && (len(names) == 0 || slices.Contains(names, "-")) {
		return cli.Usagef("--loop: standard input can be read only once")
	}
	if c.Follow && (len(names) != 1 || names[0] == "-" || c.Loop > 1) {
		return cli.Usagef("--follow: one capture file can be followed, once")
	}
	inputs, err := c.inputs(env, cli.Names(names))
	if err != nil {
		return err
	}
	filter, err := c.Filter()
	if err != nil {
		return err
	}
	files := cli.NewInput(env.Stdin, names...)
	files.Filter = filter
	files.Rounds = c.Loop
	defer files.Close()
	files.ToFile = !output.IsStdout(cmp.Or(c.Write, c.Fingerprint, output.Stdout))
	files.AnyLink = c.Write != "" && c.Select == "" // all packets are copied
	defer files.ShowProgress(env)()
	if c.Follow {
		files.Follow(ctx, env.Notice)
	}
	in := files.Until(ctx)
	job := cli.Job{Env: env, Config: cfg, Threads: threads, Verbose: c.Verbose, Quarantine: c.Quarantine, History: history}
	config := c.output(env, inputs)
	config.Overwrite = true
	config.Uncounted = c.Write == ""
	out, err := output.New(config)
	if err != nil {
		return err
	}
	end, err := c.beside(env, &job, out, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	env.OnInterrupt(func() { end() })
	c.Confine(env, c.Verbose, cli.Needs{Read: append(files.OpenFiles(env), c.IndicatorFlags.Dirs()...), Write: append(c.Flags.Outputs(), config.Name, c.Quarantine, c.StatsFlags.File())})
	return job.Run(in, out, c.Select == "")
}

// resources has what is known of programs and addresses read.
func (c *command) resources(env *cli.Env, cfg *engine.Config) (err error) {
	if c.Analysis {
		if cfg.Model, err = c.Model(env, cfg.MinimizeRAM, c.Verbose); err != nil {
			return err
		}
	}
	cfg.Places, err = c.Places()
	return err
}

// intoDirectory puts the names of files to write into --directory.
func (c *command) intoDirectory() error {
	if c.Directory == "" {
		return nil
	}
	if _, err := os.Stat(c.Directory); err != nil {
		return err
	}
	for _, name := range []*string{&c.Fingerprint, &c.Write, &c.Stats, &c.Quarantine, &c.Report, &c.CBOM} {
		if !output.IsStdout(*name) && !filepath.IsAbs(*name) {
			*name = filepath.Join(c.Directory, *name)
		}
	}
	return nil
}

// inputs returns the files that are read, if the outputs may be written: they are
// none of them, and no capture to a terminal, and there can be a quarantine.
func (c *command) inputs(env *cli.Env, captures []string) (*output.Inputs, error) {
	out := cmp.Or(c.Write, c.Fingerprint, output.Stdout)
	if c.Write != "" && output.IsStdout(out) {
		if err := env.BinaryOutput("a capture", "name a file with --write"); err != nil {
			return nil, err
		}
	}
	in := slices.Concat(captures, c.ModelFlags.Files(), c.Indicators, []string{string(c.ConfigFile), c.MaskKey})
	inputs, err := env.Inputs(in, append(c.Flags.Outputs(), out, c.Quarantine, c.StatsFlags.File()))
	if err != nil {
		return nil, err
	}
	return inputs, output.CheckQuarantine(c.Quarantine)
}
