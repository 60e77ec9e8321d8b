// Merc-fp turns packets into records: it reads captures and writes a line of
// JSON for each message with metadata or a fingerprint.
package main

import (
	"context"
	"io"
	"slices"

	"merctools"
	"merctools/lib/cli"
	"merctools/lib/output"
	"merctools/lib/schema"
)

type command struct {
	cli.Common
	cli.SandboxFlags
	cli.Records
	cli.MemoryFlags
	cli.FilterFlag
	NoContext bool       `name:"no-context" group:"What to record:" help:"omit the context member that merc-analyze uses"`
	Threads   string     `short:"t" group:"Running:" default:"cpu" placeholder:"N" brief:"number of threads (default: one per processor)" help:"number of worker threads, or cpu for one per processor (the default)"`
	Schema    schemaForm `group:"Information:" placeholder:"FORM" bare:"jsonschema" brief:"print the JSON Schema of a record" help:"print what records are made of and exit, with --normalize those in normal form: jsonschema (the default), duckdb for a statement with which DuckDB reads them, or clickhouse for one that makes a table of ClickHouse; the form must follow without a space"`
	Explain   string     `group:"Information:" placeholder:"FINGERPRINT" brief:"say in words what a fingerprint is made of" help:"say in words what a fingerprint is made of and exit; - reads fingerprints, or records that have some, from standard input"`
	JSON      bool       `needs:"explain" name:"json" group:"Information:" help:"with --explain, write one JSON object per fingerprint"`
	Files     []string   `arg:"" optional:"" name:"file" help:"captures to read (pcap, pcapng or snoop, also compressed with gzip, zstd, lz4 or xz), or directories of them (default: standard input)"`
}

// A schemaForm is the form of the description of a record.
type schemaForm string

// Valid reports whether a word is one: a form that may be left out is not
// followed by another argument that could be it.
func (schemaForm) Valid(word string) bool {
	return word == "jsonschema" || word == "duckdb" || word == "clickhouse"
}

// text is the description, of normalized records or others.
func (f schemaForm) text(normal bool) (string, error) {
	switch {
	case f == "jsonschema" && normal:
		return string(schema.NormalSchema()), nil
	case f == "jsonschema":
		return schema.RecordSchema, nil
	case f == "duckdb" && normal:
		return string(schema.NormalDuckDB()), nil
	case f == "duckdb":
		return string(schema.DuckDB()), nil
	case f == "clickhouse" && normal:
		return string(schema.NormalClickHouse()), nil
	case f == "clickhouse":
		return string(schema.ClickHouse()), nil
	}
	return "", cli.Usagef("--schema: %q is neither jsonschema, duckdb nor clickhouse", string(f))
}

func main() {
	cli.Main(&cli.Command{
		Name:      "merc-fp",
		Summary:   "Write fingerprints and metadata of the packets in a capture as lines of JSON.",
		Details:   cli.SelectHelp(),
		Examples:  examples,
		ShortHelp: []string{"select", "metadata", "dns-json", "certs-json", "deep", "crypto-assess", "exposed-creds", "explain", "threads"},
		Runner:    &command{},
	}, merctools.License)
}

const examples = `  merc-fp < trace.pcap
  merc-fp --metadata --dns-json --select=dns,tls trace.pcapng.gz
  merc-capture eth0 | merc-fp --deep | merc-analyze | jq .fingerprints
`

// Run writes the records of captures.
func (c *command) Run(ctx context.Context, env *cli.Env) error {
	if c.Schema != "" {
		text, err := c.Schema.text(c.Normalize)
		if err == nil {
			_, err = io.WriteString(env.Stdout, text)
		}
		return err
	}
	if c.Explain != "" {
		return c.explain(env)
	}
	cfg, err := c.Config()
	if err != nil {
		return err
	}
	threads, err := cli.Threads(c.Threads)
	if err != nil {
		return err
	}
	cfg.Context = !c.NoContext
	budget, err := c.Divide(&cfg, threads, false, false, false)
	if err != nil {
		return err
	}
	cfg.Memory = budget.Worker
	filter, err := c.Filter()
	if err != nil {
		return err
	}
	files, err := cli.Expand(c.Files)
	if err != nil {
		return err
	}
	inputs, err := env.Inputs(slices.Concat(cli.Names(files), []string{c.MaskKey}), []string{output.Stdout, c.Quarantine})
	if err != nil {
		return err
	}
	if err := output.CheckQuarantine(c.Quarantine); err != nil {
		return err
	}
	out, err := output.New(output.Config{Stdout: env.Stdout, Inputs: inputs, Notice: env.Notice, Uncounted: true})
	if err != nil {
		return err
	}
	job := cli.Job{Env: env, Config: cfg, Threads: threads, Verbose: c.Verbose, Quarantine: c.Quarantine}
	if c.Summarized() {
		job.Summary = &cli.CaptureSummary{Added: c.AddedMembers()}
	}
	in := cli.NewInput(env.Stdin, files...)
	in.Filter = filter
	defer in.Close()
	defer in.ShowProgress(env)()
	c.Confine(env, c.Verbose, cli.Needs{Read: in.OpenFiles(env), Write: []string{c.Quarantine}})
	return job.Run(in.Until(ctx), out, false)
}
