package tls

import "merctools/lib/fdc"

// Summarize implements proto.Summarizer.
func (m *ClientMessage) Summarize(w *fdc.Writer) {
	w.Protocol("tls")
	m.Hello.Summarize(w)
}

// Summarize writes the member tls of a fingerprint and destination context.
func (m *ClientHello) Summarize(w *fdc.Writer) {
	w.Key("tls").Map()
	w.Key("client").Map()
	w.BytesMember("random", m.Random)
	w.TextMember("server_name", m.ServerName())
	w.End()
	w.End()
}

// Summarize implements proto.Summarizer.
func (m *ServerMessage) Summarize(w *fdc.Writer) {
	w.Protocol("tls")
	if !m.Certificates.More() {
		return
	}
	w.Key("tls").Map()
	w.Key("server").Map()
	w.Key("certs").Array()
	for der := range m.Certificates.All() {
		w.Map()
		w.BytesMember("data", der)
		w.End()
	}
	w.End()
	w.End()
	w.End()
}
