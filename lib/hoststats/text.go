package hoststats

import (
	"bytes"
	"unicode/utf8"

	"merctools/lib/record"
)

// Lengths in bytes up to which texts are taken: of those in packets, and of
// labels as they are written.
const (
	maxServerName = 256
	maxUserAgent  = 511
	maxObjectID   = 255
	maxLabel      = 4095
)

// clip returns what counts of a text: up to n bytes, and what is before a
// zero byte.
func clip(s []byte, n int) []byte {
	s = s[:min(len(s), n)]
	if i := bytes.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return s
}

// appendServerName appends a server name as it came, but for what JSON has to
// have escaped, and for bytes that are not UTF-8, which become U+FFFD.
func appendServerName(b, s []byte) []byte {
	s = clip(s, maxServerName)
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
		case c < 0x20 || c == '"' || c == '\\':
			b = record.AppendText(b, s[i:i+1])
			i++
		default:
			b = append(b, c)
			i++
		}
	}
	return b
}

// appendUserAgent appends the name of a host's software as records have it.
func appendUserAgent(b, s []byte) []byte {
	return record.AppendText(b, clip(s, maxUserAgent))
}

// appendSoftware appends the value of a STUN SOFTWARE attribute. What counts is
// its text in a record, with JSON's escapes, which are escaped once more. There
// is none where it is too long, or where not all of it is text.
func appendSoftware(b, s []byte) []byte {
	var space [len(`\u0000`) * maxUserAgent]byte
	if len(s) > maxUserAgent {
		return b
	}
	text := record.AppendText(space[:0], s)
	if len(text) > maxUserAgent {
		return b
	}
	for i := 0; i < len(text); {
		n := escapeLen(text[i:])
		if string(text[i:i+n]) == `\ufffd` {
			return b
		}
		i += n
	}
	// Quirk Q133: escaped once more.
	return record.AppendText(b, text)
}

// appendLabel appends the name of a host as records have names. What is too
// long is cut off, between characters.
func appendLabel(b, s []byte) []byte {
	start := len(b)
	b = record.AppendText(b, clip(s, maxLabel))
	if len(b)-start <= maxLabel {
		return b
	}
	end := start
	for {
		n := escapeLen(b[end:])
		if end+n > start+maxLabel {
			return b[:end]
		}
		end += n
	}
}

// escapeLen is the length of the escaped character that s begins with.
func escapeLen(s []byte) int {
	switch {
	case s[0] != '\\':
		return 1
	case s[1] != 'u':
		return 2
	}
	return len(`\u0000`)
}
