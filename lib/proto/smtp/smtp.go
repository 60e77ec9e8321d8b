// Package smtp reads commands and replies of the Simple Mail Transfer
// Protocol.
package smtp

import (
	"iter"

	"merctools/lib/internal/detect"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes SMTP.
var Protocol = &proto.Protocol{
	Name: "SMTP",
	Doc:  "Simple Mail Transfer Protocol: commands, and the reply that lists a server's extensions",
	Spec: "RFC 5321",
	Selectors: map[string]string{
		"smtp": "SMTP commands, and the reply that lists a server's extensions",
	},
	Messages: []proto.Kind{{
		Name:   "command",
		FDC:    "smtp",
		Select: []string{"smtp"},
		Match:  []detect.Rule{{Layer: detect.TCP, HomePort: port, Words: commandWords}},
		New:    func(*proto.Options) proto.Message { return new(Command) },
	}, {
		Name:         "reply to EHLO",
		FDC:          "smtp",
		Select:       []string{"smtp"},
		Match:        []detect.Rule{{Layer: detect.TCP, Mask: "\xff\xff\xff\xff\x00\x00\x00\x00", Value: "250-\x00\x00\x00\x00"}},
		Fingerprints: []npf.Type{npf.SMTPServer},
		New:          func(*proto.Options) proto.Message { return new(Reply) },
	}},
	Framer: &proto.Framer{Frame: frame},
	Fields: []proto.Field{proto.O("smtp", "an SMTP command or reply",
		proto.O("request", "a command",
			proto.F("command", proto.Text, "its verb"),
			proto.L("parameters", proto.Text, "what follows the verb, and further lines").Hidden()),
		proto.O("response", "a reply",
			proto.F("command", proto.Text, "the reply code").To(proto.Number).Renamed("status_code"),
			proto.L("parameters", proto.Text, "the lines, the later ones with their codes")),
	)},
}

// commandWords are the first four bytes of commands.
var commandWords = []string{
	"ATRN", "AUTH", "BDAT", "DATA", "EHLO", "ETRN", "EXPN", "HELO", "HELP", "MAIL",
	"NOOP", "QUIT", "RCPT", "STAR", "VRFY",
}

// message is a first word and lines.
type message struct {
	word  wire.Cursor
	lines wire.Cursor // what is behind the word and a space
}

// parse reports whether what is behind the first word is whole lines.
func (m *message) parse(c wire.Cursor) bool {
	m.word = alphanumeric(&c)
	if c.HasPrefix(" ") {
		c.Skip(1)
	}
	m.lines = c
	for c.More() {
		c.Line()
	}
	return c.Ok()
}

// all yields the lines, without their ends.
func (m *message) all() iter.Seq[wire.Cursor] {
	return func(yield func(wire.Cursor) bool) {
		for c := m.lines; c.More(); {
			if !yield(c.Line()) {
				return
			}
		}
	}
}

// alphanumeric reads letters and digits, at least one.
func alphanumeric(c *wire.Cursor) wire.Cursor {
	s := c.While(wire.IsAlphanumeric)
	if !s.More() {
		c.Fail()
	}
	return s
}

func (m *message) writeRecord(w *record.Writer, kind string) {
	w.Key("smtp").Object()
	w.Key(kind).Object()
	w.Key("command").Text(m.word)
	c := m.lines
	if first := c.Line(); first.More() {
		w.Key("parameters").Array()
		w.Elem().Text(first)
		for c.More() {
			// Quirk Q60: the code stays.
			if line := c.Line(); line.More() {
				w.Elem().Text(line)
			}
		}
		w.EndArray()
	}
	w.EndObject()
	w.EndObject()
}

// A Command is a client's command (RFC 5321, section 4.1).
type Command struct{ message }

// Verb is the name of the command, in the case in which it came.
func (m *Command) Verb() wire.Cursor { return m.word }

// Lines yields what follows the verb, and further lines.
func (m *Command) Lines() iter.Seq[wire.Cursor] { return m.all() }

// Parse implements proto.Message.
func (m *Command) Parse(c wire.Cursor, _ *proto.Packet) bool { return m.parse(c) }

// WriteRecord implements proto.Message.
func (m *Command) WriteRecord(w *record.Writer) {
	if w.Masks() {
		m.writeMasked(w)
		return
	}
	m.writeRecord(w, "request")
}

// A Reply is a server's reply of several lines (RFC 5321, section 4.2.1).
type Reply struct{ message }

// Code is the reply code, "250".
func (m *Reply) Code() wire.Cursor { return m.word }

// Lines yields the lines: the first one from the hyphen behind its code on,
// the later ones with their codes.
func (m *Reply) Lines() iter.Seq[wire.Cursor] { return m.all() }

// Parse implements proto.Message.
func (m *Reply) Parse(c wire.Cursor, _ *proto.Packet) bool { return m.parse(c) }

// Fingerprint implements proto.Fingerprinter: the lines without those that
// hold a host name or a greeting.
func (m *Reply) Fingerprint(b *npf.Builder) {
	b.Begin(npf.SMTPServer, 0)
	for c := m.lines; c.More(); {
		if string(c) == "\r\n" {
			break
		}
		if line := c.Line(); !contains(line, ".") && !contains(line, "Hello") {
			b.String(line)
		}
	}
}

// contains reports whether s holds the word. The search goes through s once:
// a byte that ends a partial match does not begin another, so that "Hello" is
// not found in "HHello". Fingerprints depend on that.
//
// Quirk Q34: a search that can miss the word.
func contains(s []byte, word string) bool {
	matched := 0
	for _, b := range s {
		if b != word[matched] {
			matched = 0
			continue
		}
		if matched++; matched == len(word) {
			return true
		}
	}
	return false
}

// WriteRecord implements proto.Message.
func (m *Reply) WriteRecord(w *record.Writer) { m.writeRecord(w, "response") }
