package stun

import "merctools/lib/fdc"

// Summarize implements proto.Summarizer.
func (m *Message) Summarize(w *fdc.Writer) {
	w.Protocol("stun")
	// Quirk Q142: responses have none.
	if name := m.softwareName(); name.More() && !m.isResponse() {
		w.Key("stun").Map()
		w.TextMember("software", name)
		w.End()
	}
}
