package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"merctools/lib/capture/ring"
	"merctools/lib/cli"
)

// captureFlags are the flags for capturing from an interface.
type captureFlags struct {
	Interface string `short:"c" name:"capture" placeholder:"INTERFACE" help:"capture packets from a network interface"`
	cli.Capture
	Limit      uint64          `short:"l" placeholder:"N" help:"begin a new file after N records or packets; names of files get a number and the time"`
	OutputTime cli.Seconds     `placeholder:"T" help:"begin a new file after T seconds, or a time such as 1h30m"`
	ConfigFile kong.ConfigFlag `name:"config" placeholder:"FILE" help:"read flags that are not given from a configuration file"`
	Metrics    string          `placeholder:"ADDRESS" help:"with --capture, serve counters for Prometheus at a port, or a host and a port; without a host, to this host only"`
}

// capture processes packets of an interface until a signal ends it. Sockets
// are opened first; then privileges are dropped, so that files belong to the
// user who is left.
func runCapture(job *cli.Job) (err error) {
	config, err := flags.Ring(flags.Interface, job.Threads)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if flags.Metrics != "" {
		if metrics, err = listenMetrics(flags.Metrics); err != nil {
			return err
		}
	}
	cli.CatchSignals()
	group, err := ring.Open(config)
	if err != nil {
		return err
	}
	// The rings end with the process: where nobody takes the output, one may
	// be in use until then.

	if err := cli.DropPrivileges(flags.User); err != nil {
		return err
	}
	if flags.Directory != "" {
		if err := os.Chdir(flags.Directory); err != nil {
			return err
		}
	}
	output := outputConfig()
	output.Link, output.LinkKnown = group.LinkType()
	var out *cli.Output
	err = cli.Prepare(func() (err error) {
		out, err = cli.NewOutput(output)
		return err
	})
	if err != nil {
		return err
	}
	if metrics != nil {
		serveMetrics(metrics, group, out)
	}
	if job.Stats, err = flags.StatsFlags.Begin(job.Config.Model, true, flags.Verbose); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Stats.End()) }()
	if flags.Verbose {
		cli.Notice(fmt.Sprintf("capturing from %s with %d rings and %s of memory", flags.Interface, job.Threads, ring.Size(group.Memory())))
	}
	return job.Live(group, out, flags.Select == "")
}

// outputConfig is where the flags say that output goes, with rotation.
func outputConfig() cli.OutputConfig {
	config := cli.OutputConfig{
		Name:      flags.Fingerprint,
		Limit:     flags.Limit,
		Every:     time.Duration(flags.OutputTime),
		Overwrite: flags.Overwrite,
	}
	if flags.Write != "" {
		config.Name, config.Packets = flags.Write, true
	}
	return config
}
