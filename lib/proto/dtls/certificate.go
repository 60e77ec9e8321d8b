package dtls

import (
	"merctools/lib/proto"
	"merctools/lib/proto/tls"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A CertificateMessage is a Certificate (RFC 5246, section 7.4.2) as the joiner
// writes it: behind it stands the type of the key exchange that its sender sends,
// where the sender is known.
type CertificateMessage struct {
	Certificates tls.CertificateList

	sender    string
	certsJSON bool
}

func newCertificateMessage(o *proto.Options) proto.Message {
	return &CertificateMessage{certsJSON: o.CertsJSON}
}

// CommonName implements proto.Certified.
func (m *CertificateMessage) CommonName() ([]byte, bool) { return m.Certificates.CommonName() }

// Parse implements proto.Message.
func (m *CertificateMessage) Parse(c wire.Cursor, p *proto.Packet) bool {
	m.Certificates, m.sender = tls.CertificateList{}, "undetermined"
	var hs handshake
	hs.parse(c)
	m.Certificates.Parse(hs.body)
	c.Skip(recordHeaderLen + handshakeHeaderLen + hs.body.Len())
	switch tls.HandshakeType(c.Uint8()) {
	case tls.TypeClientKeyExchange:
		m.sender = "client"
	case tls.TypeServerKeyExchange:
		m.sender = "server"
	}
	if n := m.Certificates.Missing(); n != 0 {
		p.Missing = n
	}
	return m.Certificates.More()
}

// WriteRecord implements proto.Message.
func (m *CertificateMessage) WriteRecord(w *record.Writer) {
	w.Key("dtls").Object()
	w.Key(m.sender).Object()
	m.Certificates.WriteRecord(w, m.certsJSON)
	w.EndObject()
	w.EndObject()
}
