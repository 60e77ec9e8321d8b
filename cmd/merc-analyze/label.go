package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"merctools"
	"merctools/lib/cli"
	"merctools/lib/fingerprintdb/build"
	"merctools/lib/osinfo"
	"merctools/lib/process"
)

var labelFlags struct {
	cli.Common
	Poll       time.Duration `default:"5ms" placeholder:"TIME" help:"how long to wait between two looks at the sockets of this host"`
	Process    string        `placeholder:"NAME" help:"don't look: what --client sends comes from this process"`
	Executable string        `placeholder:"FILE" help:"with --process: its executable, of which version and SHA-256 are found out"`
	Release    string        `name:"process-version" placeholder:"TEXT" help:"with --process: its version"`
	Library    string        `placeholder:"TEXT" help:"the library that speaks the protocol, with its version"`
	Root       string        `default:"/" placeholder:"DIR" help:"with --process: the root directory of its system, which names the system and has the executable and the package database"`
	Client     []string      `placeholder:"ADDR" help:"with --process: the addresses that it sends from; any without this"`
	Malware    bool          `help:"the processes are malware"`
	Attribute  []string      `placeholder:"NAME" help:"an attribute of the processes, such as remote_access_tool"`
	Files      []string      `arg:"" optional:"" name:"file" help:"records to read, a line each; standard input if there are none"`
}

// Label is the command merc-analyze label.
func Label() {
	cli.Main(&cli.Command{
		Name:    "merc-analyze label",
		Summary: "Add to records of this host the processes behind their sockets.",
		Details: labelDetails,
		Flags:   &labelFlags,
		Run:     label,
	}, merctools.License)
}

const labelDetails = `
Records get the members src_process and dst_process where the process is known:
its name, version and package, the path and SHA-256 of its executable, its
process identifier, and the operating system as a CPE. Processes are found on
Linux, in /proc, while their sockets are open, so records must be labelled as
they come; records older than a minute are left as they are. Processes of other
users can be seen by root only.

With --process nothing is looked for: the process is known, as in a capture of
a host on which nothing else was running.

Examples:
  merc-capture eth0 | merc-fp | merc-analyze label > labelled.jsonl
  merc-fp < curl.pcap | merc-analyze label --process=curl --executable=/usr/bin/curl --client=192.0.2.1
`

// maxAge is how old a record may be for the sockets of now to say anything of
// it.
const maxAge = time.Minute

func label() error {
	f := &labelFlags
	find, stop, err := processes()
	if err != nil {
		return err
	}
	defer stop()
	l := &build.Labeler{Find: find, Now: time.Now}
	if f.Process == "" {
		l.MaxAge = maxAge
	}
	names := f.Files
	if len(names) == 0 {
		names = []string{"-"}
	}
	out := bufio.NewWriterSize(cli.Stdout, outputBuffer)
	var text []byte
	for _, name := range names {
		err = eachLine(name, out, func(line []byte) error {
			text = l.Append(text[:0], line)
			_, err := out.Write(text)
			return err
		})
		if err != nil {
			break
		}
	}
	if l.Foreign > 0 {
		fmt.Fprintf(os.Stderr, "merc-analyze label: %d lines passed through that are no records\n", l.Foreign)
	}
	if l.Old > 0 {
		fmt.Fprintf(os.Stderr, "merc-analyze label: %d records are older than %v: what used their sockets can't be found any more\n", l.Old, maxAge)
	}
	if f.Verbose {
		fmt.Fprintf(os.Stderr, "merc-analyze label: records: %d, labelled: %d\n", l.Records, l.Labelled)
	}
	return errors.Join(err, out.Flush())
}

// eachLine hands each line of a file to do; "-" is standard input.
func eachLine(name string, out *bufio.Writer, do func(line []byte) error) error {
	in := os.Stdin
	if name == "-" {
		name = "standard input"
	} else {
		var err error
		if in, err = os.Open(name); err != nil {
			return err
		}
		defer in.Close()
	}
	return cli.Lines(in, name, out, do)
}

// processes returns what finds the process behind a socket, and what ends the
// looking.
func processes() (find func(process.Socket) (build.Process, bool), stop func(), err error) {
	f := &labelFlags
	if f.Process != "" {
		find, err = known()
		return find, func() {}, err
	}
	if f.Executable != "" || f.Release != "" || len(f.Client) > 0 {
		return nil, nil, cli.Usagef("--executable, --process-version and --client need --process")
	}
	if f.Poll <= 0 {
		return nil, nil, cli.Usagef("--poll: %v is not more than 0", f.Poll)
	}
	table, err := process.NewTable()
	if err != nil {
		return nil, nil, err
	}
	done := make(chan struct{})
	go table.Watch(done, f.Poll)
	stop = func() {
		close(done)
		if table.Denied() {
			fmt.Fprintln(os.Stderr, "merc-analyze label: processes of other users could not be seen; root can")
		}
	}
	find = func(s process.Socket) (build.Process, bool) {
		p, ok := table.Find(s)
		return build.Process{Process: p, Library: f.Library, Malware: f.Malware, Attributes: f.Attribute}, ok
	}
	return find, stop, nil
}

// known is for a process that needs no looking for.
func known() (func(process.Socket) (build.Process, bool), error) {
	f := &labelFlags
	p := build.Process{Name: f.Process, Library: f.Library, Malware: f.Malware, Attributes: f.Attribute}
	system, err := osinfo.OpenSystem(f.Root)
	if err != nil {
		return nil, err
	}
	defer system.Close()
	p.OS = system.CPE()
	if f.Executable != "" {
		if p.Program, err = system.Describe(f.Executable, nil); err != nil {
			return nil, err
		}
	}
	if f.Release != "" {
		p.Version = f.Release
	}
	clients := make(map[netip.Addr]bool)
	for _, s := range f.Client {
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
