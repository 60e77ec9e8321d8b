package imap

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Requests are the commands of a client, or the data that a server asked for
// with a continuation request.
type Requests struct {
	metadata bool
	all      wire.Cursor
	first    request // a failed command where the data is no command
}

// Parse implements proto.Message. The first command decides; data that was
// asked for must be all there is.
func (m *Requests) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.all = c
	m.first = request{}
	one := readRequest(&c)
	if one.Failed() {
		return false
	}
	var isRequest bool
	if m.first, isRequest = parseRequest(one); isRequest {
		return m.first.valid
	}
	one.Line()
	return one.Ok() && !one.More() && !c.More()
}

// A request is a command (RFC 3501, section 6).
type request struct {
	tag, command wire.Cursor
	arguments    wire.Cursor // with the end of the line
	valid        bool
	login        login
}

// parseRequest parses a command. ok says that it is one, of which only LOGIN
// is not valid where its arguments are not.
func parseRequest(c wire.Cursor) (r request, ok bool) {
	r.tag = upToSpace(&c)
	c.Accept(" ")
	r.command = readAtom(&c)
	if !r.tag.More() || !isCommand(r.command) {
		return request{}, false
	}
	if c.HasPrefix(" ") {
		c.Skip(1)
	}
	r.arguments = c
	r.valid = true
	if r.isLogin() {
		r.login, r.valid = parseLogin(c)
	}
	return r, true
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
	switch string(lower(&buf, s)) {
	case "capability", "logout", "noop",
		"login", "authenticate", "starttls",
		"append", "create", "delete", "examine", "list", "lsub",
		"rename", "select", "status", "subscribe", "unsubscribe",
		"check", "close", "expunge", "copy", "fetch", "store", "uid", "search":
		return true
	}
	return false
}

func (r *request) isLogin() bool        { return is(r.command, "login") }
func (r *request) isAuthenticate() bool { return is(r.command, "authenticate") }

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

func (a *argument) writeRecord(w *record.Writer, key string) {
	if a.isLiteral {
		a.literal.writeRecord(w, key)
		return
	}
	text(w, key, a.text)
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
		c := m.first.arguments
		return exposure(readToken(&c))
	}
	return proto.NotExposed
}

// exposure says what an authentication mechanism shows (IANA, Simple
// Authentication and Security Layer Mechanisms).
func exposure(mechanism []byte) proto.Exposure {
	var buf [maxWord]byte
	switch string(lower(&buf, mechanism)) {
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
	c := m.all
	if m.first.valid {
		for c.More() {
			if r, _ := parseRequest(readRequest(&c)); r.valid {
				w.Elem().Object()
				r.writeRecord(w, m.metadata)
				w.EndObject()
			}
		}
	} else {
		w.Elem().Object()
		writeContinuation(w, c.Line())
		w.EndObject()
	}
	w.EndArray()
	w.EndObject()
}

func (r *request) writeRecord(w *record.Writer, metadata bool) {
	w.Key("is_tagged").Bool(true)
	w.Key("tag").Text(r.tag)
	w.Key("command").Text(r.command)
	switch {
	case r.isLogin():
		r.login.username.writeRecord(w, "username")
		if r.login.hasPassword {
			r.login.password.writeRecord(w, "password")
		}
	case r.isAuthenticate():
		mechanism := r.arguments
		mechanism.Truncate(len(mechanism) - len("\r\n"))
		text(w, "auth_type", mechanism)
	default:
		w.Key("args_length").Uint(uint64(len(r.arguments)))
		if metadata {
			w.Key("arguments").Text(r.arguments)
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
	text(w, "data", data)
}
