package pipeline

import "merctools/lib/fingerprintdb"

// Sizes in bytes.
const (
	// chunkSize is how much a worker writes before it hands on a chunk.
	chunkSize = 64 << 10

	// usualRecord is what the last record of a chunk adds at most, but for
	// rare ones.
	usualRecord = 32 << 10

	// largeSize and longestRecord are the same for the large chunks that a
	// worker uses after a record that was longer. A line as long as the
	// longest record (record.MaxLen) fits in, with its analysis.
	largeSize     = 256 << 10
	longestRecord = 1<<20 + 64<<10
)

const (
	// chunksEach is how many chunks a worker has. So many jobs it can be ahead
	// of the others: not every job has packets for each of them.
	chunksEach = 24

	// largeEach is how many large ones it has beside them.
	largeEach = 2

	// largeRun is how many large chunks a worker uses after it needed one.
	largeRun = 64

	// maxOpen is how many open analyses a chunk has at most; they are larger
	// than some of their records.
	maxOpen = 256
)

// An Output takes what a worker makes of its jobs.
type Output struct {
	// Text is where the worker appends whole records or lines.
	Text []byte

	chunk  *chunk
	done   *chunk             // those that are full, which go together where that is possible
	tail   *chunk             // the last of them
	size   int                // of the chunk, when it is to be handed on
	usual  *pool              // the chunks that nobody has
	large  *pool              // the large ones
	run    int                // how many large ones are to be used
	to     *queue             // where chunks go
	merge  func()             // writes chunks, or has somebody do so
	direct func(*chunk) error // takes chunks of the only worker
	err    error              // what direct said
}

// newOutput returns an Output for one of several workers. merge is called when
// there are chunks to write.
func newOutput(merge func()) *Output {
	return &Output{
		merge: merge,
		usual: newPool(chunksEach, chunkSize, usualRecord),
		large: newPool(largeEach, largeSize, longestRecord),
	}
}

// newDirect returns an Output for the only worker.
func newDirect(take func(*chunk) error) *Output {
	large := newPool(1, largeSize, longestRecord)
	return &Output{usual: large, large: large, direct: take}
}

// Defer says that an analysis depends on records before. Its result is to be
// written at offset at of Text.
func (o *Output) Defer(at int, r *fingerprintdb.Result) {
	o.chunk.open = append(o.chunk.open, open{at, *r})
}

// endItem notes the end of what an item made.
func (o *Output) endItem(item int) {
	o.chunk.ends = append(o.chunk.ends, end{int32(item), int32(len(o.Text))})
}

// begin takes a free chunk, and waits until there is one.
func (o *Output) begin() {
	from := o.usual
	if o.run > 0 {
		from = o.large
		o.run--
	}
	c := from.take(false)
	if c == nil {
		o.send()
		c = from.take(true)
	}
	if c.base == nil {
		c.base, from.spare = from.spare, nil
	}
	if c.base == nil {
		c.base = make([]byte, 0, from.size+from.more)
	}
	c.reset()
	o.chunk, o.size, o.Text = c, from.size, c.base
}

// set makes text what was written. Where a record that was given up has made
// it grow, the rest moves back, so that chunks keep their size.
func (o *Output) set(text []byte) {
	if cap(text) > cap(o.chunk.base) {
		o.run = largeRun
		if len(text) <= cap(o.chunk.base) {
			text = append(o.chunk.base, text...)
		}
	}
	o.Text = text
}

// full reports whether it is time to hand on what was written. After a record that
// was too long for the chunk, also one that was given up, it is: the next one would
// make it grow again.
func (o *Output) full() bool {
	return len(o.Text) >= o.size || len(o.chunk.open) >= maxOpen || o.run == largeRun
}

// handOn hands on what was written, and begins another chunk.
func (o *Output) handOn() {
	o.end(false)
	o.begin()
}

// finish hands on what was written, which is the last of a job.
func (o *Output) finish() {
	o.end(true)
	o.send()
}

// end ends the chunk. It isn't sent while there are others to write to: few
// chunks can be written before their job is whole.
func (o *Output) end(last bool) {
	c := o.chunk
	c.text, c.last, c.next = o.Text, last, nil
	if len(c.text) == 0 && c.home.spare == nil {
		c.text, c.home.spare, c.base = nil, c.base, nil
	}
	o.chunk, o.Text = nil, nil
	if o.direct != nil {
		if o.err == nil {
			o.err = o.direct(c)
		}
		c.release()
		return
	}
	if o.done == nil {
		o.done = c
	} else {
		o.tail.next = c
	}
	o.tail = c
}

// send sends the chunks that are full.
func (o *Output) send() {
	if o.done != nil {
		o.to.put(o.done, o.tail)
		o.done = nil
		o.merge()
	}
}
