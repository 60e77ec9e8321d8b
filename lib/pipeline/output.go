package pipeline

import "merctools/lib/fingerprintdb"

const (
	// chunkSize is how much a worker writes before it hands on a chunk, in
	// bytes. It is more than most batches make, so that a chunk for each is
	// enough.
	chunkSize = 256 << 10

	// longestRecord is what the last record of a chunk may add: as long as the
	// longest (record.MaxLen), and a line of such a record with its analysis.
	// Where a record is longer the chunk grows, and shrinks again.
	longestRecord = 1<<20 + 64<<10

	// maxOpen is how many open analyses a chunk has at most; they are larger
	// than some of their records.
	maxOpen = 512

	// chunksEach is how many chunks a worker has: one to write to, and two on
	// their way.
	chunksEach = 3
)

// An Output takes what a worker makes of its jobs.
type Output struct {
	// Text is where the worker appends whole records or lines.
	Text []byte

	chunk  *chunk
	free   chan *chunk        // the chunks that nobody has
	to     chan<- *chunk      // where chunks go
	direct func(*chunk) error // takes chunks where there is no sequencer
	err    error              // what direct said
}

// A chunk is a part of what one worker made of one job.
type chunk struct {
	text []byte
	ends []end
	open []open
	last bool // of what the worker made of the job
	home *Output
	base []byte // the chunk's own memory
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

func newOutput(chunks int) *Output {
	o := &Output{free: make(chan *chunk, chunks)}
	for range chunks {
		o.free <- &chunk{home: o}
	}
	return o
}

// Defer says that an analysis depends on records before. Its result is to be
// written at offset at of Text.
func (o *Output) Defer(at int, r *fingerprintdb.Result) {
	o.chunk.open = append(o.chunk.open, open{at, *r})
}

// end notes the end of what an item made.
func (o *Output) end(item int) {
	o.chunk.ends = append(o.chunk.ends, end{int32(item), int32(len(o.Text))})
}

// begin takes a free chunk, and waits until there is one.
func (o *Output) begin() {
	c := <-o.free
	if c.base == nil {
		c.base = make([]byte, 0, chunkSize+longestRecord)
	}
	c.ends, c.open = c.ends[:0], c.open[:0]
	o.chunk, o.Text = c, c.base
}

// set makes text what was written. Where a record that was given up has made
// it grow, the rest moves back, so that chunks keep their size.
func (o *Output) set(text []byte) {
	if cap(text) > cap(o.chunk.base) && len(text) <= cap(o.chunk.base) {
		text = append(o.chunk.base, text...)
	}
	o.Text = text
}

// full reports whether it is time to hand on what was written.
func (o *Output) full() bool { return len(o.Text) >= chunkSize || len(o.chunk.open) >= maxOpen }

// handOn hands on what was written, and begins another chunk.
func (o *Output) handOn() {
	o.send(false)
	o.begin()
}

// send hands on the chunk, which is the worker's last of the job or not.
func (o *Output) send(last bool) {
	c := o.chunk
	c.text, c.last = o.Text, last
	o.chunk, o.Text = nil, nil
	if o.direct == nil {
		o.to <- c
		return
	}
	if o.err == nil {
		o.err = o.direct(c)
	}
	c.release()
}

// release gives a chunk back to its worker.
func (c *chunk) release() {
	c.text = nil
	c.home.free <- c
}
