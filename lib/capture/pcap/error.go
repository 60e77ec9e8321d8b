package pcap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// ErrNotCapture is wrapped by the error for input that is no capture file.
var ErrNotCapture = errors.New("not a capture file")

// An Error says what is wrong with a capture, and where.
type Error struct {
	Name   string // of the capture, as given to Open
	Offset int64  // of the record that is wrong, in bytes; -1 where none is
	Reason string
	Err    error // what caused it, or nil; io.ErrUnexpectedEOF where the capture is cut off

	compressed bool // Offset counts uncompressed bytes
}

// Error returns one line: name, offset and reason.
func (e *Error) Error() string {
	if e.Offset < 0 {
		return e.Name + ": " + e.Reason
	}
	of := ""
	if e.compressed {
		of = " (uncompressed)"
	}
	return fmt.Sprintf("%s: offset %d%s: %s", e.Name, e.Offset, of, e.Reason)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail records what ends the capture. The first failure stands.
func (r *Reader) fail(offset int64, cause error, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Name: r.name, Offset: offset, Reason: fmt.Sprintf(format, args...), Err: cause, compressed: r.packed != nil}
	}
}

// failCut records that a record at offset ends early.
func (r *Reader) failCut(offset int64, what string, needs, has int64) {
	r.fail(offset, io.ErrUnexpectedEOF, "%s cut off (needs %d bytes, has %d)", what, needs, has)
}

// failRead records that the source failed, at an offset.
func (r *Reader) failRead(offset int64, cause error) {
	reason := cause.Error()
	var access *fs.PathError
	if errors.As(cause, &access) { // which says the name once more
		reason = access.Op + ": " + access.Err.Error()
	}
	switch {
	case r.packed == nil || !r.packed.format.compressed():
	case cause == io.ErrUnexpectedEOF:
		reason = r.packed.format.String() + " data cut off"
	default:
		name := r.packed.format.String()
		reason = name + " data: " + strings.TrimPrefix(reason, name+": ")
	}
	r.fail(offset, cause, "%s", reason)
}

// failFormat records that the source is no capture.
func (r *Reader) failFormat(why string) {
	r.fail(-1, ErrNotCapture, "%v%s", ErrNotCapture, why)
}
