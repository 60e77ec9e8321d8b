package dns

import "merctools/lib/fdc"

// Summarize implements proto.Summarizer.
func (m *Message) Summarize(w *fdc.Writer) {
	key := m.key
	if key == keyMulticast {
		if m.group {
			w.Protocol(key)
			return
		}
		// Quirk Q141: Multicast DNS is known by its IPv4 group only.
		key = keyDNS
		if m.netbios {
			key = keyNetBIOS
		}
	}
	w.Protocol(key)
	w.Key(key).Map()
	w.BytesMember("data", m.data)
	w.End()
}
