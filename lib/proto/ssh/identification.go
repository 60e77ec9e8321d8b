package ssh

import (
	"unicode/utf8"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// maxSoftware is how many bytes the names of protocol, software and comments
// may have to count as a client's name.
const maxSoftware = 512

// An Identification is an identification string (RFC 4253, section 4.2), and
// the KEXINIT that may come right behind it.
type Identification struct {
	metadata bool
	from     proto.Direction
	server   bool
	start    start
	software [maxSoftware]byte // scratch
}

// start is what a peer's data begins with.
type start struct {
	protocol wire.Cursor // versions of protocol and software
	comment  wire.Cursor // failed where there is none
	packet   packet
	kex      KEXInit
}

func (s *start) parse(c wire.Cursor) {
	*s = start{}
	s.protocol = c.While(func(b byte) bool { return b != '\n' && b != ' ' })
	if end, _ := c.Peek(); end != '\n' {
		c.SkipUpTo(1)
		s.comment = c.Word('\n')
	}
	c.SkipUpTo(1)
	if !c.More() {
		return
	}
	s.packet = parsePacket(c)
	if s.packet.payload.More() {
		s.kex.parse(&s.packet)
	}
}

// missing is how many bytes more are needed to have the KEXINIT.
func (s *start) missing() uint32 {
	if s.kex.Present() {
		return s.packet.missing
	}
	return proto.Unknown
}

// Parse implements proto.Message.
func (m *Identification) Parse(c wire.Cursor, p *proto.Packet) bool {
	direction := p.Direction()
	if m.from&direction == 0 {
		p.Unclaimed = true
		return false
	}
	m.server = direction == proto.Server
	m.start.parse(c)
	if n := m.start.missing(); n != 0 {
		p.Missing, p.Indefinite = n, true
	}
	return m.start.protocol.More()
}

// MissingFrom implements proto.Incomplete.
func (m *Identification) MissingFrom(c wire.Cursor) uint32 {
	var s start
	s.parse(c)
	return s.missing()
}

// Protocol is the identification string up to its first space: "SSH-",
// protoversion, "-" and softwareversion (RFC 4253, section 4.2).
func (m *Identification) Protocol() wire.Cursor { return m.start.protocol }

// Comment is what follows the space, with the CR that ends it. It is nil where
// there is none.
func (m *Identification) Comment() wire.Cursor { return m.start.comment }

// KEXInit is the content of the KEXINIT behind the identification string.
func (m *Identification) KEXInit() *KEXInit { return &m.start.kex }

// FromServer reports whether the server sent the message, as far as the ports
// tell.
func (m *Identification) FromServer() bool { return m.server }

// Selector implements proto.Selected.
func (m *Identification) Selector() string { return selector(m.server) }

// Handshake implements proto.Negotiator, for a KEXINIT that follows.
func (m *Identification) Handshake(h *proto.Handshake) bool { return m.start.kex.handshake(h) }

// Fingerprint implements proto.Fingerprinter: that of the KEXINIT if there is
// one, or else the identification string.
func (m *Identification) Fingerprint(b *npf.Builder) {
	if m.start.kex.Present() {
		b.Begin(m.either(npf.SSH, npf.SSHServer), 0)
		m.start.kex.fingerprint(b)
		return
	}
	b.Begin(m.either(npf.SSHInit, npf.SSHInitServer), 0)
	b.Open()
	if m.start.comment.More() {
		b.Hex(m.start.protocol)
		b.Uint8(' ')
		b.Hex(withoutLast(m.start.comment))
	} else {
		b.Hex(withoutLast(m.start.protocol))
	}
	b.Close()
}

func (m *Identification) either(client, server npf.Type) npf.Type {
	if m.server {
		return server
	}
	return client
}

// withoutLast is s without its last byte, which is a CR where the line ends as
// it should.
//
// Quirk Q35: it need not be a CR.
func withoutLast(s wire.Cursor) wire.Cursor {
	s.Truncate(len(s) - 1)
	return s
}

// Context implements proto.Classifiable. The name of the software counts only where
// there are comments.
func (m *Identification) Context(c *proto.Context) bool {
	c.ServerName = nil
	c.UserAgent = nil
	s := &m.start
	// Quirk Q72: the software counts only with a comment.
	if s.comment.Ok() && len(s.protocol)+len(s.comment) <= maxSoftware {
		n := copy(m.software[:], s.protocol)
		n += copy(m.software[n:], s.comment)
		c.UserAgent = m.software[:n]
	}
	c.ServerNameShown = true
	c.UserAgentShown = m.shows(c.UserAgent)
	return s.kex.Present() && !m.server
}

// shows reports whether the record tells the name of the software: it is put
// together from the two parts there, and counts if it is short enough as text.
func (m *Identification) shows(name []byte) bool {
	s := &m.start
	if !m.metadata || s.comment.Failed() || record.TextLen(s.protocol)+record.TextLen(s.comment) > maxSoftware {
		return len(name) == 0
	}
	// A character of which each part has a piece is none in the record.
	split := len(s.protocol) > 0 && len(s.comment) > 0 && s.protocol[len(s.protocol)-1] >= utf8.RuneSelf && !utf8.RuneStart(s.comment[0])
	return len(name) > 0 && !split
}

// WriteRecord implements proto.Message.
func (m *Identification) WriteRecord(w *record.Writer) {
	if !m.metadata {
		return
	}
	w.Key("ssh").Object()
	w.Key("init").Object()
	// Quirk Q73: with the CR that ends the line.
	w.Key("protocol").Text(m.start.protocol)
	if m.start.comment.Ok() {
		w.Key("comment").Text(m.start.comment)
	}
	w.EndObject()
	if m.start.kex.Present() {
		m.start.kex.writeRecord(w)
	}
	w.EndObject()
}
