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
