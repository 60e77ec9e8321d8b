package smtp

import (
	"bytes"
	"math"

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
	case data.HasPrefix("250-"), f.SrcPort == port, f.SrcPort == submissionPort:
		f.Reply(data)
	case proto.HasWord(data, commandWords):
		if f.Line(data); f.Status != proto.FrameComplete {
			return
		}
		switch {
		case hasVerb(f.Data, "DATA"):
			f.Dot = true
		case hasVerb(f.Data, "BDAT"): // RFC 3030, section 2
			c := f.Data[len("BDAT"):]
			c.SkipUpTo(1)
			if n := c.Decimal(math.MaxInt32); c.Ok() {
				f.Length += int(n)
			}
		}
	}
}

// hasVerb reports whether the first word of a line is a verb.
func hasVerb(line wire.Cursor, verb string) bool {
	word, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	return string(word) == verb
}
