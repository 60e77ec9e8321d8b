package quic

import "merctools/lib/fdc"

// Summarize implements proto.Summarizer.
func (m *Initial) Summarize(w *fdc.Writer) {
	w.Protocol("quic")
	// Quirk Q140: what came unencrypted is not told.
	if m.client.Ok() && !m.clear {
		m.client.Summarize(w)
	}
}
