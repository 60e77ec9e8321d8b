package pipeline

import (
	"sync"
	"sync/atomic"
)

// An ordered runner reads jobs, has workers process them, and writes what they
// made in the order of the jobs, and of the items in them.
//
// A worker may be some jobs ahead of the others: the packets of a few jobs can
// belong to few flows, and so to few workers.
//
// Nobody waits forever. The sequencer takes chunks of the oldest job only. A
// worker that is behind the others has none on their way, so it has one to
// write to; those ahead of it wait, and hold no more than their own chunks.
type ordered[J any] struct {
	jobs    []*job[J]
	outputs []*Output // by worker
	split   bool      // each worker has a part in each job

	// fill reads a job. With several workers it has a goroutine of its own.
	// Jobs that it filled before it returned an error are processed.
	fill func(*J) error
	// work processes a job, or the worker's part in it.
	work func(worker int, j *J, out *Output)
	// written is called when all that was made of a job is written.
	written func(*J) error
	// released is called for each job that was read, also after an error,
	// when nobody uses it any more. It may be nil.
	released func(*J)

	merger merger
	oldest *J // the job that is being written
}

// A job goes round: it is read, processed, and written.
type job[J any] struct {
	data J
	to   chan *chunk // what was made of it, where it is one worker's
}

// newOrdered returns a runner with some workers and, where there are several,
// a number of jobs.
func newOrdered[J any](workers, jobs int, split bool) *ordered[J] {
	r := &ordered[J]{split: split}
	r.merger.out = make([]byte, 0, largeSize)
	if workers == 1 {
		r.jobs = []*job[J]{{}}
		r.outputs = []*Output{newDirect(r.direct)}
		return r
	}
	for range jobs {
		r.jobs = append(r.jobs, &job[J]{to: newQueue()})
	}
	for range workers {
		r.outputs = append(r.outputs, newOutput())
	}
	return r
}

// newQueue returns a queue for all chunks of a worker.
func newQueue() chan *chunk { return make(chan *chunk, chunksEach+largeEach) }

// direct writes a chunk of the only worker.
func (r *ordered[J]) direct(c *chunk) error {
	if err := r.merger.chunk(c); err != nil {
		return err
	}
	return r.merger.flush()
}

// run ends when fill returns an error or writing fails. It returns that error,
// but not io.EOF.
func (r *ordered[J]) run() error {
	r.merger.out = r.merger.out[:0]
	r.merger.skip = false
	if len(r.outputs) == 1 {
		return r.runOne()
	}
	return r.runMany()
}

func (r *ordered[J]) runOne() error {
	out, j := r.outputs[0], r.jobs[0]
	out.err = nil
	for {
		if err := r.fill(&j.data); err != nil {
			return endOfSource(err)
		}
		r.oldest = &j.data
		out.begin()
		r.work(0, &j.data, out)
		out.finish()
		err := out.err
		if err == nil {
			err = r.written(&j.data)
		}
		r.release(j)
		if err != nil {
			return err
		}
	}
}

func (r *ordered[J]) release(j *job[J]) {
	if r.released != nil {
		r.released(&j.data)
	}
}

func (r *ordered[J]) runMany() error {
	n := len(r.jobs)
	free := make(chan *job[J], n)
	order := make(chan *job[J], n)
	for _, j := range r.jobs {
		free <- j
	}
	// Where jobs are split each worker has a queue, otherwise they share one.
	var inputs []chan *job[J]
	var parts []chan *chunk
	for i := range r.outputs {
		if i == 0 || r.split {
			inputs = append(inputs, make(chan *job[J], n))
		}
		parts = append(parts, newQueue())
	}
	var running sync.WaitGroup
	for i, out := range r.outputs {
		in := inputs[min(i, len(inputs)-1)]
		running.Go(func() {
			for j := range in {
				out.to = j.to
				if r.split {
					out.to = parts[i]
				}
				out.begin()
				r.work(i, &j.data, out)
				out.finish()
			}
		})
	}
	var stop atomic.Bool
	var readErr error
	running.Go(func() {
		for !stop.Load() {
			j := <-free
			if readErr = r.fill(&j.data); readErr != nil {
				break
			}
			order <- j
			for _, in := range inputs {
				in <- j
			}
		}
		close(order)
		for _, in := range inputs {
			close(in)
		}
	})

	var err error
	alone := make([]chan *chunk, 1)
	for j := range order {
		from := parts
		if !r.split {
			alone[0] = j.to
			from = alone
		}
		r.oldest = &j.data
		r.merger.skip = err != nil
		if mergeErr := r.merger.job(from); err == nil {
			if err = mergeErr; err == nil {
				err = r.written(&j.data)
			}
			stop.Store(err != nil)
		}
		r.release(j)
		free <- j
	}
	running.Wait()
	if err != nil {
		return err
	}
	if readErr == nil {
		return nil
	}
	return endOfSource(readErr)
}
