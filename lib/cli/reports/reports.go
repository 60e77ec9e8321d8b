// Package reports has the flags of commands that write reports and inventories
// of what records say. It is apart from package cli so that other commands don't
// carry what draws charts.
package reports

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
	"merctools/lib/output"
	"merctools/lib/report"
	"merctools/lib/report/cbom"
	"merctools/lib/report/html"
	"merctools/lib/summary"
)

// Flags are the flags about reports.
type Flags struct {
	Report     string      `group:"Report:" placeholder:"FILE" brief:"write a report for people, as one page of HTML" help:"write a report for people: one page of HTML that needs no network"`
	ReportTime cli.Seconds `name:"report-time" group:"Report:" placeholder:"T" help:"write the report and the inventory again every T seconds, or a time such as 5m; by default every minute of a live capture, and otherwise at the end only"`
	CBOM       string      `name:"cbom" group:"Report:" placeholder:"FILE" brief:"write an inventory of cryptography (CycloneDX)" help:"write an inventory of the cryptography that was seen: a cryptographic bill of materials in JSON, CycloneDX 1.6"`
}

// everyLive is how often a report of a live capture is written.
const everyLive = time.Minute

// Wanted reports whether there is anything to write.
func (f *Flags) Wanted() bool { return f.Report != "" || f.CBOM != "" }

// Outputs are the names of the files; some may be empty.
func (f *Flags) Outputs() []string { return []string{f.Report, f.CBOM} }

// Check returns an error for flags that make no sense.
func (f *Flags) Check() error {
	if f.ReportTime > 0 && !f.Wanted() {
		return cli.Usagef("--report-time is given without --report and --cbom")
	}
	return nil
}

// What says what a report is about beside the records.
type What struct {
	Model      *fingerprintdb.Model // that messages are classified with; may be nil
	Archive    *cli.ArchiveFlags    // where it comes from
	Indicators bool                 // they are looked for
	Memory     int                  // bytes that a report may take before it is written; 0: report.MaxMemory
	// Live returns the state of a live capture; nil for files.
	Live func() *summary.Summary
}

// A Writer collects records and writes the files. A nil pointer does nothing.
type Writer struct {
	*report.Collector

	flags   Flags
	what    What
	archive *report.Archive
	writing *cli.Periodic
}

// Begin returns a Writer, or nil if the flags ask for nothing. The caller must
// End it. It refuses files that can't be made.
func (f *Flags) Begin(what What) (*Writer, error) {
	if !f.Wanted() {
		return nil, nil
	}
	for _, name := range f.Outputs() {
		if name == "" {
			continue
		}
		if err := output.CheckFile(name, output.Private); err != nil {
			return nil, err
		}
	}
	w := &Writer{Collector: report.New(cmp.Or(what.Memory, report.MaxMemory)), flags: *f, what: what}
	w.archive = what.summary()
	every := time.Duration(f.ReportTime)
	if every == 0 && what.Live != nil {
		every = everyLive
	}
	w.writing = cli.Repeat(every, w.write)
	return w, nil
}

// Tap returns a Tap that hands records on to next. wanted are the members on
// demand that they keep.
func (w *Writer) Tap(next func([]byte) error, wanted []string, explained, summarized bool) *report.Tap {
	t := report.NewTap(w.Collector, next)
	t.Drop = append(t.Drop, "context")
	for _, name := range append([]string{"ssh_params"}, cli.ReportMembers...) {
		asked := name
		if name == "ssh_params" {
			asked = "tls_params"
		}
		if !slices.Contains(wanted, asked) {
			t.Drop = append(t.Drop, name)
		}
	}
	t.DropExplanation, t.DropSummary = !explained, !summarized
	return t
}

// End writes the files for the last time, and returns the first error of all.
func (w *Writer) End() error {
	if w == nil {
		return nil
	}
	return w.writing.End()
}

// write writes the files, perhaps for the last time.
func (w *Writer) write(last bool) error {
	o := report.Options{Archive: w.archive, Indicators: w.what.Indicators}
	if w.what.Model != nil && w.what.Model.Err() == nil {
		o.ASN = w.what.Model.ASN
	}
	if w.what.Live != nil {
		w.Summarize(w.what.Live())
		if !last {
			o.Live = time.Now()
		}
	}
	var err error
	if w.flags.Report != "" {
		err = output.WriteFile(w.flags.Report, output.Private, func(to io.Writer) error { return html.Write(to, w.Collector, o) })
	}
	if w.flags.CBOM != "" {
		err = errors.Join(err, output.WriteFile(w.flags.CBOM, output.Private, func(to io.Writer) error { return cbom.Write(to, w.Collector) }))
	}
	return err
}

// summary sums up the archive; nil if there is none, or it can't be read twice.
func (what *What) summary() *report.Archive {
	if what.Archive == nil || what.Model == nil {
		return nil
	}
	if name := what.Archive.Resources; name != "" {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			return nil
		}
	}
	r, _, key, err := what.Archive.Open()
	if err != nil {
		return nil // the model tells of it
	}
	defer r.Close()
	info, err := fingerprintdb.ReadInfo(r, key, archive.Limits{})
	if err != nil {
		return nil
	}
	return &report.Archive{Version: info.Version, Processes: info.Processes, Malware: info.Malware}
}
