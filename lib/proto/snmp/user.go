package snmp

import (
	"merctools/lib/ber"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A userMessage is a message of version 3 (RFC 3412, section 6).
type userMessage struct {
	version    ber.TLV
	model      ber.TLV
	flags      uint8
	headerOk   bool
	parameters ber.TLV     // of the security model
	end        int         // where the parameters end
	body       wire.Cursor // scoped PDU
}

// Bits of msgFlags.
const (
	flagAuth = 1
	flagPriv = 2
)

func (m *userMessage) authenticated() bool { return m.flags&flagAuth != 0 }

func (m *userMessage) encrypted() bool { return m.flags&flagPriv != 0 }

func (m *userMessage) parse(c wire.Cursor) bool {
	total := c.Len()
	seq := ber.ReadTag(&c, ber.Sequence)
	end := total - c.Len()
	m.version = ber.ReadTag(&seq.Value, ber.Integer)
	m.parseHeader(&seq.Value)
	m.parameters = ber.ReadTag(&seq.Value, ber.OctetString)
	m.end = end - seq.Value.Len()
	m.body = seq.Value
	return seq.Value.Ok()
}

// parseHeader reads HeaderData.
func (m *userMessage) parseHeader(c *wire.Cursor) {
	seq := ber.ReadTag(c, ber.Sequence)
	ber.ReadTag(&seq.Value, ber.Integer) // msgID
	ber.ReadTag(&seq.Value, ber.Integer) // msgMaxSize
	flags := ber.ReadTag(&seq.Value, ber.OctetString)
	m.flags = flags.Value.Uint8()
	m.model = ber.ReadTag(&seq.Value, ber.Integer)
	m.headerOk = seq.Value.Ok()
}

func (m *userMessage) write(w *record.Writer, all wire.Cursor) {
	w.Key("version").Uint(ber.Uint64(m.version.Value))
	if m.headerOk {
		w.Key("msg_security_model").Uint(ber.Uint64(m.model.Value))
		w.Key("auth").Bool(m.authenticated())
		w.Key("priv").Bool(m.encrypted())
	}
	var u usm
	if u.parse(m.parameters.Value, m.end) {
		u.write(w, all, m.authenticated())
	}
	if m.encrypted() {
		c := m.body
		pdu := ber.ReadTag(&c, ber.OctetString)
		w.Key("encrypted_pdu_length").Uint(pdu.Length)
		return
	}
	s := readScopedPDU(m.body)
	s.write(w)
}

// A scopedPDU is a PDU with its context (RFC 3412, section 6.8).
type scopedPDU struct {
	engine, name, pdu ber.TLV
}

func readScopedPDU(c wire.Cursor) scopedPDU {
	var s scopedPDU
	seq := ber.ReadTag(&c, ber.Sequence)
	s.engine = ber.ReadTag(&seq.Value, ber.OctetString)
	s.name = ber.ReadTag(&seq.Value, ber.OctetString)
	s.pdu = ber.Read(&seq.Value)
	return s
}

// pduReport is the number of the tag of a report, which only version 3 has.
const pduReport = 8

func (s *scopedPDU) write(w *record.Writer) {
	w.Key("context_engine_id").Hex(s.engine.Value)
	w.Key("context_name").Hex(s.name.Value)
	kind := s.pdu.Number()
	name := proto.Name(pduNames[:], kind)
	switch kind {
	case pduReport:
		name = "report"
	case pduTrap:
		name = ""
	}
	w.Key("pdu_type").NameOrHex(name, uint64(kind), 2)
	p := readPDU(s.pdu.Value)
	p.write(w)
}
