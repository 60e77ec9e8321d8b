package imap

import (
	"bytes"
	"math"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

const (
	port = 143

	// maxLiteral is the length in bytes up to which a literal is read. Longer
	// ones, which are mail, are passed over.
	maxLiteral = 1024

	// maxResponse is how many bytes of a response are put together. What
	// follows the line that reaches it is another one.
	maxResponse = 8 << 10

	// maxLine is the length up to which the end of a line is waited for.
	maxLine = 8 << 10
)

// frame finds a command of a client with its literals, or the lines of a
// server up to the one that completes a command or asks for more (RFC 3501,
// sections 4.3 and 7).
func frame(data wire.Cursor, f *proto.Frame) {
	switch uint16(port) {
	case f.DstPort:
		frameRequest(data, f)
	case f.SrcPort:
		frameResponse(data, f)
	}
}

// wholeLine returns where the line ends that begins at an offset. A frame waits for
// the rest of a line that isn't too long.
func wholeLine(data wire.Cursor, at int, f *proto.Frame) (end int, ok bool) {
	end = lineEnd(data, at)
	if end < 0 && len(data)-at < maxLine {
		f.More(data, len(data)+1)
	}
	return end, end >= 0
}

// frameRequest finds a command, or a line that a server asked for.
func frameRequest(data wire.Cursor, f *proto.Frame) {
	if f.Follows {
		if ends := data.While(isLineEnd); ends.More() { // behind a literal
			f.Skip(len(ends))
			return
		}
	}
	if !isText(data[0]) {
		return
	}
	for at := 0; ; {
		end, ok := wholeLine(data, at, f)
		if !ok {
			return
		}
		size, waits := literalSize(data[at:end])
		switch {
		case size < 0 || waits && size <= maxLiteral:
			f.Message(data, end)
			return
		case size > maxLiteral: // and what follows it in the command
			f.Message(data, end)
			f.Length = end + size
			return
		case end+size >= len(data):
			f.More(data, end+size+1)
			return
		}
		at = end + size
	}
}

// frameResponse finds lines of a server.
func frameResponse(data wire.Cursor, f *proto.Frame) {
	if !isText(data[0]) {
		return
	}
	for at := 0; ; {
		end, ok := wholeLine(data, at, f)
		if !ok {
			return
		}
		line := data[at:end]
		first := at == 0
		switch {
		case line.HasPrefix("* "), !first && line.HasPrefix(")"):
		case line.HasPrefix("+ ") && !first:
			f.Message(data, at)
			return
		case isLast(line) && (!first || isWhole(line)):
			f.Message(data, end)
			return
		case first: // the end of a line with a literal
			f.Skip(otherLines(data))
			return
		}
		size, _ := literalSize(line)
		switch {
		case size > maxLiteral:
			f.Message(data, end)
			f.Length = end + size
			return
		case size >= 0 && end+size >= len(data):
			f.More(data, end+size+1)
			return
		}
		// A greeting completes nothing.
		if end >= maxResponse || first && isGreeting(line) {
			f.Message(data, end)
			return
		}
		if at = end + max(size, 0); at >= len(data) {
			f.More(data, len(data)+1)
			return
		}
	}
}

// otherLines is the length of the lines that begin data and are no responses.
func otherLines(data wire.Cursor) int {
	for at := 0; ; {
		end := lineEnd(data, at)
		if end < 0 || !isText(data[at]) || data[at:].HasPrefix("* ") || isLast(data[at:end]) && isWhole(data[at:end]) {
			return at
		}
		if at = end; at == len(data) {
			return at
		}
	}
}

// isLast reports whether a line completes a command, or asks for more data.
func isLast(line wire.Cursor) bool { return line.HasPrefix("+ ") || isTagged(line) }

// isWhole reports whether a line ends as lines must.
func isWhole(line wire.Cursor) bool { return bytes.HasSuffix(line, []byte("\r\n")) }

func isText(b byte) bool { return b >= ' ' && b < 0x7f }

func isLineEnd(b byte) bool { return b == '\r' || b == '\n' }

// lineEnd is the offset behind the line that begins at an offset, or -1.
func lineEnd(data wire.Cursor, at int) int {
	i := bytes.IndexByte(data[at:], '\n')
	if i < 0 {
		return -1
	}
	return at + i + 1
}

// literalSize is the length of the literal that a line announces, which is -1
// where it announces none. waits says that its sender waits for the other side
// before it sends the literal.
func literalSize(line wire.Cursor) (size int, waits bool) {
	line = bytes.TrimRight(line, "\r\n")
	i := bytes.LastIndexByte(line, '{')
	if i < 0 || line[len(line)-1] != '}' {
		return -1, false
	}
	c := line[i+1:]
	n := c.Decimal(math.MaxInt32)
	waits = !c.HasPrefix("+")
	if !waits {
		c.Skip(1)
	}
	if c.Failed() || string(c) != "}" {
		return -1, false
	}
	return int(n), waits
}

// isTagged reports whether a line completes a command.
func isTagged(line wire.Cursor) bool {
	if len(line) < len("a ok") {
		return false
	}
	r, ok := parseResponse(line)
	return ok && !r.isUntagged()
}

// isGreeting reports whether a line can be a server's first: OK, PREAUTH or BYE
// (RFC 3501, section 7.1).
func isGreeting(line wire.Cursor) bool {
	r, ok := parseResponse(line)
	return ok && (wire.EqualFold(r.Status, "ok") || wire.EqualFold(r.Status, "preauth") || wire.EqualFold(r.Status, "bye"))
}
