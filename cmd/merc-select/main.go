// Merc-select keeps what a list of protocols selects: of a capture the
// packets, of lines of JSON the records.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"merctools"
	"merctools/lib/capture/pcap"
	"merctools/lib/cli"
	"merctools/lib/engine"
	"merctools/lib/export"
	"merctools/lib/export/parquet"
	"merctools/lib/output"
	"merctools/lib/pipeline"
	"merctools/lib/proto"
	"merctools/lib/proto/registry"
	"merctools/lib/schema"
	"merctools/lib/selector"
)

type command struct {
	cli.Common
	cli.SandboxFlags
	cli.MemoryFlags
	Reassembly bool     `group:"What to keep:" brief:"also keep the first packets of longer messages" help:"in captures, also keep the first packets of messages that span several"`
	Deep       bool     `group:"What to keep:" brief:"look deeper: fragments, tunnels, whole streams" help:"look deeper than Cisco's mercury: IP fragments, more tunnels and link headers, TCP segments in any order; includes --reassembly"`
	Fields     []string `group:"Output:" placeholder:"LIST" brief:"write only these members, as a table" help:"write a table with a column for each of these members of records, such as src_ip,tls.client.server_name"`
	Format     string   `group:"Output:" enum:"csv,tsv,json,parquet" default:"csv" placeholder:"FORMAT" help:"of the table: csv (the default), tsv, json or parquet"`
	Normalized bool     `needs:"format=parquet" group:"Output:" help:"with --format=parquet, the records are in normal form (merc-fp --normalize): columns have the types of that"`
	Where      string   `group:"What to keep:" placeholder:"CONDITION" brief:"keep only records with these values" help:"keep only records that meet all conditions, such as 'dst_port!=443 and tls.client.server_name~example'; operators are = != < > and ~ for a regular expression"`
	Threads    string   `short:"t" group:"Running:" default:"cpu" placeholder:"N" brief:"number of threads (default: one per processor)" help:"number of worker threads for captures, or cpu for one per processor (the default)"`
	Filter     string   `arg:"" help:"comma-separated list of protocols (see the selectors below)"`
	File       string   `arg:"" optional:"" default:"-" help:"file to read (default: standard input)"`
}

func main() {
	cli.Main(&cli.Command{
		Name:      "merc-select",
		Summary:   "Keep only the packets or records of selected protocols.",
		Details:   cli.SelectHelp() + details,
		Examples:  examples,
		ShortHelp: []string{"deep", "fields", "where", "threads"},
		Runner:    &command{},
	}, merctools.License)
}

const details = `
The format of the input is detected from its content. A capture (pcap, pcapng or
snoop, also compressed) gives a pcap file; lines of JSON give the same lines.
`

const examples = `  merc-select --deep tls,quic < trace.pcap | merc-fp --deep
  merc-fp --deep < trace.pcap | merc-select dns
  merc-fp --deep trace.pcap | merc-select tls --fields=src_ip,dst_ip
`

