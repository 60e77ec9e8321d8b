package stun

import "merctools/lib/record"

// writeFeatures writes the member features: the message's type, and a list of
// the type and value of all its attributes.
func (m *Message) writeFeatures(w *record.Writer) {
	w.Key("features")
	f := w.Features(record.MaxFeatures)
	f.Open()
	f.HexUint(uint64(m.Type), 4)
	f.Open()
	for a := range m.Attributes() {
		if !f.Fit() {
			break
		}
		f.Open()
		f.HexUint(uint64(a.Type), 4)
		f.Comma() // also before a password that is not written
		if a.Type != password || !w.Masks() {
			f.Hex(a.Value)
		}
		f.Close()
	}
	f.Close()
	f.Close()
	f.End()
}
