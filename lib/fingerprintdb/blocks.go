package fingerprintdb

import (
	"bytes"
	"io"
	"iter"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"merctools/lib/fingerprintdb/archive"
)

// Loading a large file takes as long as decompressing it does: blocks of lines go
// to workers, which read them, while the next block is decompressed. The lines are
// entered in their order.

const (
	blockSize       = 1 << 20 // bytes, of blocks whose lines stay in memory
	reusedBlockSize = 1 << 18 // of those that are used again
	maxWorkers      = 4
)

// A block is some lines of a file, and what a worker made of them.
type block[L any] struct {
	text     []byte
	first    int  // number of the first line
	count    int  // of lines, empty ones included
	long     bool // in place of lines, there is one that is too long
	lines    []L
	problems []error
	done     chan struct{} // receives when the worker is done
}

// blockReading says how a file is read in blocks.
type blockReading[L any] struct {
	keep   bool                      // lines stay in the memory of their blocks
	atOnce func(*block[L]) bool      // if not nil: reads a block that workers can't, and says whether it did
	worker func() func(*block[L])    // makes what reads blocks on a goroutine of its own
	enter  func(*block[L], *L) error // takes each line; what it returns ends reading
}

// readBlocks reads the lines of the file that the archive is at.
func readBlocks[L any](l *loader, r blockReading[L]) error {
	work := make(chan *block[L], 2*maxWorkers)
	order := make(chan *block[L], 2*maxWorkers)
	free := make(chan *block[L], 2*maxWorkers+2)
	var workers, merger sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxWorkers) {
		workers.Go(func() {
			read := r.worker()
			for b := range work {
				read(b)
				b.done <- struct{}{}
			}
		})
	}
	var givenUp atomic.Pointer[error]
	merger.Go(func() {
		for b := range order {
			<-b.done
			if givenUp.Load() != nil {
				continue
			}
			if err := r.enterAll(b); err != nil {
				givenUp.Store(&err)
				continue
			}
			if b.long {
				l.number = b.first
				l.warn("%v", archive.ErrLongLine)
			}
			if r.keep || cap(b.text) > reusedBlockSize {
				continue
			}
			select {
			case free <- b:
			default:
			}
		}
	})
	var err error
	number := 1
	left := l.archive.Size()
	if left == 0 {
		left = math.MaxInt64 - 1 // nobody knows
	}
	for {
		if failed := givenUp.Load(); failed != nil {
			err = *failed
			break
		}
		b := r.block(free, left)
		b.first = number
		b.text, err = l.archive.Lines(b.text)
		left = max(left-int64(len(b.text)), 0)
		b.long = err == archive.ErrLongLine
		if err != nil && !b.long {
			break
		}
		if r.keep {
			b.text = exact(b.text)
		}
		b.count = bytes.Count(b.text, newline)
		if b.long || b.text[len(b.text)-1] != '\n' {
			b.count++
		}
		number += b.count
		if !b.long && r.atOnce != nil && r.atOnce(b) {
			b.done <- struct{}{}
		} else {
			work <- b
		}
		order <- b
	}
	close(work)
	close(order)
	workers.Wait()
	merger.Wait()
	if failed := givenUp.Load(); failed != nil {
		return *failed // at the line that was entered last
	}
	if l.number = number; err == io.EOF {
		return nil
	}
	return err
}

var newline = []byte{'\n'}

// block returns an empty block for what is left of a file.
func (r *blockReading[L]) block(free chan *block[L], left int64) *block[L] {
	select {
	case b := <-free:
		b.text, b.lines = b.text[:0], b.lines[:0]
		return b
	default:
	}
	size := int64(reusedBlockSize)
	if r.keep {
		size = blockSize
	}
	size = min(size, left+1) // one byte more than there is: reading sees the end
	return &block[L]{text: make([]byte, 0, size), done: make(chan struct{}, 1)}
}

// enterAll enters the lines of a block.
func (r *blockReading[L]) enterAll(b *block[L]) error {
	for i := range b.lines {
		if err := r.enter(b, &b.lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// each yields the lines of the block that are not empty, and their numbers.
func (b *block[L]) each() iter.Seq2[int, []byte] { return textLines(b.text, b.first) }

// A plainLine is a line of a file that is read by itself. There are many of them:
// they have no pointers, so that the garbage collector passes them over.
type plainLine[T any] struct {
	value   T
	number  uint32 // of lines before it in the block
	problem uint32 // why it can't be read: index in problems of the block, counted from 1
}

// readLines reads the lines of the file that the archive is at: parse may be called
// on several goroutines, and add in the order of the lines. What they return
// concerns that line only.
func readLines[T any](l *loader, parse func([]byte) (T, error), add func(T) error) error {
	if l.archive.Size() <= blockSize {
		return l.lines(func(text []byte) error {
			v, err := parse(text)
			if err == nil {
				err = add(v)
			}
			return err
		})
	}
	var bad badLines
	maxLine := l.archive.MaxLine()
	read := func(b *block[plainLine[T]]) {
		b.lines = slices.Grow(b.lines, b.count)
		b.problems = b.problems[:0]
		for number, text := range b.each() {
			line := plainLine[T]{number: uint32(number - b.first)}
			err := archive.ErrLongLine
			if len(text) <= maxLine {
				line.value, err = parse(text)
			}
			if err != nil {
				b.problems = append(b.problems, err)
				line.problem = uint32(len(b.problems))
			}
			b.lines = append(b.lines, line)
		}
	}
	return readBlocks(l, blockReading[plainLine[T]]{
		worker: func() func(*block[plainLine[T]]) { return read },
		enter: func(b *block[plainLine[T]], line *plainLine[T]) (err error) {
			l.number = b.first + int(line.number)
			if line.problem > 0 {
				err = b.problems[line.problem-1]
			} else {
				err = add(line.value)
			}
			if err != nil {
				l.warn("%v", err)
			}
			return bad.count(err != nil && err != archive.ErrLongLine)
		},
	})
}
