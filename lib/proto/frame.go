package proto

import (
	"bytes"
	"slices"

	"merctools/lib/wire"
)

// A Frame is what a protocol finds in the data of a TCP stream at a place
// where a message may begin, with Options.Deep.
type Frame struct {
	// SrcPort and DstPort are those of the stream.
	SrcPort, DstPort uint16
	// End says that no more data will come. A protocol must not ask for more
	// then: it gives what is there of the message, with Truncated set.
	End bool
	// Follows says that the last message before the data was one of the
	// protocol.
	Follows bool
	// Behind says that data of no known protocol comes before: what looks like
	// a message may be inside of another protocol, and cut by its headers.
	Behind bool
	// First says that the data begins the stream.
	First bool
	// FromServer says that the stream is that of the side that was connected
	// to, by its SYN, or by the lower port where no SYN was seen.
	FromServer bool

	// Status says what was found. The zero value says that the data is not
	// the protocol's.
	Status FrameStatus
	// Length is how many bytes of the stream the message takes, or how many
	// are to be passed over. It may go beyond the data.
	Length int
	// Need is how many bytes the data must have before another look is worth
	// it; more than there are.
	Need int
	// Data is the message in the form that its Parse method reads: a view of
	// the stream, or of Buf.
	Data wire.Cursor
	// Kind is the number of the message's kind among the protocol's Messages,
	// from 1 on; 0 where the rules of detection are to tell.
	Kind int
	// Truncated says that parts of the message are missing.
	Truncated bool

	// Dot says that text follows the message, up to a line with nothing but a
	// dot, which is to be passed over.
	Dot bool

	// Buf is memory for messages that don't come in one piece. It is used
	// again for the next message.
	Buf []byte
}

// A FrameStatus says what a Frame found.
type FrameStatus uint8

// What there is at the beginning of the data.
const (
	NotFramed     FrameStatus = iota // nothing that the protocol knows
	FrameMore                        // a message, or the beginning of one: wait for Need bytes
	FrameSkip                        // something to pass over
	FrameComplete                    // a message
)

// A Framer finds the messages of a protocol in the data of a stream.
type Framer struct {
	// Frame looks at data, which is not empty, and sets Status and what
	// belongs to it. Status is NotFramed before the call.
	Frame func(data wire.Cursor, f *Frame)
	// Find returns the offset, from 1 on, at which a message of the protocol
	// begins behind data of another protocol, or may begin where only more
	// data tells; the length of data where there is none. It may be nil.
	Find func(data wire.Cursor) int
}

// Message sets the frame to the first n bytes of data.
func (f *Frame) Message(data wire.Cursor, n int) {
	f.Status, f.Length, f.Truncated = FrameComplete, n, n > len(data)
	f.Data = data.UpTo(n)
}

// More sets the frame to wait for n bytes of data. At the end of the stream
// the message is what is there.
func (f *Frame) More(data wire.Cursor, n int) {
	if f.End {
		f.Message(data, len(data))
		f.Truncated = true
		return
	}
	f.Status, f.Need = FrameMore, n
}

// Wait sets the frame to wait for n bytes of data. At the end of the stream
// there is no message.
func (f *Frame) Wait(n int) {
	if !f.End {
		f.Status, f.Need = FrameMore, n
	}
}

// On reports whether the stream is to or from a port.
func (f *Frame) On(port uint16) bool { return f.SrcPort == port || f.DstPort == port }

// Prefixed sets the frame to a message whose length, n bytes, stands in front of
// it. Of a long one, the rest is passed over when its beginning is there.
func (f *Frame) Prefixed(data wire.Cursor, n int) {
	const enough = 8 << 10
	if least := min(n, enough); len(data) < least {
		f.More(data, least)
		return
	}
	f.Message(data, n)
}

// Skip passes over n bytes.
func (f *Frame) Skip(n int) { f.Status, f.Length = FrameSkip, n }

// HasWord reports whether data begins with one of the words, which have four bytes,
// of which the first three are capitals. It is quick, for data that is anything.
func HasWord(data wire.Cursor, words []string) bool {
	const wordLen = 4
	return len(data) >= wordLen && isCapital(data[0]) && isCapital(data[1]) && isCapital(data[2]) &&
		slices.Contains(words, string(data[:wordLen]))
}

func isCapital(b byte) bool { return b-'A' < 26 }

// maxLine is the length up to which the end of a line is waited for, in
// bytes.
const maxLine = 4096

// Line sets the frame to the first line of data.
func (f *Frame) Line(data wire.Cursor) {
	i := bytes.IndexByte(data, '\n')
	switch {
	case i >= 0:
		f.Message(data, i+1)
	case len(data) < maxLine:
		f.More(data, len(data)+1)
	}
}

// Reply sets the frame to the first reply in data, where one begins it: lines
// that begin with a code of three digits, the last of them with a space
// behind it (RFC 5321, section 4.2.1; RFC 959, section 4.2).
func (f *Frame) Reply(data wire.Cursor) {
	const codeLen = 3
	for i := range min(len(data), codeLen) {
		if data[i] < '0' || data[i] > '9' {
			return
		}
	}
	if len(data) > codeLen && data[codeLen] != ' ' && data[codeLen] != '-' {
		return
	}
	for c, at := data, 0; ; {
		i := bytes.IndexByte(c, '\n')
		if i < 0 {
			if len(data) < maxLine {
				f.More(data, len(data)+1)
			}
			return
		}
		at += i + 1
		if i > codeLen && c[codeLen] == ' ' && bytes.Equal(c[:codeLen], data[:codeLen]) {
			f.Message(data, at)
			return
		}
		c = c[i+1:]
	}
}
