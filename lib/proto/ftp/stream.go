package ftp

import (
	"slices"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

// frame finds commands and replies, several of which may come in a segment.
func frame(data wire.Cursor, f *proto.Frame) {
	switch {
	case f.SrcPort == port:
		f.Reply(data)
	case isCommand(data):
		f.Line(data)
	}
}

// isCommand reports whether data begins with a command.
func isCommand(data wire.Cursor) bool {
	const wordLen = 4
	return proto.MayBeWord(data) && slices.Contains(commandWords, string(data[:wordLen]))
}