// Run copies what is selected.
func (c *command) Run(ctx context.Context, env *cli.Env) error {
	selection, err := proto.ParseSelection(c.Filter, registry.Selectors())
	if err != nil {
		return cli.Usagef("%v", err)
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	keep := records{filter: selector.New(selection)}
	if c.Where != "" {
		if keep.where, err = selector.ParseWhere(c.Where); err != nil {
			return cli.Usagef("--where: %v", err)
		}
	}
	if err := c.table(env, &keep); err != nil {
		return err
	}
	inputs, err := env.Inputs([]string{c.File}, []string{output.Stdout})
	if err != nil {
		return err
	}
	file, name, err := env.Open(ctx, c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	source, stop := env.ShowProgress(file)
	defer stop()
	c.Confine(env, c.Verbose, cli.Needs{})
	head, err := cli.ReadHead(source)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	in := io.MultiReader(bytes.NewReader(head), source)
	if text(head) {
		return keep.run(in, env.Stdout, name)
	}
	if len(c.Fields) > 0 || keep.where != nil {
		return fmt.Errorf("%s: this is a capture: run merc-fp first (--fields and --where are for records)", name)
	}
	if err := env.BinaryOutput("a capture", "redirect standard output to a file or a pipe"); err != nil {
		return err
	}
	r, err := pcap.Open(in, name)
	if err != nil {
		return err
	}
	defer r.Close()
	cfg := engine.Config{Options: proto.Options{Select: selection, Reassembly: c.Reassembly || c.Deep, Deep: c.Deep}}
	budget, err := c.Divide(&cfg, threads, false, false, false)
	if err != nil {
		return err
	}
	cfg.Memory = budget.Worker
	job := cli.Job{Env: env, Config: cfg, Threads: threads, Verbose: c.Verbose}
	out, err := output.New(output.Config{Stdout: env.Stdout, Packets: true, Inputs: inputs, Notice: env.Notice})
	if err != nil {
		return err
	}
	return job.Run(cli.Supported(r, name), out, false)
}

// table prepares the table that is asked for.
func (c *command) table(env *cli.Env, keep *records) (err error) {
	for i, name := range c.Fields {
		c.Fields[i] = strings.TrimSpace(name)
	}
	switch {
	case (c.Format == "parquet" || c.Format == "tsv") && len(c.Fields) == 0:
		return cli.Usagef("--format=%s needs --fields", c.Format)
	case len(c.Fields) == 0:
		return nil
	case c.Format == "parquet":
		if err := env.BinaryOutput("Parquet", "redirect standard output to a file or a pipe"); err != nil {
			return err
		}
		columnsOf := schema.Columns
		if c.Normalized {
			columnsOf = schema.NormalColumns
		}
		columns, err := columnsOf(c.Fields)
		if err == nil {
			keep.parquet, err = parquet.NewWriter(env.Stdout, columns)
		}
		if err != nil {
			return cli.Usagef("--fields: %v", err)
		}
		return nil
	}
	format, err := export.ParseFormat(c.Format)
	if err == nil {
		keep.table, err = export.NewTable(c.Fields, format)
	}
	if err != nil {
		return cli.Usagef("--fields: %v", err)
	}
	return nil
}

// text reports whether input can be lines of JSON: it is empty, or its first
// byte that is no space begins an object. A pcapng file begins with ends of
// lines too.
func text(head []byte) bool {
	if pcap.Sniff(head) != pcap.Unknown {
		return false
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) == 0 || head[0] == '{'
}

// records says which records to keep, and what to write of them.
type records struct {
	filter  *selector.Filter
	where   *selector.Where // may be nil
	table   *export.Table   // rows as text; may be nil
	parquet *parquet.Writer // the same in Parquet; may be nil
}

// run copies the lines that are records of the selection, or writes their rows.
// Lines that are no JSON, or too long to be looked at, are left out, and
// counted.
func (r *records) run(in io.Reader, w io.Writer, name string) error {
	if r.table != nil {
		if _, err := w.Write(r.table.AppendHeader(nil)); err != nil {
			return err
		}
	}
	var number, bad, firstBad, long int
	var firstLong int64
	lines := pipeline.Lines{
		Workers: []pipeline.LineWorker{func(out *pipeline.Output, line []byte, _ uint64) error {
			number++
			if len(bytes.TrimSpace(line)) == 0 {
				return nil
			}
			ok, err := r.filter.Match(line)
			switch {
			case err != nil:
				if bad++; bad == 1 {
					firstBad = number
				}
			case !ok, r.where != nil && !r.where.Match(line):
			case r.parquet != nil:
				return r.parquet.Append(line)
			case r.table != nil:
				out.Text = r.table.AppendRow(out.Text, line)
			default:
				out.Text = append(out.Text, line...)
			}
			return nil
		}},
		Write: func(text []byte) error { _, err := w.Write(text); return err },
		Long: func(offset int64) error {
			number++
			if long++; long == 1 {
				firstLong = offset
			}
			return nil
		},
	}
	err := lines.Run(in, name)
	if r.parquet != nil {
		err = r.complete(err)
	}
	if err == nil && bad > 0 {
		err = fmt.Errorf("%s: skipped %d lines that are not JSON objects, the first at line %d", name, bad, firstBad)
	}
	if long > 0 {
		err = errors.Join(err, fmt.Errorf("%s: skipped %d lines longer than %d MiB, the first at offset %d", name, long, pipeline.MaxLine>>20, firstLong))
	}
	return err
}

// complete makes the file of Parquet complete, also where reading ended in an
// error: it has what was read until then.
func (r *records) complete(err error) error {
	if closing := r.parquet.Close(); !errors.Is(err, closing) {
		err = errors.Join(err, closing)
	}
	if m := r.parquet.Misfits(); m.Count > 0 {
		err = errors.Join(err, fmt.Errorf("omitted %d values that don't have their column's type, the first in column %s of row %d", m.Count, m.Column, m.Row))
	}
	return err
}
