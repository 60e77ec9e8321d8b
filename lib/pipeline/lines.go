package pipeline

import (
	"bytes"
	"fmt"
	"io"

	"merctools/lib/fingerprintdb"
	"merctools/lib/record"
)

// Lines runs lines through workers, those of one input after the other. Any
// worker gets any line; what they write keeps the order of the lines.
type Lines struct {
	Workers []LineWorker

	// Large gets lines that are longer than a block, one at a time, in place of
	// the workers. So their memory need not be for such lines. It may be nil.
	Large LineWorker

	// Write takes whole lines. The slice is only valid during the call.
	Write func([]byte) error

	// History answers what workers left open (Output.Defer), and Insert writes
	// the answer; rest is what follows it. Both may be nil where workers leave
	// nothing open.
	History *fingerprintdb.History
	Insert  func(w *record.Writer, r *fingerprintdb.Result, rest []byte)

	// PassLong says to write lines of more than MaxLine bytes as they are.
	// Otherwise they are left out. Workers don't get them.
	PassLong bool
	// Long is called for each such line when all before it are processed, with
	// its offset in the input. An error ends the run.
	Long func(offset int64) error

	// Processed is called when all lines with numbers below n are written. It
	// may be nil.
	Processed func(n uint64)

	runner *ordered[block]
	in     io.Reader
	name   string
	begin  uint64 // number of the first line of the input
	offset int64  // in the input, of what comes next
	rest   []byte // what was read of it
	long   bool   // it is in a line of more than MaxLine bytes
	err    error  // what reading said

	large chan *large // the only one, when no block has it
}

// A LineWorker appends to out.Text what becomes of a line. The line has its
// end, unless it is the last one of an input and has none. number is its offset
// in bytes, counted over all inputs. An error ends the run when all that comes
// before the line is written; out.Text must be as it was then.
//
// Each is called by one goroutine at a time.
type LineWorker func(out *Output, line []byte, number uint64) error

// MaxLine is the length in bytes, with its end, of the longest line that
// workers get.
const MaxLine = 16 << 20

// lineBlock is the size of a block of lines, in bytes.
const lineBlock = 128 << 10

// A block is a job: some lines, or a part of a line that is too long.
type block struct {
	text   []byte
	offset int64
	long   bool   // a part of a line of more than MaxLine bytes
	first  bool   // the first part of it
	err    error  // what a worker said
	own    []byte // the block's memory
	large  *large // memory in place of it
}

// large is memory for a line that is longer than a block. There is one for
// all blocks: memory would not be bounded with one for each.
type large struct{ in, out []byte }

// Run processes an input; the name is for errors. It returns the first error
// of reading, of a worker, or of writing. What was read before reading failed
// is processed, also a line without its end.
func (l *Lines) Run(in io.Reader, name string) error {
	if l.runner == nil {
		l.prepare()
	}
	l.in, l.name = in, name
	l.begin += uint64(l.offset)
	l.offset, l.rest, l.long, l.err = 0, l.rest[:0], false, nil
	return l.runner.run()
}

func (l *Lines) prepare() {
	r := newOrdered[block](len(l.Workers), 2*len(l.Workers)+2, false)
	r.fill, r.work, r.written, r.released = l.fill, l.work, l.written, l.release
	r.merger.write, r.merger.history, r.merger.insert = l.Write, l.History, l.Insert
	l.runner = r
	l.large = make(chan *large, 1)
	l.large <- &large{}
}

// fill reads until there is a whole line, and no longer than that needs.
func (l *Lines) fill(_ int, b *block) error {
	if b.own == nil {
		b.own = make([]byte, 0, lineBlock)
	}
	b.offset, b.err, b.first = l.offset, nil, false
	text := append(b.own, l.rest...)
	l.rest = l.rest[:0]
	fresh := 0 // what is before it has no end of a line
	for {
		b.long = l.long
		end := bytes.LastIndexByte(text[fresh:], '\n') + 1
		if end > 0 && (l.long || b.large != nil) { // the rest belongs to other blocks
			end = bytes.IndexByte(text[fresh:], '\n') + 1
		}
		switch end += fresh; {
		case end > fresh:
			b.first = !l.long && end > MaxLine && b.large != nil
			b.long = b.long || b.first
			l.long = false
			l.give(b, text, end)
			return nil
		case l.err != nil && len(text) == 0:
			return l.err
		case len(text) > MaxLine:
			b.long, b.first, l.long = true, true, true
			l.give(b, text, len(text))
			return nil
		case l.err != nil, l.long && len(text) > 0:
			l.give(b, text, len(text))
			return nil
		case len(text) == cap(text):
			text = l.enlarge(b, text)
		}
		fresh = len(text)
		text = l.read(text)
	}
}

// read appends to text what can be read at once. It sets l.err.
func (l *Lines) read(text []byte) []byte {
	for range 100 {
		n, err := l.in.Read(text[len(text):min(len(text)+lineBlock, cap(text))])
		text = text[:len(text)+n]
		if err == io.EOF {
			l.err = err
		} else if err != nil {
			l.err = fmt.Errorf("%s: offset %d: %w", l.name, l.offset+int64(len(text)), err)
		}
		if n > 0 || err != nil {
			return text
		}
	}
	l.err = fmt.Errorf("%s: offset %d: %w", l.name, l.offset+int64(len(text)), io.ErrNoProgress)
	return text
}

// give makes text[:end] what is in a block, and keeps the rest for the next.
func (l *Lines) give(b *block, text []byte, end int) {
	b.text = text[:end]
	l.rest = append(l.rest, text[end:]...)
	l.offset += int64(end)
}

// enlarge gives a block the memory for long lines, and waits until no other
// block has it.
func (l *Lines) enlarge(b *block, text []byte) []byte {
	b.large = <-l.large
	if b.large.in == nil {
		b.large.in = make([]byte, 0, MaxLine+lineBlock+1)
		b.large.out = make([]byte, 0, MaxLine+longestRecord)
	}
	return append(b.large.in, text...)
}

// release takes the memory for long lines back.
func (l *Lines) release(b *block) {
	if b.large != nil {
		l.large <- b.large
		b.large = nil
	}
}

// work has a worker process a block.
func (l *Lines) work(me int, b *block, out *Output) {
	if b.long {
		if l.PassLong {
			out.Text = b.text // valid until it is written
		}
		return
	}
	work := l.Workers[me]
	if b.large != nil {
		out.Text = b.large.out
		if l.Large != nil {
			work = l.Large
		}
	}
	number := l.begin + uint64(b.offset)
	for text := b.text; len(text) > 0; {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		at := len(b.text) - len(text)
		if err := work(out, text[:n], number+uint64(at)); err != nil {
			b.err = fmt.Errorf("%s: offset %d: %w", l.name, b.offset+int64(at), err)
			return
		}
		if b.large == nil {
			out.set(out.Text)
		}
		if out.full() {
			out.handOn()
		}
		text = text[n:]
	}
}

// written is called when all that became of a block is written.
func (l *Lines) written(b *block) error {
	if b.err != nil {
		return b.err
	}
	if b.first {
		if err := l.Long(b.offset); err != nil {
			return fmt.Errorf("%s: offset %d: %w", l.name, b.offset, err)
		}
	}
	if l.Processed != nil {
		l.Processed(l.begin + uint64(b.offset) + uint64(len(b.text)))
	}
	return nil
}
