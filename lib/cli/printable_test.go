package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, ümläut 日本 'x'": "plain text, ümläut 日本 'x'",
		"\x1b[2Jx":                  `\x1b[2Jx`,
		"a\nb\tc\r":                 `a\nb\tc\r`,
		"\x00\x7f\u009b":            `\x00\x7f\u009b`,
		"\xff\xfe":                  `\xff\xfe`,
		"abc\u202edef":              `abc\u202edef`,
		"":                          "",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// A message stays one line, whatever is in it.
func TestNotice(t *testing.T) {
	var b bytes.Buffer
	e := Env{Name: "x", Stderr: &b}
	e.Notice("a file \x1b]0;title\a of\nthe name")
	if got := b.String(); got != "x: a file \\x1b]0;title\\a of\\nthe name\n" || strings.ContainsRune(got, 0x1b) {
		t.Errorf("%q", got)
	}
}
