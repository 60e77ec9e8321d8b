package ssdp

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// headers are those that are known, with the keys they have in a record. Some
// need --metadata beside --raw-features.
var headers = [...]struct {
	name, key string
	always    bool
	form      record.Form // what --normalize makes of the value
}{
	{"host", "host", true, record.Same},
	{"cache-control", "cache_control", false, record.Same},
	{"location", "location", true, record.Same},
	{"nt", "notify_type", true, record.Same},
	{"nts", "notify_subtype", false, record.Same},
	{"server", "server", true, record.Same},
	{"usn", "usn", false, record.Same},
	{"mx", "delay", false, record.Number},
	{"st", "target", true, record.Same},
	{"user-agent", "user_agent", true, record.Same},
	{"date", "date", false, record.Same},
	{"ext", "ext", false, record.Same},
	{"bootid.upnp.org", "bootid", false, record.Number},
	{"configid.upnp.org", "conf_id", false, record.Number},
	{"searchport.upnp.org", "searchport", false, record.Number},
	{"opt", "opt", false, record.Same},
	{"01-nls", "nls", false, record.Same},
	{"man", "man", false, record.Same},
}

// writeRaw writes the known headers, and the features: a list of the first
// line and the list of these headers. There is a comma before each header
// that any other one precedes, known or not.
func (m *Message) writeRaw(w *record.Writer) {
	for name, value := range m.Headers() {
		if key := m.key(name); key != "" {
			w.Key(key).Text(value)
		}
	}
	w.Key("features")
	f := w.Features(record.MaxFeatures)
	f.Open()
	f.Hex(m.Start)
	f.Open()
	isFirst := true
	for name, value := range m.Headers() {
		if key := m.key(name); key != "" {
			if !isFirst {
				f.Comma()
			}
			f.Open()
			f.Hex([]byte(key))
			f.Hex(value)
			f.Close()
		}
		// Quirk Q78: headers that are not known count.
		isFirst = false
	}
	f.Close()
	f.Close()
	f.End()
}

// key is the key of a header that is to be written, or empty.
func (m *Message) key(name []byte) string {
	for i := range headers {
		h := &headers[i]
		if wire.EqualFold(name, h.name) && (h.always || m.metadata) {
			return h.key
		}
	}
	return ""
}
