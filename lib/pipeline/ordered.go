package pipeline

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// An ordered runner reads jobs, has workers process them, and writes what they
// made in the order of the jobs, and of the items in them.
//
// Nobody but the workers does anything. One of them at a time reads, when
// there is nothing else to do for it, and one at a time writes what has its
// turn. Where a source can tell what comes next, several load it before. So no
// job has to wait for a goroutine to wake up, and a worker that has less to do
// takes over reading and writing from the others.
//
// A worker may be some jobs ahead of the others: the packets of a few jobs can
// belong to few flows, and so to few workers.
//
// Nobody waits forever. Chunks of the oldest job are written. A worker that is
// behind the others has none on their way, so it has one to write to; those
// ahead of it wait, and hold no more than their own chunks.
type ordered[J any] struct {
	jobs    []*job[J]
	outputs []*Output // by worker
	split   bool      // each worker has a part in each job

	// reserve says what a job will be filled with after as many calls of fill
	// from now as ahead says, and load reads that. Workers load several jobs at
	// the same time; fill then has less to do. They may be nil.
	reserve func(worker int, j *J, ahead int)
	load    func(worker int, j *J)
	// fill reads a job. It is called by one worker at a time. Jobs that it
	// filled before it returned an error are processed.
	fill func(worker int, j *J) error
	// prepare does what is to be done with a job before workers process it,
	// and needs no order. It may be nil.
	prepare func(worker int, j *J)
	// turn does what must be done with jobs in their order, before the worker that
	// has prepared the job processes it. It may be nil. Jobs must not be split.
	turn func(worker int, j *J, out *Output)
	// ahead reports that fill won't wait for anybody. It may be nil: then it
	// may wait. It is called while nobody reads.
	ahead func() bool
	// work processes a job, or the worker's part in it.
	work func(worker int, j *J, out *Output)
	// written is called when all that was made of a job is written.
	written func(*J) error
	// released is called for each job that was read, also after an error,
	// when nobody uses it any more. It may be nil.
	released func(*J)

	merger merger
	oldest *J // the job that is being written

	mu      sync.Mutex
	changed sync.Cond
	free    []*job[J]   // the one that was used last comes last
	order   []*job[J]   // those under way, by their number modulo its length
	planned int         // the number of the next job that is reserved
	loading int         // the number of the next job that is loaded
	read    int         // the number of the next job that is read
	merged  int         // the number of the oldest job, which is being written
	turns   int         // the number of the job whose turn it is
	waiting [][]*job[J] // by worker: those that it has prepared, and whose turn is to come
	reading bool        // somebody reads
	ended   bool        // nothing more is read
	readErr error       // why, where that is the source

	merging sync.Mutex   // held by the worker that writes
	wanted  atomic.Int32 // how often others wanted to, meanwhile
	begun   bool         // the merger has begun with the oldest job
	err     error        // of writing
}

// A job goes round: it is read, processed, and written.
type job[J any] struct {
	data   J
	number int     // by which it was read
	loaded bool    // it can be read
	ready  bool    // workers may process it
	parts  []queue // what was made of it: by worker where jobs are split
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
	parts := 1
	if split {
		parts = workers
	}
	for range jobs {
		r.jobs = append(r.jobs, &job[J]{parts: make([]queue, parts)})
	}
	r.changed.L = &r.mu
	for range workers {
		r.outputs = append(r.outputs, newOutput(r.merge))
	}
	return r
}

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
		if err := r.fill(0, &j.data); err != nil {
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
	r.free = append(r.free[:0], r.jobs...)
	r.order = append(r.order[:0], r.jobs...)
	r.planned, r.loading, r.read, r.merged, r.turns, r.begun = 0, 0, 0, 0, 0, false
	r.waiting = make([][]*job[J], len(r.outputs))
	r.reading, r.ended = false, false
	r.readErr, r.err = nil, nil
	var running sync.WaitGroup
	for i, out := range r.outputs {
		running.Go(func() {
			for n := 0; ; n++ {
				j := r.next(i, n)
				if j == nil {
					return
				}
				out.to = &j.parts[0]
				if r.split {
					out.to = &j.parts[i]
				}
				out.begin()
				if r.turn != nil {
					r.turn(i, &j.data, out)
					r.endTurn()
				}
				r.work(i, &j.data, out)
				out.finish()
				// The collector of garbage gets its part here. Otherwise it would
				// wait for 10 ms and more, in which each pointer that is written
				// is noted.
				runtime.Gosched()
			}
		})
	}
	running.Wait()
	if r.err != nil {
		return r.err
	}
	return endOfSource(r.readErr)
}

