package tls

import "merctools/lib/record"

// RecordOptions say what a hello message writes into a record.
type RecordOptions struct {
	Metadata    bool // more than what a fingerprint needs
	RawFeatures bool // what a fingerprint is made from, as it came
}

// WriteRecord writes the message into the open record, as the member tls, or
// dtls where the message's version is one of DTLS. It writes nothing where
// the message has no cipher suites.
func (m *ClientHello) WriteRecord(w *record.Writer, o RecordOptions) {
	if !m.hasRecord() {
		return
	}
	// Quirk Q38: the version says it, not the transport.
	if m.DTLS {
		w.Key("dtls").Object()
	} else {
		w.Key("tls").Object()
	}
	w.Key("client").Object()
	if o.Metadata {
		w.Key("version").Hex(m.Version)
		w.Key("random").Hex(m.Random)
		w.Key("session_id").Hex(m.SessionID)
		w.Key("cipher_suites").Hex(m.CipherSuites)
		w.Key("compression_methods").Hex(m.CompressionMethods)
	}
	if name := m.ServerName(); len(name) > 0 {
		w.Key("server_name").Text(name)
	}
	if !o.Metadata || m.has(ExtQUICParameters) || m.has(ExtQUICParametersDraft) {
		m.Extensions.writeTransportParameters(w)
	}
	if o.Metadata && m.has(ExtALPN) {
		m.Extensions.writeALPN(w)
	}
	if o.Metadata && m.has(ExtSessionTicket) {
		m.Extensions.writeSessionTicket(w)
	}
	if o.Metadata && m.has(ExtECH) {
		m.Extensions.writeECH(w)
	}
	if o.RawFeatures {
		m.writeFeatures(w)
	}
	w.EndObject()
	w.EndObject()
}

// Quirk Q37: a hello without cipher suites has no member.
func (m *ClientHello) hasRecord() bool { return len(m.CipherSuites) > 0 }

func (x Extensions) writeTransportParameters(w *record.Writer) {
	for c := x.nextParameters(); c.Ok(); c = x.nextParameters() {
		whole, name := c, "quic_transport_parameters"
		if ExtensionType(c.Uint16()) == ExtQUICParametersDraft {
			name = "quic_transport_parameters_draft"
		}
		w.Key(name).Hex(whole)
		c.Skip(2) // length
		var p transportParameter
		for c.More() {
			if p.parse(&c); p.id == googleUserAgent && p.value.More() {
				w.Key("google_user_agent").Text(p.value)
			}
		}
	}
}

func (x Extensions) writeALPN(w *record.Writer) {
	for e, ok := x.nextOf(ExtALPN); ok; e, ok = x.nextOf(ExtALPN) {
		w.Key("application_layer_protocol_negotiation").Array()
		for l := parseNameList(e.Value); ; {
			name, ok := l.Next()
			if !ok {
				break
			}
			switch {
			// Quirk Q42: all such names look the same.
			case IsGREASEName(name):
				w.Elem().Str(`\n\n`)
			case len(name) > 0:
				w.Elem().Text(name)
			}
		}
		w.EndArray()
	}
}

// IsGREASEName reports whether a protocol name is one that is reserved for
// GREASE (RFC 8701, section 2).
func IsGREASEName(name []byte) bool {
	return len(name) == 2 && name[0] == name[1] && name[0]&0x0f == 0x0a
}

func (x Extensions) writeSessionTicket(w *record.Writer) {
	// Quirk Q43: an extension that comes twice is written twice.
	for e, ok := x.nextOf(ExtSessionTicket); ok; e, ok = x.nextOf(ExtSessionTicket) {
		w.Key("session_ticket").Hex(e.Value)
	}
}

func (x Extensions) writeECH(w *record.Writer) {
	for e, ok := x.nextOf(ExtECH); ok; e, ok = x.nextOf(ExtECH) {
		var ech encryptedHello
		ech.parse(e.Value)
		ech.writeRecord(w)
	}
}
