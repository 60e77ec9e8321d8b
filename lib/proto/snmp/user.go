package snmp

import (
	"merctools/lib/asn1"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// A userMessage is a message of version 3 (RFC 3412, section 6).
type userMessage struct {
	version    asn1.TLV
	model      asn1.TLV
	flags      uint8
	headerOk   bool
	parameters asn1.TLV    // of the security model
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
	seq := asn1.ReadTag(&c, asn1.Sequence)
	end := total - c.Len()
	m.version = asn1.ReadTag(&seq.Value, asn1.Integer)
	m.parseHeader(&seq.Value)
	m.parameters = asn1.ReadTag(&seq.Value, asn1.OctetString)
	m.end = end - seq.Value.Len()
	m.body = seq.Value
	return seq.Value.Ok()
}

// parseHeader reads HeaderData.
func (m *userMessage) parseHeader(c *wire.Cursor) {
	seq := asn1.ReadTag(c, asn1.Sequence)
	asn1.ReadTag(&seq.Value, asn1.Integer) // msgID
	asn1.ReadTag(&seq.Value, asn1.Integer) // msgMaxSize
	flags := asn1.ReadTag(&seq.Value, asn1.OctetString)
	m.flags = flags.Value.Uint8()
	m.model = asn1.ReadTag(&seq.Value, asn1.Integer)
	m.headerOk = seq.Value.Ok()
}

func (m *userMessage) write(w *record.Writer, all wire.Cursor) {
	w.Key("version").Uint(asn1.Uint64(m.version.Value))
	if m.headerOk {
		w.Key("msg_security_model").Uint(asn1.Uint64(m.model.Value))
		w.Key("auth").Bool(m.authenticated())
		w.Key("priv").Bool(m.encrypted())
	}
	var u usm
	if u.parse(m.parameters.Value, m.end) {
		u.write(w, all, m.authenticated())
	}
	if m.encrypted() {
		c := m.body
		pdu := asn1.ReadTag(&c, asn1.OctetString)
		w.Key("encrypted_pdu_length").Uint(pdu.Length)
		return
	}
	s := readScopedPDU(m.body)
	s.write(w)
}

// A scopedPDU is a PDU with its context (RFC 3412, section 6.8).
type scopedPDU struct {
	engine, name, pdu asn1.TLV
}

func readScopedPDU(c wire.Cursor) scopedPDU {
	var s scopedPDU
	seq := asn1.ReadTag(&c, asn1.Sequence)
	s.engine = asn1.ReadTag(&seq.Value, asn1.OctetString)
	s.name = asn1.ReadTag(&seq.Value, asn1.OctetString)
	s.pdu = asn1.Read(&seq.Value)
	return s
}

// pduReport is the number of the tag of a report, which only version 3 has.
const pduReport = 8

func (s *scopedPDU) write(w *record.Writer) {
	w.Key("context_engine_id").Hex(s.engine.Value)
	w.Key("context_name").Hex(s.name.Value)
	w.Key("pdu_type")
	switch kind := s.pdu.Number(); {
	case kind == pduReport:
		w.Str("report")
	case kind != pduTrap && int(kind) < len(pduNames):
		w.Str(pduNames[kind])
	default:
		w.UnknownHex(uint64(kind), 2)
	}
	p := readPDU(s.pdu.Value)
	p.write(w)
}
