// Merc-capture writes the packets of a network interface to standard output,
// as a pcap file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"merctools"
	"merctools/lib/capture/ring"
	"merctools/lib/cli"
	"merctools/lib/output"
)

type command struct {
	cli.Common
	cli.SandboxFlags
	cli.Capture
	Threads    string      `short:"t" group:"Running:" default:"1" placeholder:"N" help:"divide flows among N rings, or cpu for one per processor; with 1, the default, packets stay in order of arrival"`
	Nanosecond bool        `group:"Output:" brief:"write timestamps in nanoseconds" help:"write timestamps in nanoseconds instead of microseconds"`
	Count      uint64      `group:"Output:" placeholder:"N" help:"stop after N packets"`
	Duration   cli.Seconds `group:"Output:" placeholder:"T" help:"stop after T seconds, or a time such as 1h30m"`
	List       bool        `group:"Information:" help:"list the interfaces that can be captured, and exit"`
	Interface  string      `arg:"" optional:"" help:"interface to capture from; any for all of them"`
}

func main() {
	cli.Main(&cli.Command{
		Name:      "merc-capture",
		Summary:   "Write the packets of a network interface as a pcap file.",
		Details:   details,
		Examples:  examples,
		ShortHelp: []string{"bpf", "snaplen", "count", "duration", "nanosecond", "list"},
		Runner:    &command{},
	}, merctools.License)
}

const details = `Packets are buffered in a fixed-size ring. If the reader of standard output falls
behind, the kernel drops packets and counts them. SIGINT, SIGTERM and SIGHUP end
the capture; SIGUSR1 prints the counters.
`

const examples = `  merc-capture eth0 > trace.pcap
  merc-capture eth0 | merc-fp --deep
  merc-capture --bpf 'tcp port 443' eth0 > tls.pcap
  merc-capture --list
`

// Live says that signals end the capture in order.
func (c *command) Live() bool { return true }

// Run captures packets until a signal ends that.
func (c *command) Run(_ context.Context, env *cli.Env) error {
	if c.List {
		return list(env.Stdout)
	}
	if c.Interface == "" {
		return cli.Usagef("no interface given")
	}
	if err := env.BinaryOutput("a capture", "redirect standard output to a file or a pipe"); err != nil {
		return err
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	config, err := c.Ring(env, c.Interface, threads)
	if err != nil {
		return err
	}
	signals := cli.CatchSignals()
	group, err := ring.Open(config)
	if err != nil {
		return err
	}
	// The rings end with the process: if the output stalls, packets in them are
	// still being written.

	// Nothing more needs privileges.
	if err := cli.GiveUpRoot(c.User); err != nil {
		return err
	}
	return c.capture(env, signals, group)
}

func (c *command) capture(env *cli.Env, signals cli.Signals, group *ring.Group) error {
	config := output.Config{Stdout: env.Stdout, Packets: true, Nano: c.Nanosecond, SnapLen: output.Uncut, Notice: env.Notice}
	if c.SnapLen > 0 {
		config.SnapLen = uint32(c.SnapLen)
	}
	config.Link, config.LinkKnown = group.LinkType()
	out, err := output.New(config)
	if err != nil {
		return err
	}
	w := &writer{out: out, nano: c.Nanosecond, limited: c.Count > 0, left: c.Count, full: group.Stop}
	env.WhenReaderGone(func() {
		w.gone.Store(true)
		group.Stop()
	})
	c.Confine(env, c.Verbose, cli.Needs{Capture: true, Reopen: c.Wait})
	session := cli.Session{Env: env, Signals: signals, Group: group, Output: out, Verbose: c.Verbose, Duration: time.Duration(c.Duration)}
	err = session.Run(func() error { return w.all(group) })
	if w.gone.Load() || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	session.More = w.more
	session.Counters()
	return err
}

// list writes a line for each interface that can be captured.
func list(w io.Writer) error {
	all, err := ring.Interfaces()
	if err != nil {
		return err
	}
	for _, i := range all {
		if !i.Known {
			continue
		}
		state := "down"
		if i.Up {
			state = "up"
		}
		line := fmt.Sprintf("%-16s %-4s mtu %-5d %s", i.Name, state, i.MTU, strings.Join(i.Addrs, " "))
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}
