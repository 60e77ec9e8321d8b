package dtls

import (
	"merctools/lib/internal/reassembly"
	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A ClientMessage is a ClientHello, or a fragment of one.
type ClientMessage struct {
	Hello tls.ClientHello

	handshake handshake
	options   tls.RecordOptions
	user      *proto.Options // for the format of fingerprints
}

func newClientMessage(o *proto.Options) proto.Message {
	return &ClientMessage{options: tls.Options(o), user: o}
}

// Parse implements proto.Message.
func (m *ClientMessage) Parse(c wire.Cursor, p *proto.Packet) bool {
	m.handshake.parse(c)
	p.Missing = m.handshake.missing()
	return m.Hello.Parse(m.handshake.body)
}

// Extent implements proto.Fragmented. Fragments belong together if they have
// the same message number.
func (m *ClientMessage) Extent() (offset, length uint32, id []byte) {
	return m.handshake.offset, uint32(m.handshake.body.Len()), m.handshake.seq[:]
}

// Fragments implements proto.Fragmented.
func (m *ClientMessage) Fragments(dst []reassembly.Fragment, _ bool) []reassembly.Fragment {
	return append(dst, reassembly.Fragment{Offset: m.handshake.offset, Data: m.handshake.body})
}

// Reparse implements proto.Fragmented.
func (m *ClientMessage) Reparse(data wire.Cursor) bool { return m.Hello.Parse(data) }

// Handshake implements proto.Negotiator.
func (m *ClientMessage) Handshake(h *proto.Handshake) bool {
	*h = m.Hello.Handshake(proto.DTLSOffer)
	return true
}

// ClientHello returns the hello message.
func (m *ClientMessage) ClientHello() *tls.ClientHello { return &m.Hello }

// Fingerprint implements proto.Fingerprinter.
func (m *ClientMessage) Fingerprint(b *npf.Builder) {
	format := m.user.TLS()
	b.Begin(npf.DTLS, format)
	m.Hello.WriteFingerprint(b, npf.FormatOf(npf.DTLS, format))
}

// FingerprintIn implements proto.Reformattable.
func (m *ClientMessage) FingerprintIn(b *npf.Builder, format int) npf.Type {
	return m.Hello.FingerprintIn(b, npf.DTLS, m.user.TLS(), format)
}

// WriteRecord implements proto.Message.
func (m *ClientMessage) WriteRecord(w *record.Writer) { m.Hello.WriteRecord(w, m.options) }
