package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/alecthomas/kong"

	"merctools/lib/capture/ring"
	"merctools/lib/cli"
)

// captureFlags are the flags for capturing from an interface.
type captureFlags struct {
	Interface string `short:"c" name:"capture" group:"Input:" placeholder:"INTERFACE" brief:"capture packets from an interface" help:"capture packets from a network interface"`
	cli.Capture
	Limit      uint64          `short:"l" group:"Output:" placeholder:"N" brief:"begin a new file after N records or packets" help:"begin a new file after N records or packets; file names get a number and the time"`
	OutputTime cli.Seconds     `group:"Output:" placeholder:"T" help:"begin a new file after T seconds, or a time such as 1h30m"`
	ConfigFile kong.ConfigFlag `name:"config" group:"Running:" placeholder:"FILE" brief:"read options from a configuration file" help:"read options from a configuration file; the command line overrides it"`
	Metrics    string          `group:"Running:" placeholder:"ADDRESS" help:"with --capture, serve counters for Prometheus at a port, or a host and a port (default: this host only)"`
}

// capture processes packets of an interface until a signal ends it. Sockets
// are opened first; then privileges are dropped, so that files belong to the
// user who is left.
func (c *command) capture(env *cli.Env, job *cli.Job) (err error) {
	config, err := c.Ring(env, c.Interface, job.Threads)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if c.Metrics != "" {
		if metrics, err = listenMetrics(c.Metrics); err != nil {
			return err
		}
	}
	signals := cli.CatchSignals()
	group, err := ring.Open(config)
	if err != nil {
		return err
	}
	// The rings end with the process: where nobody takes the output, one may
	// be in use until then.

	if err := cli.DropPrivileges(c.User); err != nil {
		return err
	}
	output := c.output(env)
	output.Link, output.LinkKnown = group.LinkType()
	var out *cli.Output
	err = signals.Prepare(func() (err error) {
		out, err = cli.NewOutput(output)
		return err
	})
	if err != nil {
		return err
	}
	if metrics != nil {
		serveMetrics(env, metrics, group, out)
	}
	if job.Stats, err = c.StatsFlags.Begin(env, job.Config.Model, true, c.Verbose); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Stats.End()) }()
	if c.Verbose {
		env.Notice(fmt.Sprintf("capturing from %s with %d rings and %s of memory", c.Interface, job.Threads, ring.Size(group.Memory())))
	}
	return job.Live(signals, group, out, c.Select == "")
}

// output is where the flags say that output goes, with rotation.
func (c *command) output(env *cli.Env) cli.OutputConfig {
	config := cli.OutputConfig{
		Env:       env,
		Name:      c.Fingerprint,
		Limit:     c.Limit,
		Every:     time.Duration(c.OutputTime),
		Overwrite: c.Overwrite,
	}
	if c.Write != "" {
		config.Name, config.Packets = c.Write, true
	}
	return config
}
