package members

import (
	"encoding/binary"
	"slices"

	"merctools/lib/flow"
	"merctools/lib/packet"
	"merctools/lib/record"
)

// flowMembers are those that are the same for all packets that have the same
// direction of a flow and the same Ethernet header. They stand side by side.
var flowMembers = []string{"flow_id", "community_id", "mac", "vlan"}

// A flowTable keeps them as text, for some of the flows seen last.
type flowTable [512]struct {
	key    flow.Key
	header ethernet
	text   []byte // its memory is used again
}

// ethernet is a header without VLAN tags.
type ethernet [14]byte

// place is the number of a place in a flowTable.
func (t *flowTable) place(k *flow.Key) uint64 {
	const odd = 0x9e3779b97f4a7c15
	h := binary.LittleEndian.Uint64(k.Src[:8]) + 3*binary.LittleEndian.Uint64(k.Src[8:])
	h = h*odd + binary.LittleEndian.Uint64(k.Dst[:8]) + 3*binary.LittleEndian.Uint64(k.Dst[8:])
	h = (h ^ h>>32 ^ uint64(k.SrcPort)<<16 ^ uint64(k.DstPort)) * odd
	return h >> 32 % uint64(len(t))
}

// splitFlowMembers returns the rows of a list before those of flows, these, and
// the rest.
func splitFlowMembers(rows []*row) (before, flows, after []*row) {
	isFlow := func(r *row) bool { return slices.Contains(flowMembers, r.field.Name) }
	i := slices.IndexFunc(rows, isFlow)
	if i < 0 {
		return rows, nil, nil
	}
	n := i
	for n < len(rows) && isFlow(rows[n]) {
		n++
	}
	return rows[:i], rows[i:n], rows[n:]
}

// writeFlow writes the members of the flow.
func (s *Set) writeFlow(w *record.Writer) {
	header, ok := s.untagged()
	if !ok {
		s.writeRows(s.flowRows, w)
		return
	}
	e := &s.flows[s.flows.place(s.Flow)]
	if e.text != nil && e.key == *s.Flow && e.header == header {
		w.RawMember(e.text)
		return
	}
	start := w.Len()
	s.writeRows(s.flowRows, w)
	text := w.Bytes()[start:]
	if len(text) == 0 {
		return
	}
	if text[0] == ',' {
		text = text[1:]
	}
	e.key, e.header, e.text = *s.Flow, header, append(e.text[:0], text...)
}

// untagged returns the header of a packet whose members of the flow depend on
// nothing but it and the flow's key: one of TCP or UDP, without VLAN tags. ok is
// false for any other.
func (s *Set) untagged() (h ethernet, ok bool) {
	if s.Flow == nil || s.Flow.Version == 0 || s.Headers == nil || s.Headers.LinkType != packet.LinkEthernet || len(s.Bytes) < len(h) ||
		s.Flow.Protocol != packet.ProtocolTCP && s.Flow.Protocol != packet.ProtocolUDP {
		return h, false
	}
	copy(h[:], s.Bytes)
	switch binary.BigEndian.Uint16(h[12:]) {
	case packet.EtherTypeVLAN, packet.EtherTypeQinQ, packet.EtherTypeVLAN9100:
		return h, false
	}
	return h, true
}
