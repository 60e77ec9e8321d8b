// Package sctp reads the packets that open associations of the Stream Control
// Transmission Protocol.
package sctp

import (
	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes SCTP.
var Protocol = &proto.Protocol{
	Name: "SCTP",
	Doc:  "Stream Control Transmission Protocol: the packets that open an association",
	Spec: "RFC 9260",
	Messages: []proto.Kind{{
		Name:   "INIT",
		Select: []string{"sctp"},
		Match:  []detect.Rule{{Layer: detect.IP, Number: packet.ProtocolSCTP}},
		New:    func(*proto.Options) proto.Message { return new(Init) },
	}},
	Fields: []proto.Field{proto.O("sctp", "a packet with an INIT chunk",
		proto.F("src_port", proto.Uint, "port of the sender"),
		proto.F("dst_port", proto.Uint, "port of the receiver"),
		proto.O("chunk", "the chunk",
			proto.F("type", proto.String, "always INIT"),
			proto.F("flags", proto.Uint, "flags"),
			proto.F("length", proto.Uint, "length, with four bytes for the chunk's header"),
			proto.F("value", proto.Hex, "value")),
	)},
}

const (
	typeINIT       = 1
	chunkHeaderLen = 4
	minINITLen     = 20
)

// An Init is a packet that opens an association: the ports of its header (RFC
// 9260, section 3.1) and its INIT chunk (section 3.3.2).
type Init struct {
	SrcPort, DstPort uint16
	Flags            uint8       // Chunk Flags, which are reserved
	Length           uint16      // Chunk Length in bytes; it counts the four bytes of the chunk's header
	Value            wire.Cursor // Chunk Value: initiate tag, window, streams, TSN, parameters
}

// Parse implements proto.Message. It wants a whole INIT chunk, alone or as
// the first, in a packet with a verification tag of 0 (RFC 9260, section
// 8.5.1).
func (m *Init) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.SrcPort = c.Uint16()
	m.DstPort = c.Uint16()
	tag := c.Uint32()
	c.Skip(4) // checksum
	typ := c.Uint8()
	m.Flags = c.Uint8()
	m.Length = c.Uint16()
	m.Value = c.Bytes(int(m.Length) - chunkHeaderLen)
	return c.Ok() && tag == 0 && typ == typeINIT && m.Length >= minINITLen
}

// WriteRecord implements proto.Message.
func (m *Init) WriteRecord(w *record.Writer) {
	w.Key("sctp").Object()
	w.Key("src_port").Uint(uint64(m.SrcPort))
	w.Key("dst_port").Uint(uint64(m.DstPort))
	w.Key("chunk").Object()
	w.Key("type").Str("INIT")
	w.Key("flags").Uint(uint64(m.Flags))
	w.Key("length").Uint(uint64(m.Length))
	w.Key("value").Hex(m.Value)
	w.EndObject()
	w.EndObject()
}
