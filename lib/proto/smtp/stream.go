package smtp

import (
	"slices"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// frame finds commands, several of which may be pipelined (RFC 2920), and the reply
// to EHLO.
func frame(data wire.Cursor, f *proto.Frame) {
	switch {
	case isReply(data):
		f.Reply(data)
	case isCommand(data):
		f.Line(data)
	}
}

// isReply reports whether data begins with the reply to EHLO.
func isReply(data wire.Cursor) bool { return data.HasPrefix("250-") }

// isCommand reports whether data begins with a command.
func isCommand(data wire.Cursor) bool {
	const wordLen = 4
	return len(data) >= wordLen && slices.Contains(commandWords, string(data[:wordLen]))
}
