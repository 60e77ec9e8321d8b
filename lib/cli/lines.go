package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Lines hands each line of r, with its end, to do. Output that do wrote
// through w is flushed whenever r has no more to read at once. A last line
// without an end is handed on as it is.
//
// A line that is longer than maxLine bytes is an error that names its offset.
func Lines(r io.Reader, name string, w *bufio.Writer, do func(line []byte) error) error {
	in := bufio.NewReaderSize(r, lineBuffer)
	var long []byte
	var offset int64
	for {
		// What is left may be the begin of a line whose rest takes a while.
		if rest, _ := in.Peek(in.Buffered()); bytes.IndexByte(rest, '\n') < 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long = append(long, line...); len(long) > maxLine {
				return fmt.Errorf("%s: offset %d: a line of more than %d bytes", name, offset, maxLine)
			}
			continue
		}
		if len(long) > 0 {
			long = append(long, line...)
			line = long
		}
		if len(line) > 0 {
			if doErr := do(line); doErr != nil {
				return doErr
			}
		}
		offset += int64(len(line))
		long = long[:0]
		if err == io.EOF {
			return w.Flush()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("%s: offset %d: %w", name, offset, err), w.Flush())
		}
	}
}

const (
	lineBuffer = 256 << 10
	maxLine    = 16 << 20
)
