// Package arp reads messages of the Address Resolution Protocol.
package arp

import (
	"cmp"

	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes ARP.
var Protocol = &proto.Protocol{
	Name: "ARP",
	Doc:  "Address Resolution Protocol",
	Spec: "RFC 826",
	Messages: []proto.Kind{{
		Name:   "packet",
		Select: []string{"arp"},
		Match:  []detect.Rule{{Layer: detect.Ethernet, Number: packet.EtherTypeARP}},
		New:    func(*proto.Options) proto.Message { return new(Packet) },
	}},
	Fields: []proto.Field{proto.O("arp", "an ARP packet",
		proto.F("hwtype", proto.Uint, "hardware address space"),
		proto.F("protocol", proto.Uint, "protocol address space, as an Ethernet type"),
		proto.F("hw_addr_len", proto.Uint, "bytes in a hardware address"),
		proto.F("proto_addr_len", proto.Uint, "bytes in a protocol address"),
		proto.F("opcode", proto.String, "what is asked or answered"),
		proto.F("sender_hw_addr", proto.Hex, "hardware address of the sender, for Ethernet and IPv4"),
		proto.F("sender_proto_addr", proto.Address, "protocol address of the sender, for Ethernet and IPv4"),
		proto.F("target_hw_addr", proto.Hex, "hardware address of the target, for Ethernet and IPv4"),
		proto.F("target_proto_addr", proto.Address, "protocol address of the target, for Ethernet and IPv4"),
	)},
}

// A Packet is an ARP packet (RFC 826, "Packet format").
type Packet struct {
	HardwareType uint16      // hardware address space; 1 is Ethernet
	ProtocolType uint16      // protocol address space, as an Ethernet type
	HardwareLen  uint8       // bytes in a hardware address
	ProtocolLen  uint8       // bytes in a protocol address
	Opcode       uint16      // 1 is a request, 2 a reply
	Addresses    wire.Cursor // those of sender and target; see Sender and Target
}

// Sender returns the sender's hardware and protocol address, failed where the
// packet is cut off.
func (m *Packet) Sender() (hardware, protocol wire.Cursor) {
	c := m.Addresses
	return c.Bytes(int(m.HardwareLen)), c.Bytes(int(m.ProtocolLen))
}

// Target returns the target's hardware and protocol address, failed where the
// packet is cut off. In a request the hardware address means nothing.
func (m *Packet) Target() (hardware, protocol wire.Cursor) {
	c := m.Addresses
	c.Skip(int(m.HardwareLen) + int(m.ProtocolLen))
	return c.Bytes(int(m.HardwareLen)), c.Bytes(int(m.ProtocolLen))
}

const (
	ethernetLen = 6
	ipv4Len     = 4
)

// Parse implements proto.Message.
func (m *Packet) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.HardwareType = c.Uint16()
	m.ProtocolType = c.Uint16()
	m.HardwareLen = c.Uint8()
	m.ProtocolLen = c.Uint8()
	m.Opcode = c.Uint16()
	m.Addresses = c
	return c.Ok()
}

var opcodes = [...]string{"RESERVED", "REQUEST", "REPLY", "REQUEST REVERSE", "REPLY REVERSE"}

// WriteRecord implements proto.Message.
func (m *Packet) WriteRecord(w *record.Writer) {
	w.Key("arp").Object()
	w.Key("hwtype").Uint(uint64(m.HardwareType))
	w.Key("protocol").Uint(uint64(m.ProtocolType))
	w.Key("hw_addr_len").Uint(uint64(m.HardwareLen))
	w.Key("proto_addr_len").Uint(uint64(m.ProtocolLen))
	w.Key("opcode").Str(cmp.Or(proto.Name(opcodes[:], m.Opcode), "unknown"))
	if m.HardwareLen == ethernetLen && m.ProtocolLen == ipv4Len {
		senderHW, sender := m.Sender()
		if targetHW, target := m.Target(); target.Ok() {
			w.Key("sender_hw_addr").Hex(senderHW)
			w.Key("sender_proto_addr").IP(sender)
			w.Key("target_hw_addr").Hex(targetHW)
			w.Key("target_proto_addr").IP(target)
		}
	}
	w.EndObject()
}
