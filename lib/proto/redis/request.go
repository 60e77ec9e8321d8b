package redis

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A Request is a command: an array of bulk strings, or a line (Redis
// serialization protocol specification).
type Request struct {
	Command            wire.Cursor // name, in the case in which it came
	Username, Password wire.Cursor // arguments of AUTH; nil where there are none
}

// Parse implements proto.Message.
func (m *Request) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Command, m.Username, m.Password = nil, nil, nil
	if c.HasPrefix("*") {
		return m.parseArray(c)
	}
	return m.parseLine(c)
}

// parseArray reads a command in the form that clients send. Only the
// arguments of AUTH are looked at.
func (m *Request) parseArray(c wire.Cursor) bool {
	c.Accept("*")
	n := integer(&c)
	c.Accept("\r\n")
	if c.Failed() || n <= 0 {
		return false
	}
	command, ok := parseBulkString(&c)
	m.Command = command.data
	if !ok || !isAlphanumeric(m.Command) {
		return false
	}
	if !m.isAuth() {
		return true
	}
	switch n {
	case 3:
		username, ok := parseBulkString(&c)
		if !ok {
			return false
		}
		m.Username = username.data
		fallthrough
	case 2:
		password, ok := parseBulkString(&c)
		if !ok {
			return false
		}
		m.Password = password.data
	}
	return true
}

// parseLine reads a command as a person types it. One with arguments is not
// told from any other text, but for AUTH.
func (m *Request) parseLine(c wire.Cursor) bool {
	m.Command = argument(&c)
	if !m.Command.More() || !isAlphanumeric(m.Command) {
		return false
	}
	if m.isAuth() && c.HasPrefix(" ") {
		c.Skip(1)
		m.Password = argument(&c)
		if c.HasPrefix(" ") {
			c.Skip(1)
			m.Username = m.Password
			m.Password = c.Until('\r')
		}
	}
	c.Accept("\r\n")
	return c.Ok()
}

// argument reads up to the next space or CR, or to the end.
func argument(c *wire.Cursor) wire.Cursor {
	return c.While(func(b byte) bool { return b != ' ' && b != '\r' })
}

func isAlphanumeric(s wire.Cursor) bool {
	s.While(wire.IsAlphanumeric)
	return !s.More()
}

func (m *Request) isAuth() bool { return wire.EqualFold(m.Command, "auth") }

// Exposure implements proto.Exposer.
func (m *Request) Exposure() proto.Exposure {
	if m.Password.More() {
		return proto.ExposedPassword
	}
	return proto.NotExposed
}

// WriteRecord implements proto.Message.
func (m *Request) WriteRecord(w *record.Writer) {
	w.Key("redis").Object()
	w.Key("request").Object()
	w.OptionalText("command", m.Command)
	if m.isAuth() {
		w.Key("auth").Object()
		w.OptionalText("username", m.Username)
		if m.Password.More() {
			w.Key("password").SecretText(m.Password)
		}
		w.EndObject()
	}
	w.EndObject()
	w.EndObject()
}
