package snmp

import (
	"cmp"

	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A communityMessage is a message of version 1 (RFC 1157, section 4) or 2c
// (RFC 1901, section 3).
type communityMessage struct {
	version, community, data ber.TLV
}

func (m *communityMessage) parse(c wire.Cursor) bool {
	seq := ber.ReadTag(&c, ber.Sequence)
	m.version = ber.ReadTag(&seq.Value, ber.Integer)
	m.community = ber.ReadTag(&seq.Value, ber.OctetString)
	m.data = ber.Read(&seq.Value)
	return seq.Value.Ok()
}

func (m *communityMessage) write(w *record.Writer) {
	version := uint64(255)
	switch b, _ := m.version.Value.Peek(); b {
	case version1, version2c:
		version = uint64(b) + 1
	}
	w.Key("version").Uint(version)
	if m.community.Value.More() {
		w.Key("community").SecretText(m.community.Value)
	}
	kind := m.data.Number()
	w.Key("pdu_type").NameOrHex(proto.Name(pduNames[:], kind), uint64(kind), 2)
	if kind == pduTrap {
		t := readTrap(m.data.Value)
		t.write(w)
		return
	}
	p := readPDU(m.data.Value)
	p.write(w)
}

// pduTrap is the number of the tag of a trap of version 1.
const pduTrap = 4

// pduNames are the names of the types of PDUs (RFC 1157, section 4.1; RFC
// 3416, section 3).
var pduNames = [...]string{
	"get_request", "get_next_request", "get_response", "set_request",
	pduTrap: "trap", 5: "get_bulk_request", 6: "inform_request", 7: "snmpv2_trap",
}

// A pdu is any PDU but a trap of version 1 (RFC 3416, section 3).
type pdu struct {
	id, status, index ber.TLV
	bindings          bindings
	ok                bool
}

func readPDU(c wire.Cursor) pdu {
	var p pdu
	p.id = ber.Read(&c)
	p.status = ber.ReadTag(&c, ber.Integer)
	p.index = ber.ReadTag(&c, ber.Integer)
	list := ber.Read(&c)
	p.ok = c.Ok()
	if p.ok {
		p.bindings = bindings(list.Value)
	}
	return p
}

func (p *pdu) write(w *record.Writer) {
	if !p.ok {
		return
	}
	w.Key("pdu").Object()
	w.Key("request_id").Int(ber.Int64(p.id.Value))
	if !p.status.Value.HasPrefix("\x00") {
		w.Key("error_status").Hex(p.status.Value)
	}
	if !p.index.Value.HasPrefix("\x00") {
		w.Key("error_index").Hex(p.index.Value)
	}
	p.bindings.write(w)
	w.EndObject()
}

// A trap is a trap of version 1 (RFC 1157, section 4.1.6).
type trap struct {
	enterprise, agent, generic, specific, time ber.TLV
	bindings                                   bindings
	rest                                       wire.Cursor
	ok                                         bool
}

func readTrap(c wire.Cursor) trap {
	var t trap
	t.enterprise = ber.ReadTag(&c, ber.ObjectIdentifier)
	t.agent = ber.Read(&c)
	t.generic = ber.ReadTag(&c, ber.Integer)
	t.specific = ber.ReadTag(&c, ber.Integer)
	t.time = ber.Read(&c)
	list := ber.ReadTag(&c, ber.Sequence)
	t.rest = c
	t.ok = c.Ok()
	if t.ok {
		t.bindings = bindings(list.Value)
	}
	return t
}

// trapNames are the names of the generic types of traps.
var trapNames = [...]string{
	"cold_start", "warm_start", "link_down", "link_up", "authentication_failure", "egp_neighbor_loss", "enterprise_specific",
}

func (t *trap) write(w *record.Writer) {
	if !t.ok {
		return
	}
	w.Key("trap").Object()
	ber.WriteOID(w.Key("enterprise"), t.enterprise.Value)
	w.Key("agent_addr").Hex(t.agent.Value)
	generic := proto.Name(trapNames[:], uint32(ber.Uint64(t.generic.Value)))
	w.Key("generic_trap").Str(cmp.Or(generic, "UNKNOWN"))
	w.Key("specific_trap").Hex(t.specific.Value)
	w.Key("timestamp").Hex(t.time.Value)
	t.bindings.write(w)
	w.Key("remainder").Hex(t.rest)
	w.EndObject()
}
