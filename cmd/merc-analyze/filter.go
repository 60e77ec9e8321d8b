package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"merctools/lib/annotate"
	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/geoip"
	"merctools/lib/hoststats"
	"merctools/lib/record"
)

// A filter analyzes lines, of one file after the other.
type filter struct {
	model      *fingerprintdb.Model
	history    *fingerprintdb.History
	strict     bool
	statistics *cli.Statistics       // nil: nothing is counted
	annotators []*annotate.Annotator // one for each worker
	counts     annotate.Counts
	done       uint64 // bytes of the files so far
}

func newFilter(model *fingerprintdb.Model, places geoip.Places, statistics *cli.Statistics, threads int) *filter {
	f := &filter{model: model, history: fingerprintdb.NewHistory(), statistics: statistics}
	if statistics != nil && threads > 1 {
		statistics.Sequence()
	}
	for range threads {
		var observer *hoststats.Collector
		if statistics != nil {
			observer = statistics.NewCollector()
		}
		f.annotators = append(f.annotators, annotate.New(model, places, observer))
	}
	return f
}

// file analyzes the lines of a file; "-" is standard input.
func (f *filter) file(ctx context.Context, env *cli.Env, name string, out *bufio.Writer) error {
	in, name, err := env.OpenRecords(ctx, name)
	if err != nil {
		return err
	}
	defer in.Close()
	return f.run(in, name, out)
}

// A batch is some lines on their way through a worker.
type batch struct {
	text   []byte
	offset int64  // of the text in the file
	number uint64 // the same, counted over all files
	out    []byte
	marks  []annotate.Deferred
	bad    int // offset in the text of a line that is no record; -1: there is none
	counts annotate.Counts
	done   chan struct{}
}

const (
	batchSize = 256 << 10
	maxLine   = 16 << 20
)

// run reads batches of lines, has workers annotate them, and writes them in
// their order. What depends on earlier lines is answered when they are
// written.
func (f *filter) run(in io.Reader, name string, out *bufio.Writer) error {
	jobs := 2*len(f.annotators) + 2
	free := make(chan *batch, jobs)
	work := make(chan *batch, jobs)
	order := make(chan *batch, jobs)
	stop := make(chan struct{})
	for range jobs {
		free <- &batch{done: make(chan struct{}, 1)}
	}
	begin := f.done
	for _, a := range f.annotators {
		go func() {
			for b := range work {
				b.number = begin + uint64(b.offset)
				b.annotate(a)
				b.done <- struct{}{}
			}
		}()
	}
	var readErr error
	go func() {
		readErr = readBatches(in, name, free, work, order, stop)
		close(work)
		close(order)
	}()
	var w record.Writer
	var err error
	for b := range order {
		<-b.done
		f.done = b.number + uint64(len(b.text))
		if f.statistics != nil {
			f.statistics.Advance(f.done)
		}
		if err == nil {
			if err = f.write(b, name, out, &w); err == nil && len(order) == 0 {
				err = out.Flush()
			}
			if err != nil {
				close(stop)
			}
		}
		free <- b
	}
	if err != nil {
		return err
	}
	return readErr
}

// readBatches hands out whole lines as they come.
func readBatches(in io.Reader, name string, free, work, order chan *batch, stop chan struct{}) error {
	var rest []byte // an unfinished line
	var offset int64
	for {
		var b *batch
		select {
		case b = <-free:
		case <-stop:
			return nil
		}
		b.text = append(b.text[:0], rest...)
		b.offset = offset
		rest = rest[:0]
		err := b.fill(in)
		if end := bytes.LastIndexByte(b.text, '\n') + 1; err == nil {
			rest = append(rest, b.text[end:]...)
			b.text = b.text[:end]
		}
		if len(b.text) > 0 {
			offset += int64(len(b.text))
			order <- b
			work <- b
		} else {
			free <- b
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: offset %d: %w", name, offset, err)
		}
	}
}

var errLongLine = fmt.Errorf("a line of more than %d bytes", maxLine)

// fill reads until there is a whole line, and no longer than that needs.
func (b *batch) fill(in io.Reader) error {
	for {
		if cap(b.text)-len(b.text) < batchSize/2 {
			b.text = append(make([]byte, 0, 2*cap(b.text)+batchSize), b.text...)
		}
		n, err := in.Read(b.text[len(b.text):cap(b.text)])
		fresh := b.text[len(b.text) : len(b.text)+n]
		b.text = b.text[:len(b.text)+n]
		switch {
		case err != nil:
			return err
		case bytes.IndexByte(fresh, '\n') >= 0:
			return nil
		case len(b.text) > maxLine:
			return errLongLine
		}
	}
}

// annotate annotates the lines of a batch.
func (b *batch) annotate(a *annotate.Annotator) {
	b.out, b.marks, b.bad = b.out[:0], b.marks[:0], -1
	a.Counts = annotate.Counts{}
	var line annotate.Deferred
	for text := b.text; len(text) > 0; {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		at := len(b.text) - len(text)
		var ok bool
		b.out, ok = a.Append(b.out, text[:n], b.number+uint64(at), &line)
		if !ok && b.bad < 0 {
			b.bad = at
		}
		if line.At >= 0 {
			b.marks = append(b.marks, line)
		}
		text = text[n:]
	}
	b.counts = a.Counts
}

// write writes the lines of a batch with their analyses.
func (f *filter) write(b *batch, name string, out *bufio.Writer, w *record.Writer) error {
	if f.strict && b.bad >= 0 {
		return fmt.Errorf("%s: offset %d: a line that is no record", name, b.offset+int64(b.bad))
	}
	if err := f.model.Err(); err != nil {
		return err
	}
	f.counts.Add(b.counts)
	from := 0
	for i := range b.marks {
		m := &b.marks[i]
		if _, err := out.Write(b.out[from:m.At]); err != nil {
			return err
		}
		from = m.At
		f.history.Resolve(&m.Result)
		if !m.Result.Present() {
			continue
		}
		// The writer puts a comma before the member unless it begins an
		// object.
		w.SetBuffer(append(w.Bytes()[:0], b.out[max(m.At-1, 0)]))
		annotate.WriteAnalysis(w, &m.Result, b.out[m.At:])
		if _, err := out.Write(w.Bytes()[1:]); err != nil {
			return err
		}
	}
	_, err := out.Write(b.out[from:])
	return err
}
