package pcap

import (
	"errors"
	"io"
	"strconv"
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
	s := e.Name + ": "
	if e.Offset >= 0 {
		s += "offset " + strconv.FormatInt(e.Offset, 10)
		if e.compressed {
			s += " (uncompressed)"
		}
		s += ": "
	}
	return s + e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail records what ends the capture. The first failure stands.
func (r *Reader) fail(offset int64, reason string, cause error) {
	if r.err == nil {
		r.err = &Error{Name: r.name, Offset: offset, Reason: reason, Err: cause, compressed: r.packed != nil}
	}
}

// failCut records that a record at offset ends early.
func (r *Reader) failCut(offset int64, what string, needs, has int64) {
	r.fail(offset, what+" cut off (needs "+strconv.FormatInt(needs, 10)+" bytes, has "+strconv.FormatInt(has, 10)+")",
		io.ErrUnexpectedEOF)
}

// failRead records that the source failed, at an offset.
func (r *Reader) failRead(offset int64, cause error) {
	reason := cause.Error()
	switch {
	case r.packed == nil || !r.packed.format.compressed():
	case cause == io.ErrUnexpectedEOF:
		reason = r.packed.format.String() + " data cut off"
	default:
		name := r.packed.format.String()
		reason = name + " data: " + strings.TrimPrefix(reason, name+": ")
	}
	r.fail(offset, reason, cause)
}

// failFormat records that the source is no capture.
func (r *Reader) failFormat(why string) {
	r.fail(-1, ErrNotCapture.Error()+why, ErrNotCapture)
}
