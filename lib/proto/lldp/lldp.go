// Package lldp reads messages of the Link Layer Discovery Protocol.
package lldp

import (
	"cmp"
	"iter"

	"merctools/lib/internal/detect"
	"merctools/lib/packet"
	"merctools/lib/proto"
	"merctools/lib/record"
	"merctools/lib/wire"
)

// Protocol describes LLDP.
var Protocol = &proto.Protocol{
	Name: "LLDP",
	Doc:  "Link Layer Discovery Protocol",
	Spec: "IEEE 802.1AB",
	Messages: []proto.Kind{{
		Name:   "message",
		Select: []string{"lldp"},
		Match:  []detect.Rule{{Layer: detect.Ethernet, Number: packet.EtherTypeLLDP}},
		New:    func(*proto.Options) proto.Message { return new(Message) },
	}},
	Fields: []proto.Field{proto.A("lldp", "the elements of an LLDP message",
		proto.O("chassis_id", "what the chassis calls itself",
			proto.F("mac_address", proto.Address, "a hardware address; other identifiers are not written")),
		proto.O("port_id", "what the port calls itself",
			proto.F("xxx", proto.Text, "the identifier of any subtype").Renamed("id")),
		proto.F("ttl", proto.Uint, "seconds that the message is valid"),
		proto.F("port_description", proto.Text, "description of the port"),
		proto.F("system_name", proto.Text, "name of the system"),
		proto.F("system_description", proto.Text, "description of the system"),
		proto.O("system_capabilities", "capabilities of the system",
			proto.L("capabilities", proto.String, "what it can do"),
			proto.L("enabled_capabilities", proto.String, "what it does")),
		proto.F("management_address", proto.Hex, "management address").In(proto.Many),
		proto.O("organizationally_specific_tlv", "an element of an organization",
			proto.F("oui", proto.Uint, "the organization"),
			proto.F("subtype", proto.Uint, "the organization's number for it"),
			proto.F("substring", proto.Hex, "value")).In(proto.Many),
		proto.O("end_of_pdu", "the end of the message, where it is not empty",
			proto.F("unexpected_data", proto.Hex, "value")),
		proto.F("type_code", proto.Uint, "type of any other element").In(proto.Other),
		proto.F("information_string", proto.Hex, "its value").In(proto.With),
	).To(proto.Merged)},
}

// A Message is an LLDP message.
type Message struct {
	elements wire.Cursor
}

// Parse implements proto.Message. Even an empty message is written.
func (m *Message) Parse(c wire.Cursor, _ *proto.Packet) bool {
	m.elements = c
	return true
}

// Types of elements (IEEE 802.1AB, section 8.4.1).
const (
	typeEnd               = 0
	typeChassisID         = 1
	typePortID            = 2
	typeTTL               = 3
	typePortDescription   = 4
	typeSystemName        = 5
	typeSystemDescription = 6
	typeCapabilities      = 7
	typeManagementAddress = 8
	typeOrganization      = 127
)

// An Element is one element (IEEE 802.1AB, section 8.4).
type Element struct {
	Type  uint8       // TLV type, 7 bits
	Value wire.Cursor // TLV information string; failed where it is cut off
}

func readElement(c *wire.Cursor) Element {
	const lengthBits = 9
	header := c.Uint16()
	return Element{Type: uint8(header >> lengthBits), Value: c.Bytes(int(header & (1<<lengthBits - 1)))}
}

// Elements yields the elements.
func (m *Message) Elements() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for c := m.elements; c.More(); {
			if !yield(readElement(&c)) {
				return
			}
		}
	}
}

// WriteRecord implements proto.Message. An element that is cut off is written
// as one without a value, and ends the message.
func (m *Message) WriteRecord(w *record.Writer) {
	start := w.Len()
	w.Key("lldp").Array()
	for e := range m.Elements() {
		if w.Full(start) {
			break
		}
		w.Elem().Object()
		e.write(w)
		w.EndObject()
	}
	w.EndArray()
}

func (e *Element) write(w *record.Writer) {
	value := e.Value
	switch e.Type {
	case typeEnd:
		if value.More() {
			w.Key("end_of_pdu").Object()
			w.Key("unexpected_data").Hex(value)
			w.EndObject()
		}
	case typeChassisID:
		writeChassisID(w, value)
	case typePortID:
		value.Skip(1) // subtype
		if value.More() {
			w.Key("port_id").Object()
			// Quirk Q70: consumers know it by this name.
			w.Key("xxx").Text(value)
			w.EndObject()
		}
	case typeTTL:
		w.Key("ttl").Uint(uint64(value.Uint16()))
	case typePortDescription:
		w.OptionalText("port_description", value)
	case typeSystemName:
		w.OptionalText("system_name", value)
	case typeSystemDescription:
		w.OptionalText("system_description", value)
	case typeCapabilities:
		writeCapabilities(w, value)
	case typeManagementAddress:
		w.Key("management_address").Hex(value)
	case typeOrganization:
		oui := value.Uint24()
		subtype := value.Uint8()
		if value.More() {
			w.Key("organizationally_specific_tlv").Object()
			w.Key("oui").Uint(uint64(oui))
			w.Key("subtype").Uint(uint64(subtype))
			w.Key("substring").Hex(value)
			w.EndObject()
		}
	default:
		w.Key("type_code").Uint(uint64(e.Type))
		w.Key("information_string").Hex(value)
	}
}

func writeChassisID(w *record.Writer, c wire.Cursor) {
	const macAddress = 4
	subtype := c.Uint8()
	if !c.More() {
		return
	}
	w.Key("chassis_id").Object()
	if subtype == macAddress {
		w.Key("mac_address").MAC(c.Bytes(6))
	}
	w.EndObject()
}

// capabilityNames are the names of the bits of a set of capabilities, from
// the lowest (IEEE 802.1AB, table 8-4).
var capabilityNames = [...]string{
	"other", "repeater", "mac_bridge", "wlan_access_point", "router", "telephone",
	"docsis_cable_device", "station_only", "c_vlan", "s_vlan", "two_port_mac_relay",
}

func writeCapabilities(w *record.Writer, c wire.Cursor) {
	all := c.Uint16()
	enabled := c.Uint16()
	if c.Failed() {
		return
	}
	w.Key("system_capabilities").Object()
	writeCapabilitySet(w, "capabilities", all)
	writeCapabilitySet(w, "enabled_capabilities", enabled)
	w.EndObject()
}

func writeCapabilitySet(w *record.Writer, key string, set uint16) {
	w.Key(key).Array()
	for i := range uint16(16) {
		if set>>i&1 != 0 {
			w.Elem().Str(cmp.Or(proto.Name(capabilityNames[:], i), "reserved"))
		}
	}
	w.EndArray()
}
