// Package ldap reads messages of the Lightweight Directory Access Protocol.
package ldap

import (
	"merctools/lib/ber"
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes LDAP.
var Protocol = &proto.Protocol{
	Name: "LDAP",
	Doc:  "Lightweight Directory Access Protocol",
	Spec: "RFC 4511",
	Messages: []proto.Kind{{
		Name:   "message",
		FDC:    "ldap",
		Select: []string{"ldap"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: 389}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("ldap", "an LDAP message",
		proto.F("message_id", proto.Hex, "message identifier").To(proto.HexNumber),
		proto.O("bind_request", "a client that authenticates itself",
			proto.F("version", proto.Hex, "protocol version").To(proto.HexNumber),
			proto.F("ldapdn", proto.Text, "name to authenticate as"),
			proto.F("truncated", proto.String, "the member before is cut off"),
			proto.O("auth", "proof",
				proto.F("simple", proto.Text, "password").Hidden(),
				proto.F("truncated", proto.String, "the member before is cut off"),
				proto.O("sasl", "SASL credentials",
					proto.O("gss_spnego", "of the mechanism GSSAPI", proto.F("base64", proto.Base64, "credentials").Hidden()),
					proto.O("gssapi", "of any other mechanism", proto.F("base64", proto.Base64, "credentials").Hidden())),
				proto.F("unknown", proto.Hex, "any other choice").Hidden())),
		proto.O("bind_response", "the answer to it",
			proto.F("result_code", proto.String, "result"),
			proto.F("matched_dn", proto.Text, "name of the last entry that matched; in hexadecimal where it is an OCTET STRING"),
			proto.F("diagnostic_message", proto.Text, "message for people; in hexadecimal where it is an OCTET STRING"),
			proto.F("truncated", proto.String, "the member before is cut off")),
	)},
}

// Tags of the operations (RFC 4511, section 4.2).
const (
	tagBindRequest  = 0x60
	tagBindResponse = 0x61
)

// A Message is a message (RFC 4511, section 4.1.1).
type Message struct {
	ID        ber.TLV // messageID, an INTEGER
	Operation ber.TLV // protocolOp, whose tag says what it is; Tag is 0 where there is none
	bind      BindRequest
}

// Parse implements proto.Message. A message without its operation counts.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	*m = Message{}
	seq := ber.ReadTag(&c, ber.Sequence)
	m.ID = ber.ReadTag(&seq.Value, ber.Integer)
	m.Operation = ber.Read(&seq.Value)
	if !m.ID.Value.More() {
		return false
	}
	if !m.Operation.Ok() {
		m.Operation.Tag = 0
	}
	if m.Operation.Tag == tagBindRequest {
		m.bind.parse(m.Operation.Value)
	}
	return true
}

// Bind returns the operation where it is a bind request, or nil.
func (m *Message) Bind() *BindRequest {
	if m.Operation.Tag != tagBindRequest {
		return nil
	}
	return &m.bind
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("ldap").Object()
	w.Key("message_id").Hex(m.ID.Value)
	switch m.Operation.Tag {
	case tagBindRequest:
		m.bind.write(w)
	case tagBindResponse:
		writeBindResponse(w, m.Operation.Value)
	}
	w.EndObject()
}

// Exposure implements proto.Exposer.
func (m *Message) Exposure() proto.Exposure {
	if m.Operation.Tag != tagBindRequest {
		return proto.NotExposed
	}
	return m.bind.exposure()
}
