// Package icmp reads messages of the Internet Control Message Protocols.
package icmp

import (
	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes ICMP and ICMPv6.
var Protocol = &proto.Protocol{
	Name: "ICMP",
	Doc:  "Internet Control Message Protocol, for IPv4 and IPv6",
	Spec: "RFC 792, RFC 4443",
	Messages: []proto.Kind{{
		Name:   "message",
		Select: []string{"icmp"},
		Match: []detect.Rule{
			{Layer: detect.IP, Number: packet.ProtocolICMP},
			{Layer: detect.IP, Number: packet.ProtocolICMPv6},
		},
		New: func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.O("icmp", "an ICMP or ICMPv6 message",
		proto.F("type", proto.Uint, "message type"),
		proto.F("code", proto.Uint, "message code"),
		proto.O("echo", "an echo request or reply",
			proto.F("identifier", proto.Uint, "identifier"),
			proto.F("sequence_number", proto.Uint, "sequence number"),
			proto.F("data", proto.Hex, "data")),
		proto.O("destination_unreachable", "an error that returns the start of a packet",
			proto.F("original_datagram", proto.Hex, "the packet that could not be delivered")),
		proto.O("packet_too_big", "a packet that did not fit",
			proto.F("mtu", proto.Uint, "bytes that would have fit"),
			proto.F("original_datagram", proto.Hex, "the packet that did not fit")),
		proto.F("body", proto.Hex, "the body of any other message"),
	)},
}

// A Message is an ICMP (RFC 792) or ICMPv6 (RFC 4443, section 2.1) message.
// The two are told apart by nothing: their types are taken from one set of
// numbers.
type Message struct {
	Type, Code uint8
	Body       wire.Cursor // what follows the checksum
}

// Types of messages (RFC 792; RFC 4443, section 2.1).
const (
	echoReply      = 0
	unreachableV6  = 1
	packetTooBigV6 = 2
	unreachable    = 3
	echoRequest    = 8
	timeExceeded   = 11
	echoRequestV6  = 128
	echoReplyV6    = 129
	unusedLen      = 4
	checksumLen    = 2
)

// Parse implements proto.Message.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.Type = c.Uint8()
	m.Code = c.Uint8()
	c.SkipUpTo(checksumLen)
	m.Body = c
	return c.More()
}

// WriteRecord implements proto.Message.
func (m *Message) WriteRecord(w *record.Writer) {
	w.Key("icmp").Object()
	w.Key("type").Uint(uint64(m.Type))
	w.Key("code").Uint(uint64(m.Code))
	c := m.Body
	switch m.Type {
	case echoReply, echoRequest, echoRequestV6, echoReplyV6:
		w.Key("echo").Object()
		w.Key("identifier").Uint(uint64(c.Uint16()))
		w.Key("sequence_number").Uint(uint64(c.Uint16()))
		w.Key("data").Hex(c)
		w.EndObject()
	// Quirk Q80: the version does not count.
	case unreachableV6, unreachable, timeExceeded:
		c.SkipUpTo(unusedLen)
		w.Key("destination_unreachable").Object()
		w.Key("original_datagram").Hex(c)
		w.EndObject()
	case packetTooBigV6:
		w.Key("packet_too_big").Object()
		w.Key("mtu").Uint(uint64(c.Uint32()))
		w.Key("original_datagram").Hex(c)
		w.EndObject()
	default:
		w.Key("body").Hex(c)
	}
	w.EndObject()
}
