// Mercury reads packets from captures and writes records, or the packets that
// have them, in one process.
package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"merctools"
	"merctools/lib/capture"
	"merctools/lib/cli"
)

var flags struct {
	cli.Common
	cli.Records
	captureFlags
	cli.ModelFlags
	cli.StatsFlags
	Read        string `short:"r" placeholder:"FILE" help:"read packets from a capture (pcap or pcapng, also compressed); standard input without this"`
	Fingerprint string `short:"f" placeholder:"FILE" help:"write records to a file; standard output without this"`
	Write       string `short:"w" placeholder:"FILE" help:"write packets to a file, with --select only those that have a record"`
	Overwrite   bool   `short:"o" help:"with --capture, replace files; otherwise they always are"`
	Analysis    bool   `short:"a" help:"classify fingerprints and destinations"`
	Directory   string `short:"d" placeholder:"DIR" help:"change to a directory first"`
	Threads     string `short:"t" default:"cpu" placeholder:"N|cpu" help:"number of workers; cpu for one per processor"`
	Loop        int    `short:"p" default:"1" placeholder:"N" help:"read the capture N times"`
}

func main() {
	cli.Main(&cli.Command{
		Name:     "mercury",
		Summary:  "Packet metadata capture and analysis.",
		Details:  cli.SelectHelp() + examples,
		Flags:    &flags,
		Optional: cli.OptionalRecords,
		Options:  []kong.Option{kong.Configuration(cli.ReadConfig)},
		Run:      run,
	}, merctools.License)
}

const examples = `
Examples:
  mercury -r trace.pcap                       # records to standard output
  mercury -r trace.pcapng -f trace.json       # records to a file
  mercury -r trace.pcap -w tls.pcap -stls     # the packets that hold TLS handshakes
  mercury -c eth0 -f records.json -l 100000   # capture; files of 100000 records
  mercury --config /etc/mercury/mercury.cfg
`

func run() (err error) {
	cfg, err := flags.Records.Config()
	if err != nil {
		return err
	}
	threads, err := cli.Threads(flags.Threads)
	if err != nil {
		return err
	}
	if err := flags.StatsFlags.Check(flags.Analysis); err != nil {
		return err
	}
	if flags.Analysis {
		if cfg.Model, err = flags.Model(cfg.MinimizeRAM, flags.Verbose); err != nil {
			return err
		}
	} else if flags.ASNDB != "" {
		return cli.Usagef("--asn-db is given without --analysis")
	}
	if cfg.Places, err = flags.Places(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, flags.Damage()) }()
	if flags.Fingerprint != "" && flags.Write != "" {
		return cli.Usagef("both --fingerprint and --write are given")
	}
	if flags.Loop < 1 {
		return cli.Usagef("--loop: %d is less than 1", flags.Loop)
	}
	if flags.ConfigFile != "" && flags.Interface == "" && flags.Read == "" {
		return cli.Usagef("neither the configuration file nor the command line names an interface or a capture")
	}
	if flags.Interface != "" {
		if flags.Read != "" {
			return cli.Usagef("both --read and --capture are given")
		}
		return runCapture(&cli.Job{Config: cfg, Threads: threads, Verbose: flags.Verbose, Quarantine: flags.Quarantine})
	}
	if flags.Directory != "" {
		if err := os.Chdir(flags.Directory); err != nil {
			return err
		}
	}
	name := cmp.Or(flags.Read, "-")
	if name == "-" && flags.Loop > 1 {
		return cli.Usagef("--loop: standard input can be read only once")
	}
	in := cli.NewInput(slices.Repeat([]string{name}, flags.Loop)...)
	defer in.Close()
	job := cli.Job{Config: cfg, Threads: threads, Verbose: flags.Verbose, Quarantine: flags.Quarantine}
	if job.Stats, err = flags.StatsFlags.Begin(cfg.Model, false, flags.Verbose); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Stats.End()) }()
	cli.EndInOrder(name == "-", func() { job.Stats.End() })
	if flags.Limit > 0 || flags.OutputTime > 0 {
		config := outputConfig()
		config.Strict, config.Overwrite = true, true
		out, err := cli.NewOutput(config)
		if err != nil {
			return err
		}
		return job.Output(in, out, flags.Select == "")
	}
	if flags.Write != "" {
		return writePackets(&job, in)
	}
	out := cli.Stdout
	if flags.Fingerprint != "" {
		f, err := os.Create(flags.Fingerprint)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	return job.Records(in, out)
}

// writePackets writes packets: all of them, or with --select those that have
// a record.
func writePackets(job *cli.Job, in *cli.Input) error {
	f, err := os.Create(flags.Write)
	if err != nil {
		return err
	}
	defer f.Close()
	out := cli.NewPacketFile(f)
	if flags.Select != "" {
		err = job.Packets(in, out)
	} else {
		err = copyPackets(in, out)
	}
	return errors.Join(err, out.Close())
}

func copyPackets(in *cli.Input, out *cli.PacketFile) error {
	var b capture.Batch
	for {
		if err := in.ReadBatch(&b); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		for i := range b.Packets {
			if err := out.Add(&b.Packets[i], b.Bytes(i)); err != nil {
				return err
			}
		}
	}
}
