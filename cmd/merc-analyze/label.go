package main

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"runtime"
	"time"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb/build"
	"merctools/lib/osinfo"
	"merctools/lib/output"
	"merctools/lib/pipeline"
	"merctools/lib/process"
)

type labelCommand struct {
	cli.Common
	cli.SandboxFlags
	Poll       time.Duration `default:"5ms" placeholder:"TIME" help:"how often to list the sockets of this host"`
	Process    string        `placeholder:"NAME" brief:"don't look: the records come from this process" help:"don't look at sockets: attribute what --client sends to this process"`
	Executable string        `needs:"process" placeholder:"FILE" brief:"with --process: its executable" help:"with --process: its executable, whose version and SHA-256 are recorded"`
	Release    string        `needs:"process" name:"process-version" placeholder:"TEXT" help:"with --process: its version"`
	Library    string        `placeholder:"TEXT" brief:"the library that implements the protocol" help:"the library that implements the protocol, with its version"`
	Root       string        `needs:"process" default:"/" placeholder:"DIR" help:"with --process: the root directory of its system, where the executable, the package database and the system's name are looked up"`
	Client     []string      `needs:"process" placeholder:"ADDR" brief:"with --process: its addresses (default: any)" help:"with --process: the addresses that it sends from (default: any)"`
	Malware    bool          `help:"the processes are malware"`
	Answer     bool          `hidden:"" help:"answer on standard output what standard input asks about sockets"`
	Attribute  []string      `placeholder:"NAME" help:"an attribute of the processes, such as remote_access_tool"`
	Files      []string      `arg:"" optional:"" name:"file" help:"records to read, one per line (default: standard input)"`
}

func newLabel() *cli.Command {
	return &cli.Command{
		Name:      "label",
		Summary:   "Add the processes behind the sockets of this host to its records.",
		Brief:     "add the processes behind sockets of this host",
		Details:   labelDetails,
		Examples:  labelExamples,
		ShortHelp: []string{"process", "executable", "client", "library", "poll"},
		Runner:    &labelCommand{},
	}
}

const labelDetails = `Records get the members src_process and dst_process where the process is known:
its name, version and package, the path and SHA-256 of its executable, the name
of its parent process, its process identifier, and the operating system as a
CPE. Processes are found on Linux, in /proc, while their sockets are open, so
label records as they come; records older than a minute stay as they are. Only
root sees the processes of other users.

With --process nothing is looked up: the process is known, as in a capture of a
host on which nothing else was running.
`

const labelExamples = `  merc-capture eth0 | merc-fp --deep | merc-analyze label > labelled.jsonl
  merc-fp --deep curl.pcap | merc-analyze label --process=curl
`

// maxAge is how old a record may be for the sockets of now to say anything of
// it.
const maxAge = time.Minute

// Live says that signals don't end the command: whoever asks it does.
func (c *labelCommand) Live() bool { return c.Answer }

// Run labels records.
func (c *labelCommand) Run(ctx context.Context, env *cli.Env) error {
	if c.Answer {
		return c.answer(env)
	}
	find, stop, err := c.processes(env)
	if err != nil {
		return err
	}
	l := &build.Labeler{Find: find, Now: time.Now}
	if c.Process == "" {
		l.MaxAge = maxAge
	}
	names := cli.Names(c.Files)
	if _, err := env.Inputs(names, []string{output.Stdout}); err != nil {
		return errors.Join(err, stop())
	}
	long := 0
	lines := pipeline.Lines{
		Workers: []pipeline.LineWorker{func(out *pipeline.Output, line []byte, _ uint64) error {
			out.Text = l.Append(out.Text, line)
			return nil
		}},
		Write:    func(text []byte) error { _, err := env.Stdout.Write(text); return err },
		PassLong: true,
		Long:     func(int64) error { long++; return nil },
	}
	c.Confine(env, c.Verbose, cli.Needs{Read: env.OpenFiles(names)})
	for _, name := range names {
		if err = eachLine(ctx, env, name, &lines); err != nil {
			break
		}
	}
	if l.Foreign > 0 {
		env.Noticef("%d lines that are not records passed through", l.Foreign)
	}
	reportLong(env, long, "passed through")
	if l.Old > 0 {
		env.Noticef("%d records are older than %v: the processes of their sockets can no longer be found", l.Old, maxAge)
	}
	if c.Verbose {
		env.Noticef("records: %d, labelled: %d", l.Records, l.Labelled)
	}
	return errors.Join(err, stop())
}

// eachLine has the lines of a file processed; "-" is standard input.
func eachLine(ctx context.Context, env *cli.Env, name string, lines *pipeline.Lines) error {
	in, name, err := env.OpenRecords(ctx, name)
	if err != nil {
		return err
	}
	return readLines(env, in, name, lines)
}

// readLines runs over the lines of a file, and closes it.
func readLines(env *cli.Env, in io.ReadCloser, name string, lines *pipeline.Lines) error {
	defer in.Close()
	source, stop := env.ShowProgress(in)
	defer stop()
	return lines.Run(source, name)
}

// reportLong tells of lines that were too long to be looked at.
func reportLong(env *cli.Env, n int, what string) {
	if n > 0 {
		env.Noticef("%d lines %s that are longer than %d MiB", n, what, pipeline.MaxLine>>20)
	}
}

// processes returns what finds the process behind a socket, and what ends the
// looking and says what went wrong with it.
func (c *labelCommand) processes(env *cli.Env) (find func(process.Socket) (build.Process, bool), stop func() error, err error) {
	if c.Process != "" {
		find, err = c.known()
		return find, func() error { return nil }, err
	}
	if c.Poll <= 0 {
		return nil, nil, cli.Usagef("--poll: %v is not above 0", c.Poll)
	}
	look := c.look
	if c.Confines(env) && runtime.GOOS == "linux" {
		look = c.lookApart
	}
	found, stop, err := look(env)
	if err != nil {
		return nil, nil, err
	}
	find = func(s process.Socket) (build.Process, bool) {
		p, ok := found(s)
		return build.Process{Process: p, Library: c.Library, Malware: c.Malware, Attributes: c.Attribute}, ok
	}
	return find, stop, nil
}

// known is for a process that needs no looking for.
func (c *labelCommand) known() (func(process.Socket) (build.Process, bool), error) {
	p := build.Process{Name: c.Process, Library: c.Library, Malware: c.Malware, Attributes: c.Attribute}
	system, err := osinfo.OpenSystem(c.Root)
	if err != nil {
		return nil, err
	}
	defer system.Close()
	p.OS = system.CPE()
	if c.Executable != "" {
		if p.Program, err = system.Inspect(c.Executable, nil); err != nil {
			return nil, err
		}
	}
	if c.Release != "" {
		p.Version = c.Release
	}
	clients := make(map[netip.Addr]bool)
	for _, s := range c.Client {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, cli.Usagef("--client: %v", err)
		}
		clients[a.Unmap()] = true
	}
	return func(s process.Socket) (build.Process, bool) {
		return p, len(clients) == 0 || clients[s.Local.Addr().Unmap()]
	}, nil
}
