package smtp

import (
	"bytes"
	"math"
	"slices"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// Ports of servers: for relaying, and for submission (RFC 6409).
const (
	port           = 25
	submissionPort = 587
)

// frame finds commands, several of which may be pipelined (RFC 2920), and
// replies. Mail is passed over.
func frame(data wire.Cursor, f *proto.Frame) {
	switch {
	case isReply(data), f.SrcPort == port, f.SrcPort == submissionPort:
		f.Reply(data)
	case isCommand(data):
		if f.Line(data); f.Status != proto.FrameComplete {
			return
		}
		switch {
		case is(f.Data, "DATA"):
			f.Dot = true
		case is(f.Data, "BDAT"): // RFC 3030, section 2
			c := f.Data[len("BDAT"):]
			c.SkipUpTo(1)
			if n := c.Decimal(math.MaxInt32); c.Ok() {
				f.Length += int(n)
			}
		}
	}
}

// is reports whether the first word of a line is a verb.
func is(line wire.Cursor, verb string) bool {
	word, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	return string(word) == verb
}

// isReply reports whether data begins with the reply to EHLO.
func isReply(data wire.Cursor) bool { return data.HasPrefix("250-") }

// isCommand reports whether data begins with a command.
func isCommand(data wire.Cursor) bool {
	const wordLen = 4
	return proto.MayBeWord(data) && slices.Contains(commandWords, string(data[:wordLen]))
}
