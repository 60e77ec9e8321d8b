package dtls

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A ServerMessage is a ServerHello.
type ServerMessage struct {
	Hello tls.ServerHello

	metadata bool
}

func newServerMessage(o *proto.Options) proto.Message { return &ServerMessage{metadata: o.Metadata} }

// Parse implements proto.Message.
func (m *ServerMessage) Parse(c wire.Cursor, _ *proto.Packet) bool {
	var hs handshake
	hs.parse(c)
	return m.Hello.Parse(hs.body)
}

// Handshake implements proto.Negotiator.
func (m *ServerMessage) Handshake(h *proto.Handshake) bool {
	*h = m.Hello.Handshake(proto.DTLSChoice)
	return true
}

// ServerHello returns the hello message.
func (m *ServerMessage) ServerHello() *tls.ServerHello { return &m.Hello }

// Fingerprint implements proto.Fingerprinter.
func (m *ServerMessage) Fingerprint(b *npf.Builder) {
	b.Begin(npf.DTLSServer, 0)
	m.Hello.WriteFingerprint(b)
}

// WriteRecord implements proto.Message.
func (m *ServerMessage) WriteRecord(w *record.Writer) {
	w.Key("dtls").Object()
	w.Key("server").Object()
	if m.metadata {
		m.Hello.WriteRecord(w)
	}
	w.EndObject()
	w.EndObject()
}

// A VerifyMessage is a HelloVerifyRequest (RFC 6347, section 4.2.1). It has
// nothing to write but that there was one.
type VerifyMessage struct {
	Version uint16
	Cookie  wire.Cursor
}

// Parse implements proto.Message.
func (m *VerifyMessage) Parse(c wire.Cursor, _ *proto.Packet) bool {
	var hs handshake
	hs.parse(c)
	c = hs.body
	m.Version = c.Uint16()
	m.Cookie = c.Bytes(int(c.Uint8()))
	return c.Ok()
}

// WriteRecord implements proto.Message.
//
// Quirk Q46: the record says nothing of it.
func (m *VerifyMessage) WriteRecord(*record.Writer) {}
