// Package arp reads messages of the Address Resolution Protocol.
package arp

import (
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

// A Packet is an ARP packet.
type Packet struct {
	hardwareType, protocolType uint16
	hardwareLen, protocolLen   uint8
	opcode                     uint16
	addresses                  wire.Cursor
}

const (
	ethernetLen = 6
	ipv4Len     = 4
)

// Parse implements proto.Message.
func (m *Packet) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.hardwareType = c.Uint16()
	m.protocolType = c.Uint16()
	m.hardwareLen = c.Uint8()
	m.protocolLen = c.Uint8()
	m.opcode = c.Uint16()
	m.addresses = c
	return c.Ok()
}

var opcodes = [...]string{"RESERVED", "REQUEST", "REPLY", "REQUEST REVERSE", "REPLY REVERSE"}

// WriteRecord implements proto.Message.
func (m *Packet) WriteRecord(w *record.Writer) {
	w.Key("arp").Object()
	w.Key("hwtype").Uint(uint64(m.hardwareType))
	w.Key("protocol").Uint(uint64(m.protocolType))
	w.Key("hw_addr_len").Uint(uint64(m.hardwareLen))
	w.Key("proto_addr_len").Uint(uint64(m.protocolLen))
	opcode := "unknown"
	if int(m.opcode) < len(opcodes) {
		opcode = opcodes[m.opcode]
	}
	w.Key("opcode").Str(opcode)
	if m.hardwareLen == ethernetLen && m.protocolLen == ipv4Len {
		c := m.addresses
		senderHW, sender := c.Bytes(ethernetLen), c.Bytes(ipv4Len)
		targetHW, target := c.Bytes(ethernetLen), c.Bytes(ipv4Len)
		if c.Ok() {
			w.Key("sender_hw_addr").Hex(senderHW)
			w.Key("sender_proto_addr").IP(sender)
			w.Key("target_hw_addr").Hex(targetHW)
			w.Key("target_proto_addr").IP(target)
		}
	}
	w.EndObject()
}
