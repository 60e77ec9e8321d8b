package imap

import (
	"iter"

	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Requests are the commands of a client, or the data that a server asked for
// with a continuation request.
type Requests struct {
	metadata bool
	all      wire.Cursor
	first    Request // a failed command where the data is no command
}

// Parse implements proto.Message. The first command decides; data that was
// asked for must be all there is.
func (m *Requests) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.all = c
	m.first = Request{}
	one := readRequest(&c)
	if one.Failed() {
		return false
	}
	if m.first.parse(one) {
		return m.first.valid
	}
	one.Line()
	return one.Ok() && !one.More() && !c.More()
}

// A Request is a command (RFC 3501, section 6).
type Request struct {
	Tag       wire.Cursor
	Command   wire.Cursor // name, in the case in which it came
	Arguments wire.Cursor // with the end of the line

	valid bool
	login login
}

// shortestRequest is the length of the shortest command, an experimental one.
const shortestRequest = len("a x\r\n")

// parse parses a command. ok says that it is one, of which only LOGIN is not valid
// where its arguments are not.
func (r *Request) parse(c wire.Cursor) (ok bool) {
	r.valid = false
	r.Tag = upToSpace(&c)
	c.Accept(" ")
	r.Command = readAtom(&c)
	if !r.Tag.More() || !isCommand(r.Command) {
		*r = Request{}
		return false
	}
	if c.HasPrefix(" ") {
		c.Skip(1)
	}
	r.Arguments = c
	r.valid = true
	if r.isLogin() {
		r.login, r.valid = parseLogin(c)
	} else {
		r.login = login{}
	}
	return true
}

// All yields the commands.
func (m *Requests) All() iter.Seq[Request] {
	return func(yield func(Request) bool) {
		if !m.first.valid {
			return
		}
		for c := m.all; c.More(); {
			one := readRequest(&c)
			if len(one) < shortestRequest {
				continue
			}
			var r Request
			if r.parse(one); r.valid && !yield(r) {
				return
			}
		}
	}
}

// Continuation returns the line that a client sends on a server's request for
// more data (RFC 3501, section 7.5). ok is false where the data is commands.
func (m *Requests) Continuation() (data wire.Cursor, ok bool) {
	c := m.all
	return c.Line(), !m.first.valid
}

// Login returns the arguments of LOGIN (RFC 3501, section 6.2.3), quoted
// strings with their quotes. An argument is nil where it comes later, or where
// the command is another one.
func (r *Request) Login() (user, password wire.Cursor) {
	return r.login.username.value(), r.login.password.value()
}

// isCommand reports whether s is the name of a command (RFC 3501, section 6),
// or begins like that of an experimental one.
func isCommand(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	if s[0]|0x20 == 'x' {
		return true
	}
	var buf [maxWord]byte
	switch string(wire.Lower(buf[:], s)) {
	case "capability", "logout", "noop",
		"login", "authenticate", "starttls",
		"append", "create", "delete", "examine", "list", "lsub",
		"rename", "select", "status", "subscribe", "unsubscribe",
		"check", "close", "expunge", "copy", "fetch", "store", "uid", "search":
		return true
	}
	return false
}

func (r *Request) isLogin() bool        { return wire.EqualFold(r.Command, "login") }
func (r *Request) isAuthenticate() bool { return wire.EqualFold(r.Command, "authenticate") }

// An argument is an atom, a quoted string or a literal.
type argument struct {
	text      wire.Cursor // failed where it is a literal
	isLiteral bool
	literal   literal
}

// readArgument reads an argument; c fails where there is none.
func readArgument(c *wire.Cursor) (a argument) {
	switch first, _ := c.Peek(); first {
	case '{':
		a.isLiteral = true
		a.literal = readLiteral(c)
	case '"':
		a.text = readQuoted(c)
	default:
		a.text = readToken(c)
	}
	return a
}

func (a *argument) value() wire.Cursor {
	if a.isLiteral {
		return a.literal.data
	}
	return a.text
}

