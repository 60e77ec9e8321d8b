package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/fingerprintdb/build"
	"merctools/lib/output"
	"merctools/lib/pipeline"
	"merctools/lib/proto"
)

type buildCommand struct {
	cli.Common
	cli.SandboxFlags
	Output         string   `short:"o" placeholder:"FILE" brief:"write the archive to a file" help:"write the archive to a file (default: standard output)"`
	ArchiveVersion string   `placeholder:"TEXT" help:"version text of the archive (default: today's date); {processes} and {fingerprints} are replaced by their numbers"`
	Format         string   `default:"tls/2,quic/1" placeholder:"LIST" brief:"formats of fingerprints" help:"formats of fingerprints in the archive: tls, tls/1, tls/2, quic, quic/1"`
	NoDestinations bool     `brief:"leave out destinations" help:"omit destinations, for ground truth recorded in a lab"`
	Top            int      `default:"1000" placeholder:"N" help:"keep the N most frequent values of each feature of a process; 0 for all"`
	Subnets        string   `placeholder:"FILE" brief:"networks and autonomous systems (pyasn.db)" help:"networks and autonomous systems, as in pyasn.db"`
	DOHWatchlist   string   `name:"doh-watchlist" placeholder:"FILE" help:"names and addresses of servers for encrypted DNS, as in doh-watchlist.txt"`
	Domains        string   `placeholder:"FILE" help:"networks of domains, as in domain-mappings.db"`
	Families       string   `placeholder:"FILE" brief:"weights of families and calibration (families.json)" help:"families of programs: their weights, user agents and calibration, as in families.json"`
	MinInformation float64  `default:"0" placeholder:"BITS" help:"omit fingerprints that carry less than this many bits of information"`
	From           string   `default:"auto" enum:"auto,records,archive,pmercury" placeholder:"KIND" help:"type of the files: records, archive, pmercury (fingerprint_db.json of pmercury or joy), or auto to tell by their content"`
	Files          []string `arg:"" optional:"" name:"file" help:"labelled records, resource archives and pmercury databases, FILE or FILE:WEIGHT (default: records from standard input)"`
}

func newBuild() *cli.Command {
	return &cli.Command{
		Name:      "build",
		Summary:   "Build a resource archive from labelled records and other archives.",
		Brief:     "build a resource archive from labelled records",
		Details:   buildDetails,
		Examples:  buildExamples,
		ShortHelp: []string{"output", "format", "no-destinations", "subnets"},
		Runner:    &buildCommand{},
	}
}

const buildDetails = `Labelled records are what merc-analyze label writes. Records
of client messages with a known sender (src_process) become processes of their
fingerprint. Records without labels tell which TLS fingerprints are common.

Records with a ground_truth member, as Cisco's tools write them, are labelled,
too. Archives, and databases of pmercury and joy, are merged with the records:
counts are added up. After FILE:WEIGHT, such as old.tgz:0.5, those of the file
are multiplied by the weight first.

Record all that the fingerprint needs: merc-fp must reassemble messages
(--deep or --reassembly) and write fingerprints in their full form (no --format).
`

const buildExamples = `  merc-analyze build < labelled.jsonl > resources.tgz
  merc-analyze build -o resources.tgz monday.jsonl tuesday.jsonl
  merc-analyze build -o merged.tgz resources.tgz:0.5 labelled.jsonl
  merc-analyze build --from=pmercury -o old.tgz fingerprint_db.json.gz
  merc-fp --deep < trace.pcap | merc-analyze --resources=resources.tgz
`

