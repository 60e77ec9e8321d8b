package ssdp

import (
	"bytes"

	"merctools/lib/record"
)

// maxFeatures is the length of the longest list of raw features. A longer one
// is written as the empty list.
const maxFeatures = 2048

// headers are those that are known, with the keys they have in a record. Some
// need --metadata beside --raw-features.
var headers = [...]struct {
	name, key string
	always    bool
}{
	{"host", "host", true},
	{"cache-control", "cache_control", false},
	{"location", "location", true},
	{"nt", "notify_type", true},
	{"nts", "notify_subtype", false},
	{"server", "server", true},
	{"usn", "usn", false},
	{"mx", "delay", false},
	{"st", "target", true},
	{"user-agent", "user_agent", true},
	{"date", "date", false},
	{"ext", "ext", false},
	{"bootid.upnp.org", "bootid", false},
	{"configid.upnp.org", "conf_id", false},
	{"searchport.upnp.org", "searchport", false},
	{"opt", "opt", false},
	{"01-nls", "nls", false},
	{"man", "man", false},
}

// writeRaw writes the known headers, and the features: a list of the first
// line and the list of these headers. There is a comma before each header
// that any other one precedes, known or not.
func (m *Message) writeRaw(w *record.Writer) {
	r := headerReader{m.lines}
	for name, value, ok := r.next(); ok; name, value, ok = r.next() {
		if key := m.key(name); key != "" {
			w.Key(key).Text(value)
		}
	}
	w.Key("features")
	start := w.Len()
	f := w.Features(maxFeatures)
	f.Open()
	f.Hex(m.Start)
	f.Comma()
	f.Open()
	isFirst := true
	r = headerReader{m.lines}
	for name, value, ok := r.next(); ok; name, value, ok = r.next() {
		if key := m.key(name); key != "" {
			if !isFirst {
				f.Comma()
			}
			f.Open()
			f.Hex([]byte(key))
			f.Comma()
			f.Hex(value)
			f.Close()
		}
		// Quirk Q78: headers that are not known count.
		isFirst = false
	}
	f.Close()
	f.Close()
	if !f.End() {
		w.Reset(start)
		w.Str("[]")
	}
}

// key is the key of a header that is to be written, or empty.
func (m *Message) key(name []byte) string {
	for i := range headers {
		h := &headers[i]
		if len(h.name) == len(name) && bytes.EqualFold(name, []byte(h.name)) {
			if h.always || m.metadata {
				return h.key
			}
			break
		}
	}
	return ""
}
