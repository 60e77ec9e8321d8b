package engine

import (
	"merctools/lib/fdc"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// initial is the first data of a flow whose protocol is not known.
type initial struct {
	key  string
	data wire.Cursor
}

func newInitial(key string) handler {
	m := &initial{key: key}
	return handler{msg: m, sum: m}
}

func (m *initial) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.data = c
	return c.More()
}

func (m *initial) WriteRecord(w *record.Writer) {
	w.Key(m.key).Object()
	w.Key("data").SecretHex(m.data) // whatever it is
	w.EndObject()
}

// maxSample is how many bytes of the data a fingerprint and destination context
// has.
const maxSample = 256

// Summarize implements proto.Summarizer.
func (m *initial) Summarize(w *fdc.Writer) {
	sample := m.data
	sample.Truncate(maxSample)
	w.Key(m.key).Map()
	w.BytesMember("data", sample)
	w.End()
}

// Fields describes what initial writes for UDP; that for TCP is a member of
// TCP's own.
var Fields = []record.Field{
	record.O("udp", "the first data of a flow in which no selected protocol is found",
		record.F("data", record.Hex, "the data").Hidden().If("--nonselected-udp-data")),
}
