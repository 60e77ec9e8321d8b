package smtp

import (
	"bytes"
	"slices"

	"merctools/lib/record"
	"merctools/lib/wire"
)

// writeMasked does what writeRecord does, without what AUTH sends (RFC 4954,
// section 4): what follows the mechanism, and all further lines, which may be
// answers to the server. A line whose verb is none, and that looks like one
// by its first letters, may be such an answer as well.
func (m *Command) writeMasked(w *record.Writer) {
	w.Key("smtp").Object()
	w.Key("request").Object()
	w.Key("command")
	if isVerb(m.word) {
		w.Text(m.word)
	} else {
		w.SecretText(m.word)
	}
	c := m.lines
	if first := c.Line(); first.More() {
		w.Key("parameters").Array()
		w.Elem()
		isAuth := wire.EqualFold(m.word, auth)
		if isAuth {
			writeAuth(w, nil, first)
		} else {
			w.Text(first)
		}
		for c.More() {
			line := c.Line()
			switch {
			case !line.More():
			case isAuth:
				w.Elem().SecretText(line)
			case len(line) > len(auth) && wire.EqualFold(line[:len(auth)], auth):
				isAuth = true
				writeAuth(w.Elem(), line.UpTo(len(auth)+1), line)
			default:
				w.Elem().Text(line)
			}
		}
		w.EndArray()
	}
	w.EndObject()
	w.EndObject()
}

const auth = "auth"

// writeAuth writes the arguments of AUTH: the mechanism, and a secret.
func writeAuth(w *record.Writer, verb, arguments wire.Cursor) {
	t := w.OpenText()
	t.Text(verb)
	t.Text(arguments.Until(' '))
	t.Text(arguments.UpTo(1))
	t.Secret(arguments)
	t.Close()
}

// isVerb reports whether a word is the name of a command, in whatever case.
func isVerb(word []byte) bool {
	return wire.EqualFold(word, "starttls") ||
		slices.ContainsFunc(commandWords, func(v string) bool { return bytes.EqualFold(word, []byte(v)) })
}
