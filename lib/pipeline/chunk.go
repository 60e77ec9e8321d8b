package pipeline

import (
	"sync"

	"merctools/lib/fingerprintdb"
)

// made is what was made of some items.
type made struct {
	text []byte
	ends []end
	open []open
}

func (m *made) reset() { m.text, m.ends, m.open = m.text[:0], m.ends[:0], m.open[:0] }

// A chunk is a part of what one worker made of one job.
type chunk struct {
	made
	last bool   // of what the worker made of the job
	next *chunk // the one that comes after it
	home *pool
	base []byte // the chunk's own memory, once it was needed
}

// end is where the record of an item ends: the item is a packet's index in
// its batch. In a run that keeps packets it is one to keep.
type end struct {
	item   int32
	offset int32
}

// open is an analysis that is still to be written, at an offset in the text.
type open struct {
	at     int
	result fingerprintdb.Result
}

// release gives a chunk back to its worker.
func (c *chunk) release() {
	c.text, c.next = nil, nil
	c.home.give(c)
}

// A pool holds chunks of one size that nobody uses. What was used last is
// taken first: it may be in the processor's cache, and as few as needed get
// memory.
type pool struct {
	size, more int    // of a chunk, and what the last record may add
	spare      []byte // memory of a chunk that needed none; only the worker has it

	mu    sync.Mutex
	given sync.Cond
	free  []*chunk
}

func newPool(n, size, more int) *pool {
	p := &pool{size: size, more: more}
	p.given.L = &p.mu
	for range n {
		p.free = append(p.free, &chunk{home: p})
	}
	return p
}

// take returns a free chunk. Where there is none it returns nil, or waits.
func (p *pool) take(wait bool) *chunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.free) == 0 {
		if !wait {
			return nil
		}
		p.given.Wait()
	}
	last := len(p.free) - 1
	c := p.free[last]
	p.free = p.free[:last]
	return c
}

// give takes a chunk back.
func (p *pool) give(c *chunk) {
	p.mu.Lock()
	p.free = append(p.free, c)
	p.mu.Unlock()
	p.given.Signal()
}

// A queue has chunks on their way from a worker to whoever writes them.
type queue struct {
	mu          sync.Mutex
	first, last *chunk
}

// put adds chunks, of which each but the last has a next one.
func (q *queue) put(first, last *chunk) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.first == nil {
		q.first = first
	} else {
		q.last.next = first
	}
	q.last = last
}

// take returns the chunks that there are, or nil.
func (q *queue) take() *chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	first := q.first
	q.first, q.last = nil, nil
	return first
}