// Run makes an archive.
func (c *buildCommand) Run(ctx context.Context, env *cli.Env) error {
	o := build.Options{NoDestinations: c.NoDestinations, Top: c.Top, MinInformation: c.MinInformation, Version: c.ArchiveVersion}
	var formats proto.Options
	err := formats.SetFormats(c.Format)
	if err != nil {
		return cli.Usagef("--format: %v", err)
	}
	o.TLS, o.QUIC = formats.TLSFormat, formats.QUICFormat
	if c.Top < 0 {
		return cli.Usagef("--top: %d is less than 0", c.Top)
	}
	names := cli.Names(c.Files)
	inputs := []string{c.Subnets, c.DOHWatchlist, c.Domains, c.Families}
	for _, arg := range names {
		name, _, err := weighted(arg)
		if err != nil {
			return err
		}
		inputs = append(inputs, name)
	}
	if _, err := env.Inputs(inputs, []string{cmp.Or(c.Output, output.Stdout)}); err != nil {
		return err
	}
	for _, list := range []struct {
		name string
		text *[]byte
		file string // of the archive
	}{
		{c.Subnets, &o.Subnets, fingerprintdb.FileSubnets}, {c.DOHWatchlist, &o.Watchlist, fingerprintdb.FileWatchlist},
		{c.Domains, &o.Domains, fingerprintdb.FileDomains}, {c.Families, &o.Families, fingerprintdb.FileFamilies},
	} {
		if list.name == "" {
			continue
		}
		if *list.text, err = os.ReadFile(list.name); err != nil {
			return err
		}
		if list.file == fingerprintdb.FileSubnets {
			o.ASNs, err = fingerprintdb.ReadSubnets(bytes.NewReader(o.Subnets))
		} else {
			err = fingerprintdb.CheckList(list.file, *list.text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", list.name, err)
		}
	}
	if c.ArchiveVersion == "" {
		o.Version = time.Now().UTC().Format(time.DateOnly)
	}
	if output.IsStdout(c.Output) {
		if err := env.BinaryOutput("an archive", "name a file with --output"); err != nil {
			return err
		}
	} else if err := output.CheckFile(c.Output, output.Public); err != nil {
		return err
	}
	c.Confine(env, c.Verbose, cli.Needs{Read: inputs, Write: []string{c.Output}})
	b := build.NewBuilder(o)
	long := 0
	lines := pipeline.Lines{
		Write: func([]byte) error { return nil },
		Long:  func(int64) error { long++; return nil },
	}
	for _, name := range names {
		if err := c.read(ctx, env, name, b, o, &lines); err != nil {
			return err
		}
	}
	reportLong(env, long, "left out")
	b.LeaveOutVague()
	c.report(env, b)
	if b.Fingerprints() == 0 {
		return errors.New("no record is labelled with a process; nothing was written")
	}
	if output.IsStdout(c.Output) {
		return b.Write(env.Stdout)
	}
	return output.WriteFile(c.Output, output.Public, b.Write)
}

// read adds what a file says.
func (c *buildCommand) read(ctx context.Context, env *cli.Env, arg string, into *build.Builder, o build.Options, lines *pipeline.Lines) error {
	name, weight, err := weighted(arg)
	if err != nil {
		return err
	}
	b := into
	if weight != 1 {
		b = build.NewBuilder(o)
	}
	if err := c.readFile(ctx, env, name, b, lines); err != nil {
		return err
	}
	if b != into {
		into.Merge(b, weight)
	}
	return nil
}

func (c *buildCommand) readFile(ctx context.Context, env *cli.Env, name string, b *build.Builder, lines *pipeline.Lines) error {
	in, called, err := env.Open(ctx, name)
	if err != nil {
		return err
	}
	defer in.Close()
	var all io.Reader = in
	if name != "-" && c.From != "records" {
		var kind archive.Kind
		if kind, all, err = archive.Detect(in); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		switch {
		case c.From == "pmercury" && kind != archive.Bare:
			return fmt.Errorf("%s: not a database of pmercury: the first line has no %s", name, archive.BareMember)
		case c.From == "archive" && kind != archive.Tar:
			return fmt.Errorf("%s: %w", name, archive.ErrFormat)
		case kind != archive.None:
			if err := b.ReadArchive(all, nil); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
	}
	lines.Workers = []pipeline.LineWorker{func(_ *pipeline.Output, line []byte, _ uint64) error { b.Add(line); return nil }}
	records, err := cli.ReadRecords(in, all, called)
	if err != nil {
		return err
	}
	return readLines(env, records, called, lines)
}

// weighted splits FILE:WEIGHT. A file that has such a name is meant as it is.
func weighted(arg string) (name string, weight float64, err error) {
	at := strings.LastIndexByte(arg, ':')
	if _, err := os.Stat(arg); at < 0 || err == nil {
		return arg, 1, nil
	}
	weight, err = strconv.ParseFloat(arg[at+1:], 64)
	if err != nil {
		return arg, 1, nil
	}
	if !(weight > 0 && weight <= maxWeight) {
		return "", 0, cli.Usagef("%s: the weight must be above 0 and at most %d", arg, maxWeight)
	}
	return arg[:at], weight, nil
}

// maxWeight keeps counts within bounds.
const maxWeight = 1_000_000

func (c *buildCommand) report(env *cli.Env, b *build.Builder) {
	for _, line := range []struct {
		n    int
		what string
	}{
		{b.Foreign, "lines are not records"},
		{b.Truncated, "fingerprints skipped because they are incomplete: use merc-fp --deep or --reassembly"},
		{b.Format, "fingerprints skipped because they are neither in the archive's format nor in the full one (merc-fp without --format)"},
		{b.Vague, "fingerprints skipped because they carry too little information (--min-information)"},
	} {
		if line.n > 0 {
			env.Noticef("%d %s", line.n, line.what)
		}
	}
	if c.Verbose {
		env.Noticef("fingerprints of clients: %d, labelled: %d, processes: %d, different fingerprints: %d",
			b.Records, b.Labelled, b.Processes(), b.Fingerprints())
	}
}