// write writes the argument. text writes a member, unless it is empty.
func (a *argument) write(w *record.Writer, key string, text func(w *record.Writer, key string, s []byte)) {
	if !a.isLiteral {
		text(w, key, a.text)
		return
	}
	w.Key(key).Object()
	// Quirk Q61: a signed number of 32 bits, widened as such.
	w.Key("size").Uint(uint64(int32(a.literal.size)))
	w.Key("synchronizing").Bool(a.literal.synchronizing)
	text(w, "data", a.literal.data)
	w.EndObject()
}

// login are the arguments of LOGIN (RFC 3501, section 6.2.3).
type login struct {
	username, password argument
	hasPassword        bool
}

// parseLogin parses the arguments of LOGIN. A user name that is to come later
// ends them; otherwise there must be a password.
func parseLogin(c wire.Cursor) (l login, ok bool) {
	l.username = readArgument(&c)
	hasSpace := c.HasPrefix(" ")
	if hasSpace {
		c.Skip(1)
	}
	behind := c
	if l.password = readArgument(&behind); behind.Ok() {
		l.hasPassword = true
		c = behind
	}
	c.Accept("\r\n")
	if c.Failed() || c.More() {
		return l, false
	}
	if l.username.isLiteral && l.username.literal.synchronizing {
		return l, !hasSpace && !l.hasPassword
	}
	return l, hasSpace && l.hasPassword
}

// Exposure implements proto.Exposer. Only the first command counts.
func (m *Requests) Exposure() proto.Exposure {
	switch {
	case m.first.isLogin():
		return proto.ExposedPassword
	case m.first.isAuthenticate():
		c := m.first.Arguments
		return exposure(readToken(&c))
	}
	return proto.NotExposed
}

// exposure says what an authentication mechanism shows (IANA, Simple
// Authentication and Security Layer Mechanisms).
func exposure(mechanism []byte) proto.Exposure {
	var buf [maxWord]byte
	switch string(wire.Lower(buf[:], mechanism)) {
	case "plain", "login":
		return proto.ExposedPassword
	case "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256", "ntlm":
		return proto.ExposedDerived
	case "oauth", "oauthbearer", "xoauth2", "gssapi":
		return proto.ExposedToken
	}
	return proto.NotExposed
}

// WriteRecord implements proto.Message.
func (m *Requests) WriteRecord(w *record.Writer) {
	w.Key("imap").Object()
	w.Key("requests").Array()
	if data, ok := m.Continuation(); ok {
		w.Elem().Object()
		writeContinuation(w, data)
		w.EndObject()
	}
	start := w.Len()
	for r := range m.All() {
		if w.Full(start) {
			break
		}
		w.Elem().Object()
		r.writeRecord(w, m.metadata)
		w.EndObject()
	}
	w.EndArray()
	w.EndObject()
}

func (r *Request) writeRecord(w *record.Writer, metadata bool) {
	w.Key("is_tagged").Bool(true)
	w.Key("tag").Text(r.Tag)
	w.Key("command").Text(r.Command)
	switch {
	case r.isLogin():
		r.login.username.write(w, "username", (*record.Writer).OptionalText)
		if r.login.hasPassword {
			r.login.password.write(w, "password", secret)
		}
	case r.isAuthenticate():
		mechanism := r.Arguments
		mechanism.Truncate(len(mechanism) - len("\r\n"))
		writeMechanism(w, mechanism)
	default:
		w.Key("args_length").Uint(uint64(len(r.Arguments)))
		if metadata {
			w.Key("arguments").Text(r.Arguments)
		}
	}
}

// writeContinuation writes data that a server asked for (RFC 3501, section
// 7.5).
func writeContinuation(w *record.Writer, data wire.Cursor) {
	w.Key("is_tagged").Bool(false)
	w.Key("type").Str("continuation")
	if string(data) == "*" {
		w.Key("action").Str("cancel")
		return
	}
	secret(w, "data", data) // the answer to AUTHENTICATE, or a message
}

// writeMechanism writes the mechanism of AUTHENTICATE, and what the client
// sends with it at once (RFC 4959), which is a secret.
func writeMechanism(w *record.Writer, c wire.Cursor) {
	if !c.More() {
		return
	}
	w.Key("auth_type")
	t := w.OpenText()
	t.Text(c.Until(' '))
	t.Text(c.UpTo(1))
	t.Secret(c)
	t.Close()
}
