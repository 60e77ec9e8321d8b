package members

import (
	"bytes"
	"encoding/binary"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// A flowTable keeps what records say of some of the flows seen last, each in one
// direction: the members by which any record names its flow, and those on demand
// that packets with the same headers below IP have in common.
type flowTable [128]flowTexts

type flowTexts struct {
	key      flow.Key
	linkType uint16
	link     [22]byte // the headers below IP
	linkLen  uint8    // bytes of them
	name     uint8    // bytes of text by which any record names its flow
	shared   uint16   // bytes of the other text; 0 where there is none
	text     [384]byte
}

// place is the number of a place in a flowTable.
func (t *flowTable) place(k *flow.Key) uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := binary.LittleEndian.Uint64(k.Src[:8]) + 3*binary.LittleEndian.Uint64(k.Src[8:])
	h = h*odd + binary.LittleEndian.Uint64(k.Dst[:8]) + 3*binary.LittleEndian.Uint64(k.Dst[8:])
	h = (h ^ h>>32 ^ uint64(k.SrcPort)<<16 ^ uint64(k.DstPort)) * odd
	return h >> 32 % uint64(len(t))
}

// forget forgets the members on demand.
func (t *flowTable) forget() {
	for i := range t {
		t[i].shared = 0
	}
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
	e.key, e.shared = *k, 0
	e.name = uint8(copy(e.text[:], withoutComma(w.Bytes()[start:])))
}

// appendFlow appends the members that packets of the flow have in common.
func (s *Set) appendFlow(b []byte) []byte {
	e := s.remembered
	var link []byte
	if e != nil {
		link = s.Headers.BelowIP(s.Bytes)
		if e.shared > 0 && e.linkType == s.Headers.LinkType && bytes.Equal(e.link[:e.linkLen], link) {
			return append(separated(b), e.text[e.name:][:e.shared]...)
		}
	}
	if s.list.ids {
		s.flow.set(&s.Key)
		s.flow.order()
		s.flowID = s.flow.id()
	}
	start := len(b)
	for _, r := range s.list.flow {
		b = r.append(s, b)
	}
	if e != nil {
		text := withoutComma(b[start:])
		e.shared = 0
		if len(link) <= len(e.link) && len(text) <= len(e.text)-int(e.name) {
			e.linkType, e.linkLen = s.Headers.LinkType, uint8(copy(e.link[:], link))
			e.shared = uint16(copy(e.text[e.name:], text))
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
