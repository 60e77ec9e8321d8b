package main

import (
	"cmp"
	"errors"
	"net"
	"time"

	"github.com/alecthomas/kong"

	"merctools/lib/capture/ring"
	"merctools/lib/cli"
	"merctools/lib/metrics"
	"merctools/lib/output"
	"merctools/lib/summary"
)

// captureFlags are the flags for capturing from an interface.
type captureFlags struct {
	Interface string `short:"c" name:"capture" group:"Input:" placeholder:"INTERFACE" brief:"capture packets from an interface" help:"capture packets from a network interface; any for all of them"`
	cli.Capture
	Limit      uint64          `wants:"fingerprint write" short:"l" group:"Output:" placeholder:"N" brief:"start a new file after N records or packets" help:"start a new file after N records or packets; file names get a number and the time"`
	OutputTime cli.Seconds     `wants:"fingerprint write" group:"Output:" placeholder:"T" help:"start a new file after T seconds, or a time such as 1h30m"`
	KeepFiles  int             `live:"refuse" name:"keep-files" group:"Output:" placeholder:"N" help:"with --limit or --output-time, remove the oldest of the finished files when there are more than N"`
	KeepSize   cli.Size        `live:"refuse" name:"keep-size" group:"Output:" placeholder:"SIZE" help:"with --limit or --output-time, remove the oldest of the finished files when they have more than a size such as 20G together; the last one stays"`
	ConfigFile kong.ConfigFlag `name:"config" group:"Running:" placeholder:"FILE" brief:"read options from a configuration file" help:"read options from a configuration file; the command line overrides it"`
	Metrics    string          `live:"refuse" group:"Running:" placeholder:"ADDRESS" help:"with --capture, serve counters for Prometheus at a port, or a host and a port (default: this host only)"`
}

// capture processes packets of an interface until a signal ends it. Sockets
// are opened first; then privileges are dropped, so that files belong to the
// user who is left.
func (c *command) capture(env *cli.Env, job *cli.Job) (err error) {
	if err := c.checkKeep(); err != nil {
		return err
	}
	config, err := c.Ring(env, c.Interface, job.Threads)
	if err != nil {
		return err
	}
	var listener net.Listener
	if c.Metrics != "" {
		if listener, err = metrics.Listen(c.Metrics); err != nil {
			return err
		}
	}
	signals := cli.CatchSignals()
	group, err := ring.Open(config)
	if err != nil {
		return err
	}
	// The rings end with the process: if the output stalls, they are in use
	// until then.

	if err := cli.DropPrivileges(c.User); err != nil {
		return err
	}
	// Files are read without privileges, whatever is in them.
	if err := c.resources(env, &job.Config); err != nil {
		return err
	}
	inputs, err := c.inputs(env, nil)
	if err != nil {
		return err
	}
	to := c.output(env, inputs)
	to.Live, to.SnapLen = true, output.Uncut
	to.Link, to.LinkKnown = group.LinkType()
	var out *output.Output
	err = signals.Prepare(func() (err error) {
		out, err = output.New(to)
		return err
	})
	if err != nil {
		return err
	}
	end, err := c.beside(env, job, out, func() *summary.Summary { return job.Summary.Live(group) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	if listener != nil {
		metrics.Serve(listener, env.Notice, (&counters{group: group, out: out, work: job.Published}).collect)
	}
	needs := cli.Needs{
		Write:   append(c.Flags.Outputs(), to.Name, c.Quarantine, c.StatsFlags.File()),
		Remade:  true,
		Capture: true,
		Reopen:  c.Wait,
		Serve:   listener != nil,
	}
	needs.Read = c.IndicatorFlags.Dirs()
	if needs.Serve {
		needs.Read = append(needs.Read, "/proc/self") // counters of the process
	}
	c.Confine(env, c.Verbose, needs)
	return job.Live(signals, group, out, c.Select == "")
}

// checkKeep returns a UsageError where files are to be removed, but none are
// finished before the end.
func (c *captureFlags) checkKeep() error {
	switch {
	case c.KeepFiles < 0:
		return cli.Usagef("--keep-files: %d is less than 0", c.KeepFiles)
	case (c.KeepFiles > 0 || c.KeepSize > 0) && c.Limit == 0 && c.OutputTime == 0:
		return cli.Usagef("--keep-files and --keep-size are for files that --limit or --output-time make")
	}
	return nil
}

// output is where the flags say that output goes, with rotation.
func (c *command) output(env *cli.Env, inputs *output.Inputs) output.Config {
	return output.Config{
		Name:      cmp.Or(c.Write, c.Fingerprint, output.Stdout),
		Stdout:    env.Stdout,
		Packets:   c.Write != "",
		Limit:     c.Limit,
		Every:     time.Duration(c.OutputTime),
		Overwrite: c.Overwrite,
		KeepFiles: c.KeepFiles,
		KeepSize:  int64(c.KeepSize),
		Inputs:    inputs,
		Notice:    env.Notice,
	}
}
