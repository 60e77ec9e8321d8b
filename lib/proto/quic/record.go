package quic

import "merctools/lib/record"

// WriteRecord implements proto.Message.
func (m *Initial) WriteRecord(w *record.Writer) {
	if m.client.Ok() {
		m.client.WriteRecord(w, m.hello)
	}
	if m.server.Ok() {
		w.Key("tls").Object()
		w.Key("server").Object()
		if m.hello.Metadata {
			m.server.WriteRecord(w)
		}
		w.EndObject()
		w.EndObject()
	}
	w.Key("quic").Object()
	h := &m.header
	var bits [8]byte
	for i := range bits {
		bits[i] = '0' + h.first<<i>>7
	}
	w.Key("connection_info").StrBytes(bits[:])
	w.Key("version").Hex(h.version)
	w.Key("dcid").Hex(h.dcid)
	w.Key("scid").Hex(h.scid)
	w.Key("token").Hex(h.token)
	m.last.write(w)
	if m.plaintext.More() {
		if m.suite != nil {
			w.Key("salt_string").Str(m.suite.name)
		}
		w.Key("plaintext").Hex(m.plaintext)
	} else {
		w.Key("raw_packet_data").Hex(m.datagram)
	}
	w.EndObject()
}
