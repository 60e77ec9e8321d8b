package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/build"
)

type buildCommand struct {
	cli.Common
	Output         string   `short:"o" placeholder:"FILE" brief:"write the archive to a file" help:"write the archive to a file (default: standard output)"`
	ArchiveVersion string   `placeholder:"TEXT" help:"version text of the archive (default: today's date); {processes} and {fingerprints} are replaced by their numbers"`
	Format         string   `default:"tls/2,quic/1" placeholder:"LIST" brief:"formats of fingerprints" help:"formats of fingerprints in the archive: tls, tls/1, tls/2, quic, quic/1"`
	NoDestinations bool     `brief:"leave out destinations" help:"leave out destinations, for ground truth from a laboratory"`
	Top            int      `default:"1000" placeholder:"N" help:"keep the N most frequent values of each feature of a process; 0 for all"`
	Subnets        string   `placeholder:"FILE" brief:"networks and autonomous systems (pyasn.db)" help:"networks and autonomous systems, as in pyasn.db"`
	DOHWatchlist   string   `name:"doh-watchlist" placeholder:"FILE" help:"names and addresses of servers for encrypted DNS"`
	Domains        string   `placeholder:"FILE" help:"networks of domains, as in domain-mappings.db"`
	Files          []string `arg:"" optional:"" name:"file" help:"labelled records to read, one per line (default: standard input)"`
}

func newBuild() *cli.Command {
	return &cli.Command{
		Name:      "build",
		Summary:   "Make a resource archive of labelled records.",
		Brief:     "make a resource archive of labelled records",
		Details:   buildDetails,
		Examples:  buildExamples,
		ShortHelp: []string{"output", "format", "no-destinations", "subnets"},
		Runner:    &buildCommand{},
	}
}

const buildDetails = `Labelled records are what merc-analyze label writes. Those of clients' messages
whose sender is known (src_process) become processes of their fingerprint.
Records without labels say which TLS fingerprints are common.

Record all that the fingerprint needs: merc-fp must put messages together
(--reassembly), and write fingerprints in their full form (without --format).
`

const buildExamples = `  merc-analyze build < labelled.jsonl > resources.tgz
  merc-analyze build -o resources.tgz monday.jsonl tuesday.jsonl
  merc-fp < trace.pcap | merc-analyze --resources=resources.tgz
`

// Run makes an archive.
func (c *buildCommand) Run(ctx context.Context, env *cli.Env) error {
	o := build.Options{NoDestinations: c.NoDestinations, Top: c.Top, Version: c.ArchiveVersion}
	var err error
	if o.TLS, o.QUIC, err = cli.Formats(c.Format); err != nil {
		return err
	}
	if c.Top < 0 {
		return cli.Usagef("--top: %d is less than 0", c.Top)
	}
	for _, file := range []struct {
		name string
		text *[]byte
	}{{c.Subnets, &o.Subnets}, {c.DOHWatchlist, &o.Watchlist}, {c.Domains, &o.Domains}} {
		if file.name == "" {
			continue
		}
		if *file.text, err = os.ReadFile(file.name); err != nil {
			return err
		}
	}
	if o.Subnets != nil {
		if o.ASNs, err = fingerprintdb.ReadSubnets(bytes.NewReader(o.Subnets)); err != nil {
			return fmt.Errorf("%s: %w", c.Subnets, err)
		}
	}
	if c.ArchiveVersion == "" {
		o.Version = time.Now().UTC().Format(time.DateOnly)
	}
	if c.Output == "" {
		if err := env.BinaryOutput("an archive", "name a file with --output"); err != nil {
			return err
		}
	}
	b := build.NewBuilder(o)
	names := c.Files
	if len(names) == 0 {
		names = []string{"-"}
	}
	none := bufio.NewWriter(io.Discard)
	for _, name := range names {
		if err := eachLine(ctx, env, name, none, func(line []byte) error { b.Add(line); return nil }); err != nil {
			return err
		}
	}
	c.report(env.Stderr, b)
	if b.Fingerprints() == 0 {
		return errors.New("no record says which process a fingerprint belongs to: nothing is written")
	}
	if c.Output == "" {
		return b.Write(env.Stdout)
	}
	return writeWhole(c.Output, b.Write)
}

func (c *buildCommand) report(w io.Writer, b *build.Builder) {
	for _, line := range []struct {
		n    int
		what string
	}{
		{b.Foreign, "lines are no records"},
		{b.Truncated, "fingerprints left out that are not whole: merc-fp --reassembly has them"},
		{b.Format, "fingerprints left out whose format is not the archive's, and not the full one (merc-fp without --format)"},
	} {
		if line.n > 0 {
			fmt.Fprintf(w, "merc-analyze build: %d %s\n", line.n, line.what)
		}
	}
	if c.Verbose {
		fmt.Fprintf(w, "merc-analyze build: fingerprints of clients: %d, labelled: %d, processes: %d, different fingerprints: %d\n",
			b.Records, b.Labelled, b.Processes(), b.Fingerprints())
	}
}

// writeWhole writes a file that appears when it is complete.
func writeWhole(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".resources-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
