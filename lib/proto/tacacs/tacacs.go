// Package tacacs reads messages of TACACS+, by which network devices ask a
// server whom to let in.
package tacacs

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes TACACS+.
var Protocol = &proto.Protocol{
	Name: "TACACS+",
	Doc:  "Terminal Access Controller Access-Control System Plus",
	Spec: "RFC 8907",
	Messages: []proto.Kind{{
		Name:   "packet",
		FDC:    "tacacs",
		Select: []string{"tacacs"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: 49}},
		New:    func(*proto.Options) proto.Message { return new(Packet) },
	}},
	Fields: []proto.Field{proto.O("tacacs_plus", "a TACACS+ packet",
		proto.F("major_version", proto.Uint, "major version"),
		proto.F("minor_version", proto.Uint, "minor version"),
		proto.F("type", proto.String, "what is asked for"),
		proto.F("seq_no", proto.Uint, "number of the packet in its session; odd for those of the client"),
		proto.L("flags", proto.String, "flags"),
		proto.F("session_id", proto.Hex, "session identifier"),
		proto.O("authentication_start", "the request that begins an authentication",
			proto.F("authen_action", proto.String, "action"),
			proto.F("privilege_level", proto.String, "privilege level"),
			proto.F("authen_type", proto.String, "type of the authentication"),
			proto.F("authen_service", proto.String, "service that asks for it"),
			proto.F("user", proto.Text, "user"),
			proto.F("port", proto.Text, "port of the client that it happens on"),
			proto.F("rem_addr", proto.Text, "where the user comes from"),
			proto.F("data", proto.Hex, "data of the type").Hidden()),
		proto.O("authentication_continue", "another request of the authentication",
			proto.L("flags", proto.String, "flags"),
			proto.F("user", proto.Text, "what the user was asked for").Hidden(),
			proto.F("data", proto.Hex, "data of the type").Hidden()),
		proto.O("authentication_reply", "the answer to a request of the authentication",
			proto.F("authen_status", proto.String, "status"),
			proto.L("flags", proto.String, "flags"),
			proto.F("server_msg", proto.Text, "message for the user"),
			proto.F("data", proto.Hex, "data of the type").Hidden()),
		proto.F("unencrypted_request", proto.Hex, "body of any other request that is not obfuscated").Hidden(),
		proto.F("unencrypted_reply", proto.Hex, "body of any other reply that is not obfuscated").Hidden(),
		proto.F("encrypted_request", proto.Hex, "body of an obfuscated request").Hidden(),
		proto.F("encrypted_reply", proto.Hex, "body of an obfuscated reply").Hidden(),
		proto.F("password_recovery", proto.String, "what a search for the shared secret needs, as programs for that take it").Hidden(),
	)},
}

// A Packet is a packet (RFC 8907, section 4.1).
type Packet struct {
	Version   uint8 // major version in the high half, minor version in the low one
	Type      uint8 // 1 is authentication, 2 authorization, 3 accounting
	Sequence  uint8 // number in the session; odd for the client's packets
	Flags     uint8 // 0x01 the body is not obfuscated
	SessionID uint32
	Body      wire.Cursor // obfuscated, unless Flags say otherwise
}

// authentication is a type of packets.
const authentication = 1

// packetTypes are the names of the types.
var packetTypes = [...]string{authentication: "authentication", 2: "authorization", 3: "accounting"}

// Bits of the flags.
const (
	flagUnencrypted   = 0x01
	flagSingleConnect = 0x04
)

// Parse implements proto.Message. A header that is cut off counts as filled
// up with zeros.
func (m *Packet) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Version = c.Uint8()
	m.Type = c.Uint8()
	m.Sequence = c.Uint8()
	m.Flags = c.Uint8()
	m.SessionID = c.Uint32()
	length := c.Uint32()
	m.Body = c
	return m.Version&0xfe == 0xc0 && m.Type&0xfc == 0 && uint64(c.Len()) == uint64(length)
}

// request reports whether the client sent the packet.
func (m *Packet) request() bool { return m.Sequence&1 != 0 }

// WriteRecord implements proto.Message.
func (m *Packet) WriteRecord(w *record.Writer) {
	w.Key("tacacs_plus").Object()
	w.Key("major_version").Uint(uint64(m.Version >> 4))
	w.Key("minor_version").Uint(uint64(m.Version & 0x0f))
	writeName(w, "type", packetTypes[:], m.Type)
	w.Key("seq_no").Uint(uint64(m.Sequence))
	w.Key("flags").Array()
	if m.Flags&flagSingleConnect != 0 {
		w.Elem().Str("single_connect")
	}
	if m.Flags&flagUnencrypted != 0 {
		w.Elem().Str("unencrypted")
	}
	writeUnknownFlags(w, m.Flags&^(flagSingleConnect|flagUnencrypted))
	w.EndArray()
	w.Key("session_id").HexUint(uint64(m.SessionID), 8)
	switch {
	case m.Flags&flagUnencrypted == 0:
		m.writeBody(w, "encrypted_request", "encrypted_reply")
		w.Key("password_recovery")
		m.writeRecovery(w)
	case m.Type != authentication:
		m.writeBody(w, "unencrypted_request", "unencrypted_reply")
	case !m.request():
		writeReply(w, m.Body)
	case m.Sequence == 1:
		if s := parseStart(m.Body); s.ok {
			s.write(w)
		}
	default:
		writeContinue(w, m.Body)
	}
	w.EndObject()
}

func (m *Packet) writeBody(w *record.Writer, request, reply string) {
	if m.request() {
		w.Key(request).SecretHex(m.Body)
	} else {
		w.Key(reply).SecretHex(m.Body)
	}
}

// writeUnknownFlags writes the flags without a name, all in one.
func writeUnknownFlags(w *record.Writer, flags uint8) {
	if flags != 0 {
		w.Elem().UnknownHex(uint64(flags), 2)
	}
}

// maxRecovery is how many bytes of the body a search for the secret takes.
const maxRecovery = 32

// writeRecovery writes the packet in the form in which programs that search
// for the shared secret read it.
func (m *Packet) writeRecovery(w *record.Writer) {
	var text [128]byte
	b := append(text[:0], "$tacacs-plus$0$"...)
	b = record.AppendHexUint(b, uint64(m.SessionID), 8)
	b = append(b, '$')
	body := m.Body
	b = record.AppendHex(b, body.UpTo(maxRecovery))
	b = append(b, '$')
	b = record.AppendHexUint(b, uint64(m.Version), 2)
	b = record.AppendHexUint(b, uint64(m.Sequence), 2)
	w.SecretStr(b)
}

// Exposure implements proto.Exposer. A body that is obfuscated still lets one
// search for the secret and with it the password.
func (m *Packet) Exposure() proto.Exposure {
	switch {
	case !m.request() || m.Type != authentication:
		return proto.NotExposed
	case m.Flags&flagUnencrypted == 0:
		return proto.ExposedDerived
	case m.Sequence != 1:
		return proto.NotExposed
	}
	s := parseStart(m.Body)
	switch {
	case !s.ok:
		return proto.NotExposed
	case s.Type == typeASCII:
		return proto.ExposedPassword
	}
	return proto.ExposedDerived
}
