package main

import (
	"context"
	"errors"
	"io"

	"merctools/lib/annotate"
	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/geoip"
	"merctools/lib/hoststats"
	"merctools/lib/pipeline"
)

// A filter analyzes lines, of one file after the other.
type filter struct {
	model      *fingerprintdb.Model
	annotators []*annotate.Annotator // one for each worker, and for long lines
	lines      pipeline.Lines
	strict     bool
	long       int // lines that are too long to be looked at
}

// newFilter returns a filter that writes to out. statistics may be nil.
func newFilter(model *fingerprintdb.Model, places geoip.Places, statistics *cli.Statistics, threads int, out io.Writer) *filter {
	f := &filter{model: model}
	f.lines = pipeline.Lines{
		Write:    f.writeTo(out),
		History:  fingerprintdb.NewHistory(),
		Insert:   annotate.WriteAnalysis,
		PassLong: true,
		Long:     f.tooLong,
	}
	if statistics != nil {
		f.lines.Processed = statistics.Advance
		if threads > 1 {
			statistics.Sequence()
		}
	}
	workers := threads
	if threads > 1 {
		workers++ // for long lines
	}
	for range workers {
		var observer *hoststats.Collector
		if statistics != nil {
			observer = statistics.NewCollector()
		}
		a := annotate.New(model, places, observer)
		f.annotators = append(f.annotators, a)
		f.lines.Workers = append(f.lines.Workers, f.worker(a))
	}
	if threads > 1 {
		f.lines.Large = f.lines.Workers[threads]
		f.lines.Workers = f.lines.Workers[:threads]
	}
	return f
}

var (
	errNoRecord = errors.New("line is not a record")
	errLongLine = errors.New("line is longer than 16 MiB")
)

// worker returns what annotates lines.
func (f *filter) worker(a *annotate.Annotator) pipeline.LineWorker {
	var open annotate.Deferred
	return func(out *pipeline.Output, line []byte, number uint64) error {
		text, ok := a.Append(out.Text, line, number, &open)
		if !ok && f.strict {
			return errNoRecord
		}
		out.Text = text
		if open.At >= 0 {
			out.Defer(open.At, &open.Result)
		}
		return nil
	}
}

func (f *filter) tooLong(int64) error {
	if f.strict {
		return errLongLine
	}
	f.long++
	return nil
}

// file analyzes the lines of a file; "-" is standard input.
func (f *filter) file(ctx context.Context, env *cli.Env, name string) error {
	return eachLine(ctx, env, name, &f.lines)
}

// counts is what all annotators have counted.
func (f *filter) counts() (sum annotate.Counts) {
	for _, a := range f.annotators {
		sum.Add(a.Counts)
	}
	return sum
}

// writeTo returns what writes to w, unless the model could not be loaded.
func (f *filter) writeTo(w io.Writer) func([]byte) error {
	return func(text []byte) error {
		if err := f.model.Err(); err != nil {
			return err
		}
		_, err := w.Write(text)
		return err
	}
}
