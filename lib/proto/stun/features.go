package stun

import "merctools/lib/record"

// maxFeatures is the number of characters up to which features are written.
const maxFeatures = 2048

// writeFeatures writes the member features: the message's type, and a list of
// the type and value of all its attributes. It is an empty list where it would
// be too long.
func (m *Message) writeFeatures(w *record.Writer) {
	start := w.Key("features").Len()
	f := w.Features(maxFeatures)
	f.Open()
	f.HexUint(uint64(m.Type), 4)
	f.Open()
	for c := m.attributes; c.More() && f.Fit(); {
		a, ok := readAttribute(c)
		if !ok {
			break
		}
		f.Open()
		f.HexUint(uint64(a.Type), 4)
		f.Comma() // also before a password that is not written
		if a.Type != password || !w.Masks() {
			f.Hex(a.Value)
		}
		f.Close()
		c = a.next
	}
	f.Close()
	f.Close()
	if !f.End() {
		w.Reset(start)
		w.Str("[]")
	}
}
