package engine

import (
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// initial is the first data of a flow whose protocol is not known.
type initial struct {
	key  string
	data wire.Cursor
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

// Fields describes what initial writes for UDP; that for TCP is a member of
// TCP's own.
var Fields = []record.Field{
	record.O("udp", "the first data of a flow in which no selected protocol is found",
		record.F("data", record.Hex, "the data").Hidden().If("--nonselected-udp-data")),
}
