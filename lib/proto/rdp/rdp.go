// Package rdp reads the first message of a connection of the Remote Desktop
// Protocol.
package rdp

import (
	"merctools/lib/internal/detect"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes RDP.
var Protocol = &proto.Protocol{
	Name: "RDP",
	Doc:  "Remote Desktop Protocol",
	Spec: "MS-RDPBCGR",
	Messages: []proto.Kind{{
		Name:   "connection request",
		FDC:    "rdp",
		Select: []string{"rdp"},
		Match:  []detect.Rule{{Layer: detect.TCP, Port: 3389}},
		New:    func(*proto.Options) proto.Message { return new(ConnectionRequest) },
	}},
	Fields: []proto.Field{proto.O("rdp", "an X.224 connection request",
		proto.F("cookie", proto.Text, "routing token or cookie, which may hold a user's name"),
		proto.O("negotiation_request", "what the client supports",
			proto.L("flags", proto.String, "flags"),
			proto.L("requested_protocols", proto.String, "security protocols")),
	)},
}

// A ConnectionRequest is an X.224 connection request (MS-RDPBCGR, section
// 2.2.1.1).
type ConnectionRequest struct {
	Cookie     wire.Cursor // routingToken or cookie, without the line's end; nil where there is none
	Negotiates bool        // there is a negotiation request, and so are Flags and Protocols
	Flags      uint8       // flags of the negotiation request
	Protocols  uint32      // requestedProtocols, one bit each (section 2.2.1.1.1)
}

// bit is a bit of a field and its name.
type bit struct {
	mask uint32
	name string
}

// requestFlags and securityProtocols are those of an RDP negotiation request
// (MS-RDPBCGR, section 2.2.1.1.1).
var (
	requestFlags = [...]bit{
		{0x01, "RESTRICTED_ADMIN_MODE_REQUIRED"},
		{0x02, "REDIRECTED_AUTHENTICATION_MODE_REQUIRED"},
		{0x08, "CORRELATION_INFO_PRESENT"},
	}
	securityProtocols = [...]bit{
		{0x01, "PROTOCOL_SSL"},
		{0x02, "PROTOCOL_HYBRID"},
		{0x04, "PROTOCOL_RDSTLS"},
		{0x08, "PROTOCOL_HYBRID_EX"},
		{0x10, "PROTOCOL_RDSAAD"},
	}
)

// Parse implements proto.Message.
func (m *ConnectionRequest) Parse(c wire.Cursor, _ *proto.Packet) bool {
	*m = ConnectionRequest{}
	c.Accept("\x03\x00") // TPKT version 3 (RFC 1006, section 6)
	c.Skip(2)            // length
	c.Skip(1)            // length of the X.224 header
	c.Accept("\xe0\x00\x00")
	c.Skip(2 + 1) // source reference, class
	if c.Failed() {
		return false
	}
	rest := c
	if cookie := c.Until('\r'); c.Accept("\r\n") {
		m.Cookie, rest = cookie, c
	}
	m.parseRequest(rest)
	return true
}

func (m *ConnectionRequest) parseRequest(c wire.Cursor) {
	c.Accept("\x01") // TYPE_RDP_NEG_REQ
	m.Flags = c.Uint8()
	c.Accept("\x08\x00") // length
	m.Protocols = c.Uint32LE()
	m.Negotiates = c.Ok()
}

// WriteRecord implements proto.Message.
func (m *ConnectionRequest) WriteRecord(w *record.Writer) {
	w.Key("rdp").Object()
	w.OptionalText("cookie", m.Cookie)
	if m.Negotiates {
		w.Key("negotiation_request").Object()
		w.Key("flags")
		writeBits(w, uint32(m.Flags), requestFlags[:])
		w.Key("requested_protocols")
		writeBits(w, m.Protocols, securityProtocols[:])
		w.EndObject()
	}
	w.EndObject()
}

func writeBits(w *record.Writer, v uint32, names []bit) {
	w.Array()
	for i := range names {
		if v&names[i].mask != 0 {
			w.Elem().Str(names[i].name)
		}
	}
	w.EndArray()
}
