// Package snmp reads messages of the Simple Network Management Protocol.
package snmp

import (
	"iter"

	"merctools/lib/ber"
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes SNMP, versions 1, 2c and 3.
var Protocol = &proto.Protocol{
	Name: "SNMP",
	Doc:  "Simple Network Management Protocol",
	Spec: "RFC 1157, RFC 1901, RFC 3412",
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "snmp",
		Select: []string{"snmp"},
		Match: []detect.Rule{
			{Layer: detect.UDP, Port: 161},
			{Layer: detect.UDP, Port: 162},
		},
		New: func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("snmp", "an SNMP message",
		proto.F("version", proto.Uint, "version: 1, 2 (for 2c), 3; 255 where it is another"),
		proto.F("community", proto.Text, "community, which is a password (versions 1 and 2c)").Hidden(),
		proto.F("msg_security_model", proto.Uint, "security model (version 3)"),
		proto.F("auth", proto.Bool, "the message is authenticated (version 3)"),
		proto.F("priv", proto.Bool, "the message is encrypted (version 3)"),
		proto.F("engine_id_raw", proto.Hex, "identifier of the authoritative engine (version 3)"),
		proto.O("engine_id", "what the identifier is made of (RFC 3411, section 5)",
			proto.F("v3_format", proto.Bool, "a format byte tells what follows"),
			proto.F("enterprise_number", proto.Uint, "number of the manufacturer (IANA, Private Enterprise Numbers)"),
			proto.F("address", proto.Address, "an IP address"),
			proto.F("mac", proto.Hex, "an Ethernet address"),
			proto.F("text", proto.Text, "text"),
			proto.F("octets", proto.Hex, "octets"),
			proto.F("format_type", proto.Uint, "another format byte"),
			proto.F("agent_id", proto.Hex, "eight bytes, where there is no format byte"),
			proto.F("data", proto.Hex, "anything else")),
		proto.F("user_name", proto.Text, "user (version 3)"),
		proto.F("password_recovery", proto.String, "what a search for the password needs, as programs for that take it (version 3)").Hidden(),
		proto.F("encrypted_pdu_length", proto.Uint, "length of the encrypted PDU in bytes (version 3)"),
		proto.F("context_engine_id", proto.Hex, "engine that the context is of (version 3)"),
		proto.F("context_name", proto.Hex, "name of the context (version 3)"),
		proto.F("pdu_type", proto.String, "type of the PDU"),
		proto.O("pdu", "a PDU that is no trap of version 1",
			proto.F("request_id", proto.Int, "request identifier"),
			proto.F("error_status", proto.Hex, "error, or number of single values of a bulk request, where it is not 0").To(proto.HexNumber),
			proto.F("error_index", proto.Hex, "variable in error, or repetitions of a bulk request, where it is not 0").To(proto.HexNumber),
			bindingFields),
		proto.O("trap", "a trap of version 1",
			proto.F("enterprise", proto.String, "object identifier of what sends it"),
			proto.F("agent_addr", proto.Hex, "address of what sends it"),
			proto.F("generic_trap", proto.String, "type"),
			proto.F("specific_trap", proto.Hex, "type given by the manufacturer").To(proto.HexNumber),
			proto.F("timestamp", proto.Hex, "time since the sender started, in hundredths of a second").To(proto.HexNumber),
			bindingFields,
			proto.F("remainder", proto.Hex, "what follows the bindings")),
	)},
}

// A Message is a message of any version.
type Message struct {
	all         wire.Cursor // the datagram
	versionByte uint64      // the version field: one less than the version below 3
	v2          communityMessage
	v3          userMessage
}

// Values of the version field.
const (
	version1  = 0
	version2c = 1
	version3  = 3
)

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.all = c
	rest := c
	seq := ber.ReadTag(&rest, ber.Sequence)
	version := ber.ReadTag(&seq.Value, ber.Integer)
	if seq.Value.Failed() || version.Length != 1 {
		return false
	}
	m.versionByte = ber.Uint64(version.Value)
	switch m.versionByte {
	case version1, version2c:
		return m.v2.parse(c)
	case version3:
		return m.v3.parse(c)
	}
	return false
}

// Version is the version of the protocol: 1, 2 (for 2c) or 3.
func (m *Message) Version() int {
	if m.versionByte == version3 {
		return 3
	}
	return int(m.versionByte) + 1
}

// Community is the community of versions 1 and 2c, nil in version 3.
func (m *Message) Community() wire.Cursor {
	if m.versionByte == version3 {
		return nil
	}
	return m.v2.community.Value
}

// User is the user of the User-based Security Model (RFC 3414, section 2.4);
// it is nil before version 3.
func (m *Message) User() wire.Cursor {
	var u usm
	if m.versionByte != version3 || !u.parse(m.v3.parameters.Value, m.v3.end) {
		return nil
	}
	return u.user.Value
}

// PDU is the PDU, whose tag says of what type it is (RFC 3416, section 3). It
// can't be read where the message is encrypted.
func (m *Message) PDU() ber.TLV {
	if m.versionByte != version3 {
		return m.v2.data
	}
	if m.v3.encrypted() {
		return ber.TLV{}
	}
	return readScopedPDU(m.v3.body).pdu
}

// Bindings yields the variables. A message that is encrypted has none.
func (m *Message) Bindings() iter.Seq[Binding] {
	return func(yield func(Binding) bool) {
		for c := wire.Cursor(m.bindings()); c.More(); {
			var b Binding
			if b.read(&c); b.Value.Failed() || !yield(b) {
				return
			}
		}
	}
}

// bindings is the list of the message's PDU.
func (m *Message) bindings() bindings {
	data := m.PDU()
	if m.versionByte != version3 && data.Number() == pduTrap {
		return readTrap(data.Value).bindings
	}
	return readPDU(data.Value).bindings
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("snmp").Object()
	if m.versionByte == version3 {
		m.v3.write(w, m.all)
	} else {
		m.v2.write(w)
	}
	w.EndObject()
}

// Exposure implements proto.Exposer: a community is a password, and an
// authenticated message lets one search for the user's.
func (m *Message) Exposure() proto.Exposure {
	switch {
	case m.versionByte == version3:
		if m.v3.authenticated() {
			return proto.ExposedDerived
		}
	case m.v2.community.Value.More():
		return proto.ExposedPassword
	}
	return proto.NotExposed
}

// EachOID implements proto.ObjectIdentifier. A message that is encrypted has
// none.
func (m *Message) EachOID(f func(contents wire.Cursor)) {
	for b := range m.Bindings() {
		v := ber.Read(&b.Value)
		if v.Class() == ber.Universal && v.Number() == ber.ObjectIdentifier && v.Value.More() {
			f(v.Value)
		}
	}
}
