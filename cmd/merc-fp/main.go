// Merc-fp turns packets into records: it reads captures and writes a line of
// JSON for each message with metadata or a fingerprint.
package main

import (
	"io"
	"slices"

	"merctools"
	"merctools/lib/cli"
	"merctools/lib/schema"
)

var flags struct {
	cli.Common
	cli.Records
	NoContext bool     `name:"no-context" help:"leave out what merc-analyze needs and the other options keep out of records"`
	Threads   string   `short:"t" default:"cpu" placeholder:"N|cpu" help:"number of workers; cpu for one per processor"`
	Schema    bool     `help:"write the JSON Schema of a record and exit"`
	Files     []string `arg:"" optional:"" name:"file" help:"captures to read (pcap or pcapng, also compressed with gzip or zstd); standard input if there are none"`
}

func main() {
	cli.Main(&cli.Command{
		Name:     "merc-fp",
		Summary:  "Write fingerprints and metadata of the packets in a capture as lines of JSON.",
		Details:  cli.SelectHelp() + examples,
		Flags:    &flags,
		Optional: cli.OptionalRecords,
		Run:      run,
	}, merctools.License)
}

const examples = `
Examples:
  merc-fp < trace.pcap
  merc-fp --metadata --dns-json --select=dns,tls trace.pcapng.gz
  merc-capture eth0 | merc-fp | merc-analyze | jq .fingerprints
`

func run() error {
	if flags.Schema {
		_, err := io.WriteString(cli.Stdout, schema.RecordSchema)
		return err
	}
	cfg, err := flags.Config()
	if err != nil {
		return err
	}
	threads, err := cli.Threads(flags.Threads)
	if err != nil {
		return err
	}
	cfg.Context = !flags.NoContext
	job := cli.Job{Config: cfg, Threads: threads, Verbose: flags.Verbose, Quarantine: flags.Quarantine}
	in := cli.NewInput(flags.Files...)
	defer in.Close()
	cli.EndInOrder(len(flags.Files) == 0 || slices.Contains(flags.Files, "-"), nil)
	return job.Records(in, cli.Stdout)
}
