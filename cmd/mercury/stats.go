package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"merctools/lib/cli"
	"merctools/lib/stats"
)

// statsFlags are the flags about statistics.
type statsFlags struct {
	Stats      string `placeholder:"FILE" help:"count what hosts were seen to do and write it to FILE.json.gz; needs --analysis"`
	StatsTime  uint   `name:"stats-time" placeholder:"T" help:"write statistics every T seconds, to files named after number and time"`
	StatsLimit uint   `name:"stats-limit" placeholder:"N" help:"count no more than N different observations in each file"`
}

func (f *statsFlags) check(analysis bool) error {
	switch {
	case f.Stats == "" && f.StatsLimit > 0:
		return cli.Usagef("--stats-limit is given without --stats")
	case f.Stats != "" && !analysis:
		return cli.Usagef("--stats is given without --analysis")
	}
	return nil
}

// statsWriter writes statistics while a job runs and at its end.
type statsWriter struct {
	files *stats.Files
	limit uint
	stop  chan struct{}
	done  chan error // gets the error of the files so far
	quiet bool
}

// begin makes a job count what it observes.
func (f *statsFlags) begin(job *cli.Job) *statsWriter {
	job.Stats = stats.New(int(f.StatsLimit))
	header := stats.Header{Start: time.Now(), Version: cli.Version, Commit: commit()}
	if job.Config.Model != nil {
		header.ResourceVersion = job.Config.Model.Version()
	}
	w := &statsWriter{
		files: stats.NewFiles(f.Stats, job.Stats, header),
		limit: f.StatsLimit,
		stop:  make(chan struct{}),
		done:  make(chan error, 1),
		quiet: !job.Verbose,
	}
	go func() { w.done <- w.rotate(time.Duration(f.StatsTime) * time.Second) }()
	return w
}

// rotate writes a file now and then, until w is stopped.
func (w *statsWriter) rotate(every time.Duration) error {
	var ticks <-chan time.Time // never, without an interval
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	var failed error
	for {
		select {
		case <-w.stop:
			return failed
		case <-ticks:
			r, err := w.files.Rotate()
			failed = errors.Join(failed, err)
			w.report(r)
		}
	}
}

// end writes the last file.
func (w *statsWriter) end() error {
	close(w.stop)
	failed := <-w.done
	r, err := w.files.Close()
	w.report(r)
	return errors.Join(failed, err)
}

func (w *statsWriter) report(r *stats.Report) {
	if !w.quiet {
		fmt.Fprintf(os.Stderr, "statistics: %d entries, %d observations dropped at the limit\n", r.Entries(), r.Dropped)
	}
}

// commit is the state of the source code that the program is made of.
func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
