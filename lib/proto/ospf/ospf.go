// Package ospf reads packets of the Open Shortest Path First protocol.
package ospf

import (
	"cmp"

	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes OSPF.
var Protocol = &proto.Protocol{
	Name: "OSPF",
	Doc:  "Open Shortest Path First",
	Spec: "RFC 2328",
	Messages: []proto.Kind{{
		Name:   "packet",
		Select: []string{"ospf"},
		Match:  []detect.Rule{{Layer: detect.IP, Number: packet.ProtocolOSPF}},
		New:    func(*proto.Options) proto.Message { return new(Packet) },
	}},
	Fields: []proto.Field{proto.O("ospf", "an OSPF packet, read as one of version 2",
		proto.F("version", proto.Uint, "version"),
		proto.F("type", proto.String, "packet type"),
		proto.F("router_id", proto.Uint, "the sender"),
		proto.F("area_id", proto.Uint, "the area"),
		proto.F("au_type", proto.String, "how the packet is authenticated"),
		proto.F("authentication", proto.Hex, "authentication data").Hidden(),
		proto.F("body", proto.Hex, "what follows the header"),
	)},
}

const (
	headerLen = 24
	authNone  = 0 // the type of packets that are not authenticated
)

// A Packet is an OSPF packet (RFC 2328, section A.3.1). Packets of version 3
// (RFC 5340), whose header is shorter, are read in the same way.
type Packet struct {
	Version        uint8
	Type           uint8 // 1 is a Hello
	RouterID       uint32
	AreaID         uint32
	AuthType       uint16
	Authentication wire.Cursor // 8 bytes
	Body           wire.Cursor // what follows the header
}

// Parse implements proto.Message. It wants a body, all of which is there.
func (m *Packet) Parse(c wire.Cursor, _ *proto.Packet) bool {
	// Quirk Q79: version 3 has another header.
	m.Version = c.Uint8()
	m.Type = c.Uint8()
	length := int(c.Uint16())
	m.RouterID = c.Uint32()
	m.AreaID = c.Uint32()
	c.Skip(2) // checksum
	m.AuthType = c.Uint16()
	m.Authentication = c.Bytes(8)
	m.Body = c.Bytes(length - headerLen)
	return m.Body.More()
}

// WriteRecord implements proto.Message.
func (m *Packet) WriteRecord(w *record.Writer) {
	w.Key("ospf").Object()
	w.Key("version").Uint(uint64(m.Version))
	w.Key("type").Str(cmp.Or(proto.Name(types[:], m.Type), "unknown"))
	w.Key("router_id").Uint(uint64(m.RouterID))
	w.Key("area_id").Uint(uint64(m.AreaID))
	w.Key("au_type").Str(authTypeName(m.AuthType))
	w.Key("authentication")
	if m.AuthType == authNone {
		w.Hex(m.Authentication)
	} else {
		w.SecretHex(m.Authentication)
	}
	w.Key("body").Hex(m.Body)
	w.EndObject()
}

// types are the names of the packet types (RFC 2328, section A.3.1).
var types = [...]string{
	1: "hello", 2: "database_description", 3: "link_state_request", 4: "link_state_update", 5: "link_state_acknowledgement",
}

// authTypeName is the name of an authentication type (IANA, OSPF
// Authentication Codes).
func authTypeName(t uint16) string {
	if t < 256 {
		return cmp.Or(proto.Name(authTypes[:], t), "unassigned")
	}
	return "deprecated/unknown"
}

var authTypes = [...]string{
	"no_authentication", "simple_password_authentication", "cryptographic_authentication",
	"cryptographic_authentication_with_extended_sequence_numbers",
}
