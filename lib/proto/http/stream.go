package http

import (
	"bytes"

	"merctools/lib/proto"
	"merctools/lib/wire"
)

const (
	maxHead = 48 << 10 // bytes of a head that are waited for
	maxSkip = 1 << 30  // bytes of content that are passed over
)

// frame finds a message (RFC 9112, section 6): its head, and as much of its
// content as is written.
// Further content is passed over.
func frame(data wire.Cursor, f *proto.Frame) {
	switch {
	case data[0] == '\r' || data[0] == '\n':
		frameLineEnd(data, f)
		return
	case !isStart(data):
		return
	}
	line := bytes.IndexByte(data, '\n')
	if line < 0 {
		if len(data) < maxHead {
			f.More(data, len(data)+1)
		}
		return
	}
	response := data.HasPrefix("HTTP")
	if !response && !isRequestLine(data[:line]) {
		return
	}
	head := headLen(data)
	if head < 0 {
		if len(data) < maxHead {
			f.More(data, len(data)+1)
		}
		return
	}
	body, chunked := contentLen(data[:head], data[head:], response)
	if response && startsOther(data[head:]) {
		body, chunked = 0, false // as in the answer to HEAD or CONNECT
	}
	if chunked && body < maxBody && !f.End {
		f.More(data, len(data)+1)
		return
	}
	if shown := head + min(body, maxBody); len(data) < shown && !f.End {
		f.More(data, shown)
		return
	}
	f.Message(data, min(head+body, len(data)))
	f.Length = head + body
}

// frameLineEnd passes over an empty line before a message (RFC 9112, section
// 2.2), and over chunks (section 7.1), which begin after the end of a line.
func frameLineEnd(data wire.Cursor, f *proto.Frame) {
	if data.HasPrefix("\r\n") {
		n, digits := chunkSize(data[2:])
		at := 2 + digits
		if at == len(data) && !f.End {
			f.More(data, len(data)+1)
			return
		}
		if f.Follows && at > 2 && at < len(data) && (data[at] == '\r' || data[at] == ';') {
			if end := bytes.IndexByte(data[at:], '\n'); end >= 0 && n <= maxSkip {
				at += end + 1
				if n == 0 {
					if n = trailerLen(data[at:]); n < 0 {
						f.More(data, len(data)+1)
						return
					}
				}
				f.Skip(at + n)
				return
			}
		}
	}
	n := 0
	for n < len(data) && (data[n] == '\r' || data[n] == '\n') {
		n++
	}
	switch {
	case n == len(data) && !f.Follows && !f.First:
	case n == len(data) && !f.End:
		f.More(data, n+1)
	case n == len(data), isStart(data[n:]):
		f.Skip(n)
	}
}

// chunkSize reads the size that a chunk begins with, of up to eight digits, which
// are hexadecimal (RFC 9112, section 7.1).
func chunkSize(data wire.Cursor) (size, digits int) {
	for digits < min(len(data), 8) {
		v := hexDigit(data[digits])
		if v < 0 {
			break
		}
		size = size<<4 | v
		digits++
	}
	return size, digits
}

func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}

// isStart reports whether data may be the beginning of a message.
func isStart(data wire.Cursor) bool {
	return data.HasPrefix("HTTP") || proto.HasWord(data, methodWords)
}

// startsOther reports whether what follows a head is another response, or a
// record of TLS.
func startsOther(c wire.Cursor) bool { return c.HasPrefix("HTTP/1.") || c.HasPrefix("\x16\x03") }

// isRequestLine reports whether a line ends in a version.
func isRequestLine(line []byte) bool {
	line = bytes.TrimRight(line, "\r ")
	i := bytes.LastIndexByte(line, ' ')
	return i > 0 && bytes.HasPrefix(line[i+1:], []byte("HTTP/"))
}

// headLen is the length of all up to the empty line and with it, -1 where it
// isn't there.
func headLen(data wire.Cursor) int {
	end := -1
	if i := bytes.Index(data, []byte("\n\n")); i >= 0 {
		end = i + len("\n\n")
		data = data[:end]
	}
	if i := bytes.Index(data, []byte("\n\r\n")); i >= 0 {
		end = i + len("\n\r\n")
	}
	return end
}

// contentLen is the length of the content behind a head (RFC 9112, section
// 6.3), of which rest is there. Of content in chunks it is that of the first
// ones: those that are there, or begin there; more says that others follow.
func contentLen(head, rest wire.Cursor, response bool) (n int, more bool) {
	if response {
		c := head
		c.Word(' ')
		c.SkipUpTo(1)
		code := statusCode(&c)
		if len(code) > 0 && code[0] == '1' || string(code) == "204" || string(code) == "304" {
			return 0, false
		}
	}
	length := -1
	var h header
	c := head
	upToLineEnd(&c)
	h.parse(c, true)
	r := h.fields()
	for s, ok := r.next(); ok; s, ok = r.next() {
		var buf [maxName]byte
		switch string(wire.Lower(buf[:], r.name(s))) {
		case "content-length":
			length = 0
			for _, b := range r.value(s) {
				if b < '0' || b > '9' || length > maxSkip {
					break
				}
				length = length*10 + int(b-'0')
			}
			length = min(length, maxSkip)
		case "transfer-encoding":
			if bytes.Contains(bytes.ToLower(r.value(s)), []byte("chunked")) {
				return chunksLen(rest)
			}
		}
	}
	switch {
	case length >= 0:
		return length, false
	case response:
		return maxSkip, false // up to the end of the connection
	}
	return 0, false
}

// trailerLen is the length of the fields behind the last chunk and of the empty
// line that ends them (RFC 9112, section 7.1.2), -1 where it isn't there.
func trailerLen(data wire.Cursor) int {
	switch {
	case data.HasPrefix("\r\n"):
		return 2
	case data.HasPrefix("\n"):
		return 1
	case len(data) > maxHead:
		return 0
	}
	return headLen(data)
}

// chunksLen is the length of the chunks that begin in data: up to the line's
// end that the next chunk's size comes behind, or to the end of the trailer. more
// says that others follow.
func chunksLen(data wire.Cursor) (length int, more bool) {
	at := 0
	for {
		n, digits := chunkSize(data[at:])
		i := at + digits
		end := bytes.IndexByte(data[i:], '\n')
		trailer := 0
		if end >= 0 && n == 0 {
			if trailer = trailerLen(data[i+end+1:]); trailer < 0 {
				end = -1
			}
		}
		if i == at && i < len(data) || n > maxSkip {
			return len(data), false
		}
		switch {
		case end >= 0:
		case at == 0:
			return len(data) + 1, true
		default:
			return at - 2, true // the line's end comes again, with the size
		}
		next := i + end + 1 + n
		if n == 0 {
			return next + trailer, false
		}
		if next+2 >= len(data) {
			return next, true
		}
		at = next + 2
	}
}
