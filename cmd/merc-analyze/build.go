package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"merctools"
	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/build"
)

var buildFlags struct {
	cli.Common
	Output         string   `short:"o" placeholder:"FILE" help:"write the archive to a file; to standard output without this"`
	ArchiveVersion string   `placeholder:"TEXT" help:"what the archive says it is; {processes} and {fingerprints} stand for how many it has (today's date without this)"`
	Format         string   `default:"tls/2,quic/1" placeholder:"LIST" help:"formats of fingerprints in the archive: tls, tls/1, tls/2, quic, quic/1"`
	NoDestinations bool     `help:"leave out where the clients went, for ground truth from a laboratory"`
	Top            int      `default:"1000" placeholder:"N" help:"keep the N most frequent values of each feature of a process; 0 for all"`
	Subnets        string   `placeholder:"FILE" help:"networks and autonomous systems, as in pyasn.db"`
	DOHWatchlist   string   `name:"doh-watchlist" placeholder:"FILE" help:"names and addresses of servers for encrypted DNS"`
	Domains        string   `placeholder:"FILE" help:"networks of domains, as in domain-mappings.db"`
	Files          []string `arg:"" optional:"" name:"file" help:"labelled records to read, a line each; standard input if there are none"`
}

// Build is the command merc-analyze build.
func Build() {
	cli.Main(&cli.Command{
		Name:    "merc-analyze build",
		Summary: "Make a resource archive of labelled records.",
		Details: buildDetails,
		Flags:   &buildFlags,
		Run:     runBuild,
	}, merctools.License)
}

const buildDetails = `
Labelled records are what merc-analyze label writes. Those of clients' messages
whose sender is known (src_process) become processes of their fingerprint.
Records without labels say which TLS fingerprints are common.

Record all that the fingerprint needs: merc-fp must put messages together
(--reassembly), and write fingerprints in their full form (without --format).

Examples:
  merc-analyze build < labelled.jsonl > resources.tgz
  merc-analyze build -o resources.tgz --subnets=pyasn.db monday.jsonl tuesday.jsonl
  merc-fp < trace.pcap | merc-analyze --resources=resources.tgz
`

func runBuild() error {
	f := &buildFlags
	o := build.Options{NoDestinations: f.NoDestinations, Top: f.Top, Version: f.ArchiveVersion}
	var err error
	if o.TLS, o.QUIC, err = cli.Formats(f.Format); err != nil {
		return err
	}
	if f.Top < 0 {
		return cli.Usagef("--top: %d is less than 0", f.Top)
	}
	for _, c := range []struct {
		name string
		text *[]byte
	}{{f.Subnets, &o.Subnets}, {f.DOHWatchlist, &o.Watchlist}, {f.Domains, &o.Domains}} {
		if c.name == "" {
			continue
		}
		if *c.text, err = os.ReadFile(c.name); err != nil {
			return err
		}
	}
	if o.Subnets != nil {
		if o.ASNs, err = fingerprintdb.ReadSubnets(bytes.NewReader(o.Subnets)); err != nil {
			return fmt.Errorf("%s: %w", f.Subnets, err)
		}
	}
	if f.ArchiveVersion == "" {
		o.Version = time.Now().UTC().Format(time.DateOnly)
	}
	out := cli.Stdout
	if f.Output == "" && isTerminal(os.Stdout) {
		return cli.Usagef("the archive would go to the terminal: name a file with --output")
	}
	b := build.NewBuilder(o)
	names := f.Files
	if len(names) == 0 {
		names = []string{"-"}
	}
	none := bufio.NewWriter(io.Discard)
	for _, name := range names {
		if err := eachLine(name, none, func(line []byte) error { b.Add(line); return nil }); err != nil {
			return err
		}
	}
	reportBuild(os.Stderr, b)
	if b.Fingerprints() == 0 {
		return errors.New("no record says which process a fingerprint belongs to: nothing is written")
	}
	if f.Output == "" {
		return b.Write(out)
	}
	return writeWhole(f.Output, b.Write)
}

func reportBuild(w io.Writer, b *build.Builder) {
	for _, c := range []struct {
		n    int
		what string
	}{
		{b.Foreign, "lines are no records"},
		{b.Truncated, "fingerprints left out that are not whole: merc-fp --reassembly has them"},
		{b.Format, "fingerprints left out whose format is not the archive's, and not the full one (merc-fp without --format)"},
	} {
		if c.n > 0 {
			fmt.Fprintf(w, "merc-analyze build: %d %s\n", c.n, c.what)
		}
	}
	if buildFlags.Verbose {
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

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
