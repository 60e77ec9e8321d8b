// Merc-analyze adds an analysis to records: the process that a message
// probably comes from, whether it is malware, and attributes of the flow.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"

	"merctools"
	"merctools/lib/cli"
)

var flags struct {
	cli.Common
	cli.ModelFlags
	cli.StatsFlags
	Info        bool     `name:"resources-info" help:"write what there is in the resource archive, and exit"`
	MinimizeRAM bool     `name:"minimize-ram" help:"leave out of the archive what takes most memory"`
	Strict      bool     `help:"fail at the first line that is no record"`
	Threads     string   `short:"t" default:"cpu" placeholder:"N|cpu" help:"number of workers; cpu for one per processor"`
	Files       []string `arg:"" optional:"" name:"file" help:"records to read, a line each; standard input if there are none"`
}

func main() {
	if len(os.Args) > 1 {
		for _, c := range subcommands {
			if c.name == os.Args[1] {
				os.Args = os.Args[1:]
				c.main()
				return
			}
		}
	}
	cli.Main(&cli.Command{
		Name:    "merc-analyze",
		Summary: "Add to each record the process that it probably comes from, and attributes of its flow.",
		Details: examples,
		Flags:   &flags,
		Run:     run,
	}, merctools.License)
}

// subcommands are told apart by the first argument.
var subcommands = []struct {
	name string
	main func()
}{
	{"label", Label}, {"build", Build}, {"lookup", Lookup},
}

const examples = `
Other things to do, each with a --help of its own:
  merc-analyze label     add to records of this host the processes behind their sockets
  merc-analyze build     make a resource archive of labelled records
  merc-analyze lookup    show what a resource archive knows of a fingerprint

Examples:
  merc-fp < trace.pcap | merc-analyze
  merc-fp --metadata < trace.pcap | merc-analyze --resources=resources.tgz | jq .analysis
`

func run() (err error) {
	if flags.Info {
		return resourcesInfo(cli.Stdout, &flags.ArchiveFlags)
	}
	threads, err := cli.Threads(flags.Threads)
	if err != nil {
		return err
	}
	if err := flags.StatsFlags.Check(true); err != nil {
		return err
	}
	model, err := flags.Model(flags.MinimizeRAM, flags.Verbose)
	if err != nil {
		return err
	}
	places, err := flags.Places()
	if err != nil {
		return err
	}
	statistics, err := flags.StatsFlags.Begin(model, false, flags.Verbose)
	if err != nil {
		return err
	}
	f := newFilter(model, places, statistics, threads)
	f.strict = flags.Strict
	names := flags.Files
	if len(names) == 0 {
		names = []string{"-"}
	}
	cli.EndInOrder(slices.Contains(names, "-"), func() { statistics.End() })
	out := bufio.NewWriterSize(cli.Stdout, outputBuffer)
	for _, name := range names {
		if err = f.file(name, out); err != nil {
			break
		}
	}
	return errors.Join(err, out.Flush(), statistics.End(), f.report(os.Stderr), flags.Damage())
}

// outputBuffer is less than what a batch of lines has, so that most of it is
// written from where it is.
const outputBuffer = 64 << 10

// report says on w what could not be done, once for the whole run.
func (f *filter) report(w *os.File) error {
	c := &f.counts
	if c.foreign > 0 {
		fmt.Fprintf(w, "merc-analyze: %d lines passed through that are no records\n", c.foreign)
	}
	if c.otherFormat > 0 {
		tls, quic := f.model.Formats()
		fmt.Fprintf(w, "merc-analyze: %d fingerprints are in a format that the archive does not have: use merc-fp --format=%s\n",
			c.otherFormat, formatList(tls, quic))
	}
	if flags.Verbose {
		fmt.Fprintf(w, "merc-analyze: lines: %d, analyzed: %d\n", c.lines, c.analyzed)
	}
	return nil
}

func formatList(tls, quic int) string {
	s := "tls"
	if tls > 0 {
		s += fmt.Sprintf("/%d", tls)
	}
	s += ",quic"
	if quic > 0 {
		s += fmt.Sprintf("/%d", quic)
	}
	return s
}
