package bus

import (
	"bytes"
	"io"
	"slices"
)

// blockSize is how much a LineReader reads at once, in bytes.
const blockSize = 512 << 10

// A LineReader reads blocks of whole lines.
type LineReader struct {
	in     io.Reader
	buf    []byte
	rest   int   // where in buf the part of a line begins that has no end yet
	offset int64 // in the input, of buf
	long   bool  // buf begins in a line of more than MaxLine bytes
	err    error

	// Long is called for each line of more than MaxLine bytes, which is left
	// out, with its offset.
	Long func(offset int64)
}

// NewLineReader returns a LineReader of what begins at an offset of an input.
func NewLineReader(in io.Reader, offset int64) *LineReader {
	return &LineReader{in: in, buf: make([]byte, 0, blockSize), offset: offset}
}

// Reset makes the reader begin anew, with what begins at an offset of an input.
func (r *LineReader) Reset(in io.Reader, offset int64) {
	*r = LineReader{in: in, buf: r.buf[:0], offset: offset, Long: r.Long}
}

// Next returns lines, as soon as there is a whole one, and the offset behind
// them. The last line of an input gets an end if it has none. The slice is valid
// until the next call. The error, which comes without lines, is io.EOF at the
// end.
func (r *LineReader) Next() (lines []byte, end int64, err error) {
	r.offset += int64(r.rest)
	r.buf = append(r.buf[:0], r.buf[r.rest:]...)
	r.rest = 0
	if cap(r.buf) > blockSize && len(r.buf) < blockSize {
		r.buf = append(make([]byte, 0, blockSize), r.buf...) // there was a long line
	}
	for fresh := 0; ; {
		if i := bytes.LastIndexByte(r.buf[fresh:], '\n') + 1; i > 0 {
			r.rest = fresh + i
			from := 0
			if r.long {
				from, r.long = bytes.IndexByte(r.buf, '\n')+1, false
			}
			if from < r.rest {
				return r.buf[from:r.rest], r.offset + int64(r.rest), nil
			}
			return r.Next()
		}
		if r.err != nil {
			if len(r.buf) == 0 || r.long {
				return nil, r.offset, r.err
			}
			r.rest = len(r.buf)
			end = r.offset + int64(r.rest)
			return append(r.buf, '\n'), end, nil
		}
		if len(r.buf) >= MaxLine && !r.long {
			r.long = true
			if r.Long != nil {
				r.Long(r.offset)
			}
		}
		if r.long {
			r.offset += int64(len(r.buf))
			r.buf = r.buf[:0]
		}
		fresh = len(r.buf)
		if len(r.buf) == cap(r.buf) {
			r.buf = slices.Grow(r.buf, len(r.buf))
		}
		var n int
		n, r.err = r.in.Read(r.buf[len(r.buf):min(cap(r.buf), MaxLine)])
		r.buf = r.buf[:len(r.buf)+n]
	}
}
