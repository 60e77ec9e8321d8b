package members

import (
	"encoding/binary"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// A flowTable keeps what records say of some of the flows seen last, each in one
// direction: the members by which any record names its flow, and its IDs.
type flowTable [128]flowTexts

type flowTexts struct {
	key       flow.Key
	name, ids uint8 // bytes of text for each
	text      [240]byte
}

// place is the number of a place in a flowTable.
func (t *flowTable) place(k *flow.Key) uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := binary.LittleEndian.Uint64(k.Src[:8]) + 3*binary.LittleEndian.Uint64(k.Src[8:])
	h = h*odd + binary.LittleEndian.Uint64(k.Dst[:8]) + 3*binary.LittleEndian.Uint64(k.Dst[8:])
	h = (h ^ h>>32 ^ uint64(k.SrcPort)<<16 ^ uint64(k.DstPort)) * odd
	return h >> 32 % uint64(len(t))
}

// Begin tells of which message the next members are.
func (s *Set) Begin(m *Message) { s.Message, s.remembered = m, nil }

// WriteFlow writes the members by which a record names its flow, as the packet's
// key does. WriteRecord is faster then.
func (s *Set) WriteFlow(w *record.Writer) {
	k := &s.Key
	if s.flows == nil || s.Headers == nil || k.Protocol != packet.ProtocolTCP && k.Protocol != packet.ProtocolUDP || !s.Headers.HasFirstByte(s.Bytes) {
		k.Write(w)
		return
	}
	e := &s.flows[s.flows.place(k)]
	s.remembered = e
	if e.name > 0 && e.key == *k {
		w.RawMember(e.text[:e.name])
		return
	}
	start := w.Len()
	k.Write(w)
	e.key, e.ids = *k, 0
	e.name = uint8(copy(e.text[:], withoutComma(w.Bytes()[start:])))
}

// appendIDs appends the IDs of the flow.
func (s *Set) appendIDs(b []byte) []byte {
	e := s.remembered
	if e != nil && e.ids > 0 {
		return append(separated(b), e.text[e.name:][:e.ids]...)
	}
	s.flow = ordered(&s.Key)
	s.flowID = flowID(&s.flow)
	start := len(b)
	for _, r := range s.list.ids {
		b = r.append(s, b)
	}
	if e != nil {
		if text := withoutComma(b[start:]); len(text) <= len(e.text)-int(e.name) {
			e.ids = uint8(copy(e.text[e.name:], text))
		}
	}
	return b
}

// withoutComma returns members without the comma before them, if there is one.
func withoutComma(text []byte) []byte {
	if len(text) > 0 && text[0] == ',' {
		return text[1:]
	}
	return text
}
