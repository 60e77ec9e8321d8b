package ssh

import "merctools/lib/fdc"

// Summarize implements proto.Summarizer.
func (m *Identification) Summarize(w *fdc.Writer) {
	w.Protocol("ssh")
	w.Key("ssh").Map()
	w.TextMember("protocol", m.start.protocol)
	w.TextMember("comment", m.start.comment)
	w.End()
}
