package fdc

import (
	"merctools/lib/record"
	"merctools/lib/wire"
)

// AppendJSON writes an object as JSON. Of version 1 it is an object fdc, with
// the context's members by their names. Of version 2 it is what the map has, byte
// strings as hexadecimal digits and fingerprints as text. It writes nothing
// where data is no object, and returns ErrFormat.
func AppendJSON(w *record.Writer, data []byte) error {
	start := w.Len()
	if wire.Of(data).HasPrefix("\xbf\x01") {
		var c Context
		if err := c.Parse(data); err != nil {
			return err
		}
		c.writeJSON(w)
		return nil
	}
	r := reader{c: wire.Of(data)}
	t := translator{reader: &r, w: w}
	if r.major() != majorMap {
		return ErrFormat
	}
	t.item()
	if r.c.Failed() {
		w.Reset(start)
		return ErrFormat
	}
	return nil
}

func (c *Context) writeJSON(w *record.Writer) {
	w.Object()
	w.Key("fdc").Object()
	w.Key("fingerprint").StrBytes(c.Fingerprint)
	w.Key("sni").Text(c.ServerName)
	w.Key("dst_ip_str").Text(c.Address)
	w.Key("dst_port").Uint(uint64(c.Port))
	w.Key("user_agent").Text(c.UserAgent)
	w.Key("truncation").Str(c.Truncation.String())
	w.EndObject()
	w.EndObject()
}

// A translator writes items as JSON.
type translator struct {
	*reader
	w    *record.Writer
	text []byte
}

func (t *translator) item() {
	switch m := t.major(); m {
	case majorUint:
		t.w.Uint(t.uint())
	case majorBytes:
		t.w.Hex(t.str(m))
	case majorText:
		t.w.Text(t.str(m))
	case majorArray:
		t.open(m)
		t.w.Array()
		for !t.end() {
			t.w.Elem()
			t.item()
		}
		t.w.EndArray()
	case majorMap:
		t.open(m)
		t.w.Object()
		for !t.end() {
			t.w.TextKey(t.str(majorText))
			t.item()
		}
		t.w.EndObject()
	case majorTag:
		if t.head(m) != tagFingerprint {
			t.fail()
			return
		}
		t.text = t.fingerprint(t.text[:0])
		t.w.StrBytes(t.text)
	default:
		switch t.simple() {
		case trueByte:
			t.w.Bool(true)
		case falseByte:
			t.w.Bool(false)
		default:
			t.w.Null()
		}
	}
}