// next returns the next job of a worker, which has had n, or nil where there
// are no more. While there is none the worker reads.
func (r *ordered[J]) next(worker, n int) *job[J] {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case r.split && n < r.read:
			if j := r.order[n%len(r.order)]; j.ready {
				return j
			}
		case r.turn != nil:
			if j := r.takeTurn(worker); j != nil {
				return j
			}
		}
		r.plan(worker)
		waiting := len(r.waiting[worker])
		switch {
		case r.ended && waiting == 0 && (!r.split || n == r.read):
			return nil
		case r.mayRead(n) && waiting < maxWaiting:
			if j := r.readJob(worker); j != nil && r.turn != nil {
				r.waiting[worker] = append(r.waiting[worker], j)
			} else if j != nil && !r.split {
				return j
			}
		case !r.ended && r.loading < r.planned:
			r.loadJob(worker)
		default:
			r.changed.Wait()
		}
	}
}

// maxWaiting is how many jobs of a worker wait for their turn at most. While one
// does, the worker may prepare another.
const maxWaiting = 2

// takeTurn returns the job of a worker whose turn it is, or nil.
func (r *ordered[J]) takeTurn(worker int) *job[J] {
	if w := r.waiting[worker]; len(w) > 0 && w[0].number == r.turns {
		j := w[0]
		r.waiting[worker] = append(w[:0], w[1:]...)
		return j
	}
	return nil
}

// endTurn gives the turn to the next job.
func (r *ordered[J]) endTurn() {
	r.mu.Lock()
	r.turns++
	r.changed.Broadcast()
	r.mu.Unlock()
}

// plan reserves jobs. It does nothing while somebody reads.
func (r *ordered[J]) plan(worker int) {
	if r.reading || r.ended {
		return
	}
	most := 1
	if r.load != nil && r.ahead() {
		most += len(r.outputs)
	}
	for len(r.free) > 0 && r.planned-r.read < most {
		last := len(r.free) - 1
		j := r.free[last]
		r.free = r.free[:last]
		j.loaded, j.ready = false, false
		if r.reserve != nil {
			r.reserve(worker, &j.data, r.planned-r.read)
		}
		r.order[r.planned%len(r.order)] = j
		r.planned++
	}
}

// loadJob loads a job that is reserved. The lock is not held meanwhile.
func (r *ordered[J]) loadJob(worker int) {
	j := r.order[r.loading%len(r.order)]
	r.loading++
	if r.load != nil {
		r.mu.Unlock()
		r.load(worker, &j.data)
		r.mu.Lock()
	}
	j.loaded = true
}

// mayRead reports whether a worker is to read. It must not wait for a source
// while somebody makes a job ready that has a part for it.
func (r *ordered[J]) mayRead(n int) bool {
	return !r.ended && !r.reading && r.read < r.planned && r.order[r.read%len(r.order)].loaded &&
		(!r.split || n == r.read || r.ahead != nil && r.ahead())
}

// readJob reads a job and makes it ready. It returns nil at the end. The lock
// is not held meanwhile.
func (r *ordered[J]) readJob(worker int) *job[J] {
	j := r.order[r.read%len(r.order)]
	r.reading = true
	r.mu.Unlock()
	err := r.fill(worker, &j.data)
	r.mu.Lock()
	r.reading = false
	if err != nil {
		r.ended, r.readErr = true, err
		r.changed.Broadcast()
		return nil
	}
	j.number = r.read
	r.read++
	r.plan(worker)
	if r.prepare != nil {
		r.changed.Broadcast() // others may read
		r.mu.Unlock()
		r.prepare(worker, &j.data)
		r.mu.Lock()
	}
	j.ready = true
	r.changed.Broadcast()
	return j
}

// merge writes what has its turn, unless another worker does so: that one then
// looks again.
func (r *ordered[J]) merge() {
	r.wanted.Add(1)
	for r.wanted.Load() > 0 && r.merging.TryLock() {
		r.wanted.Store(0)
		for r.mergeOldest() {
		}
		r.merging.Unlock()
	}
}

// mergeOldest writes what there is of the oldest job. It returns true where
// that is all of it, and it was the end of the job.
func (r *ordered[J]) mergeOldest() bool {
	r.mu.Lock()
	if r.merged == r.read {
		r.mu.Unlock()
		return false
	}
	j := r.order[r.merged%len(r.order)]
	r.mu.Unlock()
	if !r.begun {
		r.oldest = &j.data
		r.merger.begin(j.parts)
		r.begun = true
	}
	whole, err := r.merger.advance()
	if whole && err == nil && r.err == nil {
		err = r.written(&j.data)
	}
	if err != nil && r.err == nil {
		r.err = err
		r.merger.skip = true
		r.mu.Lock()
		r.ended = true
		r.changed.Broadcast()
		r.mu.Unlock()
	}
	if !whole {
		return false
	}
	r.begun = false
	r.release(j)
	r.mu.Lock()
	r.merged++
	r.free = append(r.free, j)
	r.changed.Broadcast()
	r.mu.Unlock()
	return true
}
