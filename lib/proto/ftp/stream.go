package ftp

import (
	"merctools/lib/proto"
	"merctools/lib/wire"
)

// frame finds commands and replies, several of which may come in a segment.
func frame(data wire.Cursor, f *proto.Frame) {
	switch {
	case f.SrcPort == port:
		f.Reply(data)
	case proto.HasWord(data, commandWords):
		f.Line(data)
	}
}
