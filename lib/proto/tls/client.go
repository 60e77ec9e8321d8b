package tls

import (
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A ClientMessage is the ClientHello that begins a client's data.
type ClientMessage struct {
	Hello ClientHello

	options RecordOptions
	user    *proto.Options // for the format of fingerprints
}

// Options returns what the user's options mean for hello messages.
func Options(o *proto.Options) RecordOptions {
	return RecordOptions{Metadata: o.Metadata, RawFeatures: o.Raw("tls")}
}

func newClientMessage(o *proto.Options) proto.Message {
	return &ClientMessage{options: Options(o), user: o}
}

// Parse implements proto.Message.
func (m *ClientMessage) Parse(c wire.Cursor, p *proto.Packet) bool {
	var rec Record
	var hs Handshake
	// Quirk Q39: a handshake message ends with its record.
	rec.Parse(&c)
	hs.Parse(&rec.Fragment)
	if hs.Missing != 0 {
		p.Missing = hs.Missing
	}
	return m.Hello.Parse(hs.Body)
}

// Nonce implements proto.Noncer.
func (m *ClientMessage) Nonce() []byte { return m.Hello.Random }

// Handshake implements proto.Negotiator.
func (m *ClientMessage) Handshake(h *proto.Handshake) bool {
	*h = m.Hello.Handshake(proto.TLSOffer)
	return true
}

// ClientHello returns the hello message.
func (m *ClientMessage) ClientHello() *ClientHello { return &m.Hello }

// Fingerprint implements proto.Fingerprinter.
func (m *ClientMessage) Fingerprint(b *npf.Builder) {
	format := m.user.TLS()
	b.Begin(npf.TLS, format)
	m.Hello.WriteFingerprint(b, npf.FormatOf(npf.TLS, format))
}

// FingerprintIn implements proto.Reformattable.
func (m *ClientMessage) FingerprintIn(b *npf.Builder, format int) npf.Type {
	return m.Hello.FingerprintIn(b, npf.TLS, m.user.TLS(), format)
}

// WriteRecord implements proto.Message.
func (m *ClientMessage) WriteRecord(w *record.Writer) { m.Hello.WriteRecord(w, m.options) }

// Context implements proto.Classifiable.
func (m *ClientMessage) Context(c *proto.Context) bool {
	m.Hello.Context(c)
	return true
}
