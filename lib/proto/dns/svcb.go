package dns

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Keys of service parameters (RFC 9460, section 14.3.2; RFC 9848).
const (
	keyMandatory     = 0
	keyALPN          = 1
	keyNoDefaultALPN = 2
	keyPort          = 3
	keyIPv4Hint      = 4
	keyECH           = 5
	keyIPv6Hint      = 6
	keyInvalid       = 65535
)

// writeServiceBinding follows RFC 9460, section 2.2. Parameters end at the
// first one that is cut off; a record without a whole target has no members.
func (m *Message) writeServiceBinding(w *record.Writer, c wire.Cursor) {
	priority := c.Uint16()
	m.other.Parse(&c, m.records)
	if c.Failed() || !m.other.Valid() {
		return
	}
	w.Key("priority").Uint(uint64(priority))
	w.Key("target_name").Text(m.other.Bytes())
	w.Key("svc_params").Array()
	for {
		key := c.Uint16()
		value := c.Bytes(int(c.Uint16()))
		if c.Failed() {
			break
		}
		w.Elem().Object()
		writeServiceParameter(w, key, value)
		w.EndObject()
	}
	w.EndArray()
}

func writeServiceParameter(w *record.Writer, key uint16, value wire.Cursor) {
	switch key {
	case keyMandatory:
		w.Key("mandatory").Hex(value)
	case keyALPN:
		writeStrings(w, "alpn", value)
	case keyNoDefaultALPN:
		w.Key("no_default_alpn").Hex(value)
	case keyPort:
		w.Key("key").Str("port")
		if port := value.Uint16(); value.Ok() {
			w.Key("value").Uint(uint64(port))
		}
	case keyIPv4Hint:
		writeAddresses(w, "ipv4hint", value, 4)
	case keyECH:
		WriteECH(w, value)
	case keyIPv6Hint:
		writeAddresses(w, "ipv6hint", value, 16)
	case keyInvalid:
		w.Key("invalid_key").Hex(value)
	default:
		w.Key("unknown").Hex(value)
	}
}

func writeAddresses(w *record.Writer, key string, c wire.Cursor, size int) {
	w.Key(key).Array()
	for c.More() {
		if a := c.Bytes(size); a.Ok() {
			w.Elem().IP(a)
		}
	}
	w.EndArray()
}
