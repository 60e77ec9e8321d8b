package tls

import (
	"strings"

	"merctools/lib/npf"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A ServerMessage is what begins a server's data: a ServerHello, and the
// Certificate that follows it in the same record or in the next one.
type ServerMessage struct {
	Hello        ServerHello
	Certificates CertificateList

	data                wire.Cursor // all that there is
	metadata, certsJSON bool
}

func newServerMessage(o *proto.Options) proto.Message {
	return &ServerMessage{metadata: o.Metadata, certsJSON: o.CertsJSON}
}

// Parse implements proto.Message. Whatever follows the hello in its record is
// taken for a Certificate.
func (m *ServerMessage) Parse(c wire.Cursor, p *proto.Packet) bool {
	m.Hello, m.Certificates, m.data = ServerHello{}, CertificateList{}, c
	var rec Record
	var hs Handshake
	rec.Parse(&c)
	hs.Parse(&rec.Fragment)
	switch hs.Type {
	case TypeServerHello:
		m.Hello.Parse(hs.Body)
		if rec.Fragment.More() {
			// Quirk Q41: its type is not looked at.
			hs.Parse(&rec.Fragment)
			m.Certificates.Parse(hs.Body)
		}
	case TypeCertificate:
		m.Certificates.Parse(hs.Body)
	}
	rec.Parse(&c)
	if hs.Parse(&rec.Fragment); hs.Type == TypeCertificate {
		m.Certificates.Parse(hs.Body)
	}
	if m.Certificates.missing != 0 {
		p.Missing = m.Certificates.missing
	}
	return m.Hello.Ok() || m.Certificates.More()
}

// ServerHello returns the hello message; it is not Ok where there is none.
func (m *ServerMessage) ServerHello() *ServerHello { return &m.Hello }

// Handshake implements proto.Negotiator. What of the message is missing may
// change what its extensions tell.
func (m *ServerMessage) Handshake(h *proto.Handshake) bool {
	*h = m.Hello.Handshake(proto.TLSChoice)
	h.Whole = true
	return true
}

// KeyExchangeGroup returns the named curve of a ServerKeyExchange (RFC 8422,
// section 5.4) that comes with the hello. ok is false where there is none.
func (m *ServerMessage) KeyExchangeGroup() (group uint16, ok bool) {
	const namedCurve = 3
	if !strings.Contains(CipherSuiteName(m.Hello.Suite()), "_ECDHE_") {
		return 0, false
	}
	var rec Record
	var hs Handshake
	for c := m.data; c.More(); {
		rec.Parse(&c)
		if rec.Type != ContentHandshake {
			break
		}
		for rec.Fragment.More() {
			hs.Parse(&rec.Fragment)
			if hs.Type == TypeServerKeyExchange {
				named := hs.Body.Uint8() == namedCurve
				group = hs.Body.Uint16()
				return group, named && hs.Body.Ok()
			}
			if hs.Body == nil { // where there is no whole header, nothing is read
				break
			}
		}
	}
	return 0, false
}

// CommonName implements proto.Certified.
func (m *ServerMessage) CommonName() ([]byte, bool) { return m.Certificates.CommonName() }

// Fingerprint implements proto.Fingerprinter.
func (m *ServerMessage) Fingerprint(b *npf.Builder) {
	if m.Hello.Ok() {
		b.Begin(npf.TLSServer, 0)
		m.Hello.WriteFingerprint(b)
	}
}

// WriteRecord implements proto.Message.
func (m *ServerMessage) WriteRecord(w *record.Writer) {
	hello := m.metadata && m.Hello.Ok()
	certificates := m.Certificates.More()
	if !hello && !certificates {
		return
	}
	w.Key("tls").Object()
	w.Key("server").Object()
	if certificates {
		m.Certificates.WriteRecord(w, m.certsJSON)
	}
	if hello {
		m.Hello.WriteRecord(w)
	}
	w.EndObject()
	w.EndObject()
}

// A CertificateMessage is a Certificate that begins a segment. Who sent it is
// told by the key exchange that follows in the same record or in the next
// one.
type CertificateMessage struct {
	Certificates CertificateList

	sender    string
	certsJSON bool
}

// CommonName implements proto.Certified.
func (m *CertificateMessage) CommonName() ([]byte, bool) { return m.Certificates.CommonName() }

func newCertificateMessage(o *proto.Options) proto.Message {
	return &CertificateMessage{certsJSON: o.CertsJSON}
}

// Parse implements proto.Message.
func (m *CertificateMessage) Parse(c wire.Cursor, p *proto.Packet) bool {
	m.Certificates, m.sender = CertificateList{}, "undetermined"
	var rec Record
	var hs Handshake
	rec.Parse(&c)
	hs.Parse(&rec.Fragment)
	if hs.Type != TypeCertificate {
		return false
	}
	m.Certificates.Parse(hs.Body)
	if !rec.Fragment.More() {
		rec.Parse(&c)
	}
	switch hs.Parse(&rec.Fragment); hs.Type {
	case TypeClientKeyExchange:
		m.sender = "client"
	case TypeServerKeyExchange:
		m.sender = "server"
	}
	if m.Certificates.missing != 0 {
		p.Missing = m.Certificates.missing
	}
	return m.Certificates.More()
}

// WriteRecord implements proto.Message.
func (m *CertificateMessage) WriteRecord(w *record.Writer) {
	w.Key("tls").Object()
	w.Key(m.sender).Object()
	m.Certificates.WriteRecord(w, m.certsJSON)
	w.EndObject()
	w.EndObject()
}
